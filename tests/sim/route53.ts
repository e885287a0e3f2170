// Route 53 as the world has it at this moment: slow, throttling, silent after the fact, or gone.
import { SoftError } from "../../shared/model/errors.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import type { Applied, Batch } from "../../shared/model/plan.ts";
import type { DnsRecord, NameState } from "../../shared/model/record.ts";
import type { Zone } from "../../shared/ports.ts";
import { createFakeZone, type FakeZone, type ZoneFault } from "../fakes/zone.ts";
import type { Chance } from "./chance.ts";
import { ZONES } from "./layout.ts";
import { type Invocation, pause } from "./lambda.ts";
import type { Loop } from "./loop.ts";
import type { Weather } from "./weather.ts";

/** What an accepted change takes until it is served everywhere. */
const INSYNC_MS = 30_000;

export type Written = { invocation: Invocation; batch: Batch; before: NameState; after: NameState };

export type Route53 = {
  fake: FakeZone;
  zoneFor(invocation: Invocation): Zone;
  /** A name as it stands now, read in one moment. */
  state(zoneId: string, name: string): NameState;
  /** Counts edits by hand. */
  edits: number;
};

export type Route53Hooks = {
  /** Every batch that reaches Route 53, applied or not. */
  sent: (invocation: Invocation, batch: Batch) => void;
  /** Of one that was sent: it was not applied, and may be sent again. */
  tooEarly: (batch: Batch) => void;
  written: (written: Written) => void;
  say: (what: () => string) => void;
};

type Ports = { loop: Loop; chance: Chance; weather: Weather };

export function createRoute53({ loop, chance, weather }: Ports, hooks: Route53Hooks): Route53 {
  const fake = createFakeZone(ZONES, { share: true });
  const accepted = new Map<string, { atMs: number; stranded: boolean }>();
  const state = (zoneId: string, name: string): NameState => {
    const all = fake.sets(zoneId);
    const fence = all.get(`${fenceNameOf(name)} TXT `);
    const records: DnsRecord[] = [];
    for (const record of all.values()) if (record.name === name) records.push(record);
    return { zoneId, name, ...(fence ? { fence } : {}), records };
  };
  const apply = async (invocation: Invocation, batch: Batch): Promise<Applied> => {
    await pause(loop, latency());
    hooks.sent(invocation, batch);
    const fault = faultOf();
    const before = state(batch.zoneId, batch.name);
    fake.fault = () => fault;
    const applied = await fake.apply(batch);
    fake.fault = () => undefined;
    if (applied.kind === "busy") hooks.tooEarly(batch);
    const took = applied.kind === "accepted" || fault === "uncertain-after";
    const after = state(batch.zoneId, batch.name);
    if (took && before.fence !== after.fence) hooks.written({ invocation, batch, before, after });
    if (applied.kind === "accepted")
      accepted.set(applied.changeId, { atMs: loop.nowMs(), stranded: weather.route53.stranded });
    hooks.say(
      () =>
        `${invocation.region} #${invocation.id} ${describe(batch)}: ${says(applied)}${took ? "" : " (not applied)"}`,
    );
    await pause(loop, applied.kind === "uncertain" && chance.is(0.5) ? 5000 : latency());
    return applied;
  };
  const faultOf = (): ZoneFault | undefined => {
    const { throttled, prior, before, after, down } = weather.route53;
    if (down) return chance.is(0.5) ? "refused" : "uncertain-before";
    if (chance.is(throttled + prior)) return "throttled";
    if (chance.is(before)) return "uncertain-before";
    return chance.is(after) ? "uncertain-after" : undefined;
  };
  const latency = (): number => chance.between(60, weather.route53.throttled > 0 ? 2000 : 250);
  const route53: Route53 = {
    fake,
    state,
    edits: 0,
    zoneFor: (invocation) => ({
      read: (zoneId, names) =>
        invocation.call("zone.read", async () => {
          await pause(loop, latency());
          if (weather.route53.down || chance.is(weather.route53.throttled / 2)) {
            await pause(loop, 5000);
            throw new SoftError("Route 53 does not answer");
          }
          const read = await fake.read(zoneId, names);
          invocation.edits = route53.edits;
          return read;
        }),
      apply: (batch) => invocation.call("zone.apply", () => apply(invocation, batch)),
      status: (changeId) =>
        invocation.call("zone.status", async () => {
          if (weather.route53.down) throw new SoftError("Route 53 does not answer");
          const change = accepted.get(changeId);
          if (!change) throw new SoftError(`there is no change ${changeId}`);
          const served = loop.nowMs() - change.atMs >= INSYNC_MS && !(change.stranded && weather.route53.stranded);
          return served ? "INSYNC" : "PENDING";
        }),
    }),
  };
  fake.between = () => pause(loop, chance.between(20, 120));
  return route53;
}

function describe({ name, changes }: Batch): string {
  const records = changes.filter(({ record }) => record.type !== "TXT");
  const fence = changes.find(({ action, record }) => record.type === "TXT" && action === "CREATE");
  const epoch = /epoch=(\d+)/.exec(fence?.record.values[0] ?? "")?.[1] ?? "none";
  const moves = records.map(
    ({ action, record }) => `${action} ${record.setIdentifier ?? ""} to ${record.weight ?? "-"}`,
  );
  return `${name} epoch ${epoch} [${moves.join(", ")}]`;
}

function says(applied: Applied): string {
  return applied.kind === "accepted" ? applied.changeId : `${applied.kind}: ${applied.detail}`;
}
