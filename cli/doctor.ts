import { parseArgs } from "node:util";
import { count } from "../shared/model/count.ts";
import { SoftError, UserError } from "../shared/model/errors.ts";
import { families, type NameState } from "../shared/model/record.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import type { Status } from "../shared/model/status.ts";
import { fenceOf, isOurs } from "../shared/plan/fence.ts";
import { readSet } from "../shared/plan/set.ts";
import { readSum } from "../shared/plan/sum.ts";
import { lintName, lintZone, renderLint } from "../shared/plan/zone-lint.ts";
import type { Survey } from "../shared/ports.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { judgeZoneIds, lookUpIn } from "../shared/resolve/zone-lookup.ts";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { wireSurvey } from "../shared/runtime/wire-survey.ts";
import { predictWorstCase } from "../shared/schedule/predict.ts";
import type { Command, Io } from "./command.ts";
import { fetchStatus } from "./status.ts";
import { safe } from "./table.ts";
import { LOCAL_URL } from "./url.ts";

/** `lifeboat doctor`: what of the configuration, the zone and the regions deserves a look. Writes nothing anywhere. */
export const doctorCommand: Command = {
  name: "doctor",
  summary:
    "looks the configuration, the zone and, of `npm start`, what each region reaches over; exit code 1 if anything needs a look",
  usage: "[--config FILE] [--local | --url URL]",
  run: async (args, io) => {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: "string" }, local: { type: "boolean" }, url: { type: "string" } },
    });
    const survey = wireSurvey();
    const input = await loadConfig(values.config ?? "lifeboat.config.ts", undefined);
    const zones = await survey.zones().catch(soft);
    const { resolved, warnings } = resolveConfig(input, {
      cfg: Math.floor(Date.now() / 1000),
      zones: zones instanceof SoftError ? () => ({ zoneId: "unknown" }) : lookUpIn(zones),
    });
    const faults = zones instanceof SoftError ? [] : judgeZoneIds(resolved, zones);
    if (faults.length > 0) throw new UserError(faults);
    io.out(`configuration: ${summary(resolved)}`);
    for (const warning of warnings) io.out(safe(`  ? ${warning}`));
    for (const line of worstCases(resolved)) io.out(line);
    const zone = zones instanceof SoftError ? unread(zones, io) : await lintZones(resolved, survey, io);
    const url = values.url ?? (values.local ? LOCAL_URL : undefined);
    const service = url === undefined ? notAsked(io) : showReach(await fetchStatus(url), io);
    return warnings.length + zone + service === 0 ? 0 : 1;
  },
};

/** What cannot be read is told; anything else is a fault. */
function soft(error: unknown): SoftError {
  if (error instanceof SoftError) return error;
  throw error;
}

function summary({ pools, boxes, regions, intervalS, quorum }: Resolved): string {
  const names = pools.flatMap((pool) => pool.names).length;
  const counts = [count(pools.length, "pool"), count(names, "name"), count(Object.keys(boxes).length, "load balancer")];
  return `${counts.join(", ")}; ${quorum} of ${count(regions.length, "region")} must agree, each looks every ${intervalS} s`;
}

/** From a failure until clients have left, at worst: detection (AWS's own time on top: 2 s, 4 s cold), Route 53, the TTL. */
function worstCases(resolved: Resolved): string[] {
  const { hangS, refusedS, oneRegionLostS } = predictWorstCase(resolved);
  const lost = Number.isFinite(oneRegionLostS) ? `${oneRegionLostS.toFixed(1)} s` : "never (the others are no quorum)";
  return [
    `until Route 53 is asked, at worst: ${hangS.toFixed(1)} s when it hangs, ${refusedS.toFixed(1)} s when it refuses, ${lost} with one region lost; AWS adds 2 to 4 s`,
    ...resolved.pools.map(
      ({ id, ttlS }) =>
        `  pool ${id}: Route 53 serves it within 60 s, and clients keep the old answer for up to ${ttlS} s more`,
    ),
  ];
}

