// Which boxes this region leaves to the others in this slot. Rooms: model, and decide itself.
import type { BoxReport, Report } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";
import type { Vote } from "../model/suspicion.ts";
import { own } from "./own.ts";
import { poolsWith } from "./pools.ts";
import { paceOf, standsMs } from "./votes.ts";

/** A box that every region has found down over this long is asked by the regions in turn. */
export const LONG_DOWN_MS = 10 * 60_000;

type TurnInput = {
  config: Resolved;
  region: string;
  shard: number;
  slot: number;
  /** This region's last report of the shard. */
  previous: Report | undefined;
  /** The other regions' last reports. */
  others: readonly Report[];
};

/**
 * The boxes that are another region's to ask in this slot, with what this region said of them last (marked `turn`).
 * HAProxy's `downinter`: what is long down is asked R times less often, and by everybody at once when it answers again.
 * Down is a box of which, for each of its pools, a voting check is: what is down for one pool alone may serve another.
 * Time in which nobody looked does not count: by the last answers it was down for 10 min.
 *
 * | this region has it down | in every region's report | for 10 min everywhere | slot mod R | asked here |
 * | ----------------------- | ------------------------ | --------------------- | ---------- | ---------- |
 * | no                      | any                      | any                   | any        | yes        |
 * | yes                     | not down in one, or none | any                   | any        | yes        |
 * | yes                     | down                     | no                    | any        | yes        |
 * | yes                     | down                     | yes                   | own index  | yes        |
 * | yes                     | down                     | yes                   | another's  | no         |
 */
export function leftToOthers(input: TurnInput): Map<string, BoxReport> {
  const { config, region, shard, slot, previous, others } = input;
  const index = config.regions.indexOf(region);
  if (!previous || slot % config.regions.length === index) return new Map();
  const rest = config.regions
    .filter((name) => name !== region)
    .map((name) => others.find((report) => report.region === name && report.shard === shard));
  const left = Object.entries(previous.boxes).filter(
    ([box]) => own(config.boxes, box) && [previous, ...rest].every((report) => isLongDown(report, box, input)),
  );
  return new Map(left.map(([box, report]) => [box, asTurn(report)]));
}

/** Whether a report has it long down for every pool that it serves. */
function isLongDown(report: Report | undefined, box: string, { config }: TurnInput): boolean {
  const observations = Object.entries(own(report?.boxes, box) ?? {});
  const long = observations.filter(([check, { finding, sinceMs, answeredMs, digest }]) => {
    const defined = own(config.checks, check);
    const asked = defined?.check.votes === true && defined.digest === digest;
    return asked && finding.kind === "down" && answeredMs - sinceMs >= LONG_DOWN_MS;
  });
  if (long.length === 0) return false;
  return poolsWith(config.pools, box).every(({ checks }) => long.some(([check]) => checks.includes(check)));
}

function asTurn(box: BoxReport): BoxReport {
  return Object.fromEntries(Object.entries(box).map(([check, observation]) => [check, { ...observation, turn: true }]));
}

/** What reports still say at a time, as votes: whether a box that stays down has a quorum already. */
export function votesIn(reports: readonly Report[], config: Resolved, nowMs: number): Vote[] {
  const pace = paceOf(config);
  return reports.flatMap(({ region, boxes }) =>
    Object.entries(boxes).flatMap(([box, checks]) =>
      Object.entries(checks).flatMap(([check, observation]) => {
        const { digest, finding, answeredMs } = observation;
        const stands = nowMs - answeredMs <= standsMs(observation, pace);
        return stands ? [{ box, check, digest, region, finding, answeredMs }] : [];
      }),
    ),
  );
}
