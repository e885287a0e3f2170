import { takeSnapshot } from "../shared/flow/snapshot.ts";
import {
  diffSnapshots,
  getChecks,
  getDrift,
  getSnapshot,
  getSnapshotFiles,
  listSnapshots,
} from "../shared/flow/snapshots.ts";
import { openApi } from "../shared/model/openapi.ts";
import { readSettings } from "../shared/runtime/settings.ts";
import { VERSION } from "../shared/runtime/version.ts";
import { wireApi } from "../shared/runtime/wire-api.ts";
import { type ApiAnswer, serve } from "./http.ts";

const ports = wireApi(readSettings());
const ok = (json: unknown): ApiAnswer => ({ status: 200, json });

/** Called by API Gateway, for people and for boxes. One line an operation of shared/model/api.ts. */
export const handler = serve(
  "api",
  {
    openapi: async () => ok(openApi(VERSION)),
    uploadSnapshot: async ({ params, body, who }) => {
      const json = await takeSnapshot({ box: params.id, who, bytes: body }, ports);
      const location = `/v1/load-balancers/${params.id}/snapshots/${json.snapshot.id}`;
      return { status: json.changed ? 201 : 200, json, headers: { location } };
    },
    listSnapshots: async ({ params, query }) => ok(await listSnapshots({ box: params.id, ...query }, ports)),
    diffSnapshots: async ({ params, query }) => ok(await diffSnapshots({ box: params.id, ...query }, ports)),
    getSnapshot: async ({ params }) => ok(await getSnapshot({ box: params.id, id: params.snapshot }, ports)),
    getSnapshotFiles: async ({ params }) => {
      const { bytes, name } = await getSnapshotFiles({ box: params.id, id: params.snapshot }, ports);
      const headers = { "content-disposition": `attachment; filename="${name}"` };
      return { status: 200, bytes, type: "application/gzip", headers };
    },
    getDrift: async ({ params }) => ok(await getDrift(params.island, ports)),
    getChecks: async ({ params }) => ok(await getChecks(params.id, ports)),
  },
  ports,
);