/** What nobody has looked at may be wrong, so it is a finding. */
function unread(error: SoftError, io: Io): number {
  io.out(safe(`zone: not looked at: ${error.message}`));
  return 1;
}

/** The number of findings. */
async function lintZones({ pools, owner }: Resolved, survey: Survey, io: Io): Promise<number> {
  const zoneIds = [...new Set(pools.flatMap(({ names }) => names.map(({ zoneId }) => zoneId)))];
  let found = 0;
  for (const zoneId of zoneIds) {
    const ours = pools.flatMap((pool) =>
      pool.names.filter((one) => one.zoneId === zoneId).map(({ name }) => ({ pool, name })),
    );
    const read = await Promise.all([
      survey.soa(zoneId),
      survey.names(
        zoneId,
        ours.map(({ name }) => name),
      ),
    ]).catch(soft);
    if (read instanceof SoftError) {
      found += 1;
      io.out(safe(`zone ${zoneId}: ${read.message}`));
      continue;
    }
    const [soa, states] = read;
    const ofNames = ours.flatMap(({ pool, name }) => lookAt(states.get(name), name, { pool, owner }));
    const looks = [...lintZone(soa).map((lint) => renderLint([lint])), ...ofNames];
    found += looks.length;
    io.out(`zone ${zoneId}: ${looks.length === 0 ? "nothing found" : `${looks.length} found`}`);
    for (const look of looks) io.out(safe(`  ${look}`));
  }
  return found;
}

type Owned = { pool: Resolved["pools"][number]; owner: string };

/** What stands at a name and deserves a look. What an earlier batch of ours left there is no stranger's. */
function lookAt(state: NameState | undefined, name: string, { pool, owner }: Owned): string[] {
  const ids = pool.members.map(({ setIdentifier }) => setIdentifier);
  const former = state === undefined ? [] : formerOf(state, ids, { owner, pool: pool.id });
  const records = state?.records ?? [];
  const lints = lintName({ name, records, setIdentifiers: [...ids, ...former] });
  return [
    ...lints.map((lint) => renderLint([lint])),
    ...former.map(
      (id) =>
        `? former ${name}: '${id}' is no longer configured: a deploy sets it to weight 0, and \`npx lifeboat apply\` deletes it then`,
    ),
  ];
}

/** SetIdentifiers of ours that the configuration no longer names. */
function formerOf(state: NameState, ids: readonly string[], ours: { owner: string; pool: string }): string[] {
  const fence = fenceOf(state);
  if (!fence || !isOurs(fence, ours)) return [];
  const marks = readSum(fence.sum);
  const former = families.flatMap((family) => readSet(state, family, ids, marks?.[family]).former);
  return [...new Set(former.map(({ setIdentifier }) => setIdentifier))];
}

function notAsked(io: Io): number {
  io.out(
    "service: not asked; --local shows what each region of `npm start` reaches, `npx lifeboat explain` that of the deployed one",
  );
  return 0;
}

/** What each region does not see up: the number of regions that miss something. */
function showReach(status: Status, io: Io): number {
  const boxes = new Map(status.pools.flatMap((pool) => pool.boxes).map((box) => [box.id, box]));
  let missing = 0;
  for (const { region, reportAgeS, blind } of status.regions) {
    const seen = [...boxes.values()].flatMap(({ id, seen }) =>
      seen.flatMap((one) =>
        one.region === region && one.state !== "up"
          ? [`${id} ${one.state}${one.detail ? ` (${one.detail})` : ""}`]
          : [],
      ),
    );
    const state = reportAgeS === undefined ? ["has sent no report"] : blind ? ["is blind"] : [];
    const all = [...state, ...seen];
    if (all.length > 0) missing += 1;
    io.out(safe(`${region}: ${all.length === 0 ? "reaches every load balancer on every check" : all.join("; ")}`));
  }
  return missing;
}
