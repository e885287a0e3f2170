import { parseArgs } from "node:util";
import { frozenText, weightText } from "../shared/message/status.ts";
import { UserError } from "../shared/model/errors.ts";
import { type Status, statusSchema } from "../shared/model/status.ts";
import type { Command, Io } from "./command.ts";
import { safe } from "./table.ts";
import { baseOf, jsonOf, LOCAL_URL } from "./url.ts";

/** `lifeboat status`: the load balancers as each region sees them, and the records as served. */
export const statusCommand: Command = {
  name: "status",
  summary: "what each region sees, and what DNS says; of `npm start` only",
  usage: "--local [--url URL] [--json]",
  run: async (args, io) => {
    const { values } = parseArgs({
      args: [...args],
      options: { local: { type: "boolean" }, url: { type: "string" }, json: { type: "boolean" } },
    });
    if (!values.local && values.url === undefined) {
      throw new UserError(
        "status: say --local for the service on this machine (npm start), or --url for another address of it.",
      );
    }
    const status = await fetchStatus(values.url ?? LOCAL_URL);
    if (values.json) io.out(JSON.stringify(status, undefined, 2));
    else print(status, io);
    return status.pools.some(({ open }) => open) ? 1 : 0;
  },
};

export async function fetchStatus(url: string): Promise<Status> {
  const response = await fetch(new URL("/status", baseOf(url)), { signal: AbortSignal.timeout(5000) }).catch(
    (error: unknown) => {
      throw new UserError(
        `nothing answers at ${url}. Is \`npm start\` running? Its --http-port is the one to give with --url.`,
        { cause: error },
      );
    },
  );
  const parsed = statusSchema.safeParse(await jsonOf(response));
  if (!parsed.success) throw new UserError(`what answers at ${url} is not Lifeboat, or of another version.`);
  return parsed.data;
}

function print(status: Status, io: Io): void {
  for (const { region, reportAgeS, blind } of status.regions) {
    const age = reportAgeS === undefined ? "no report yet" : `last report ${reportAgeS} s ago`;
    io.out(`${region}: ${age}${blind ? "; BLIND" : ""}`);
  }
  const frozen = frozenText(status);
  if (frozen !== undefined) io.out(safe(frozen));
  for (const pool of status.pools) {
    io.out("");
    io.out(`pool ${pool.id}${pool.open ? "  FAIL OPEN: all that are not set aside are served" : ""}`);
    for (const { name, records, others = [] } of pool.names) {
      const shares = records.map(
        ({ setIdentifier, value, weight, share }) =>
          `${setIdentifier} ${value} weight ${weight} (${Math.round(share * 100)} %)`,
      );
      const beside = others.map((other) => `${other}, which is no weighted record`);
      io.out(`  ${name}: ${[...shares, ...beside].join(", ") || "no records yet"}`);
    }
    for (const box of pool.boxes) {
      const seen = box.seen.map(
        ({ region, state, detail }) => `${region} ${state}${detail && state !== "up" ? ` (${detail})` : ""}`,
      );
      io.out(
        `  ${box.id} (${box.island}, ${box.address}): ${box.verdict}, weight ${weightText(box)}: ${seen.join("; ")}`,
      );
      if (box.because) io.out(`    ${box.because}`);
      if (box.barredUntilS) io.out(`    held back until ${new Date(box.barredUntilS * 1000).toISOString()}`);
    }
  }
}
