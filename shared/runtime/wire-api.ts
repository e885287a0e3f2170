import { readArchive, writeArchive } from "../archive/read.ts";
import { deriveKey } from "../model/secret.ts";
import { createSnapshots } from "../store/snapshots.ts";
import { createStore } from "../store/store.ts";
import { createTokens } from "../store/tokens.ts";
import { secretOf, type Settings } from "./settings.ts";
import { wireAnnouncer } from "./wire-announcer.ts";
import { tableIn, wireRegion } from "./wire-region.ts";

/** The ports of api. Throws a UserError where LIFEBOAT_KEY is not set. */
export function wireApi(settings: Settings) {
  const ports = wireRegion(settings, "api");
  const secret = secretOf(settings);
  const table = tableIn(settings.region, settings, ports.log);
  return {
    ...ports,
    store: createStore(table),
    announcer: wireAnnouncer(settings, ports),
    snapshots: createSnapshots(table),
    tokens: createTokens(table),
    tarballs: { read: (bytes: Uint8Array) => readArchive(bytes), write: writeArchive },
    redactionKey: deriveKey(secret, "redaction"),
    tokenKey: deriveKey(secret, "tokens"),
  };
}
