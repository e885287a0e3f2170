// What the regions doubt of themselves, as it stands in their reports. Rooms: model, and decide itself.
import type { Report } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";

/** A check that a region has not reached since the deploy is told after so many intervals, at least so long. */
const UNREACHED_INTERVALS = 5;
const UNREACHED_MS = 300_000;

export type Doubt = {
  kind: "blind" | "unreached" | "doubted" | "late";
  subject: string;
  detail: string;
  page: boolean;
};

/**
 * Whether a report tells what its region never reached: not while it is blind, nor so soon after a deploy that the present
 * definitions may not have been asked. Until then what was told of it is not over either.
 */
export function tellsUnreached({ blind }: Report, { cfg, intervalS }: Resolved, nowMs: number): boolean {
  return !blind && nowMs - cfg * 1000 >= Math.max(UNREACHED_MS, UNREACHED_INTERVALS * intervalS * 1000);
}

/**
 * One doubt a subject, from fresh reports only.
 *
 * | the report says                              | doubt                          | page |
 * | -------------------------------------------- | ------------------------------ | ---- |
 * | blind                                        | blind, of the region           | yes  |
 * | a definition never seen up, since 5 min or 5 I after the deploy | unreached, of the check from the region | no |
 * | doubted ports                                | doubted, of the port from the region | no |
 * | its event loop was late                      | late, of the region            | no   |
 */
export function doubtsIn(reports: readonly Report[], config: Resolved, nowMs: number): Doubt[] {
  const names = new Map(Object.entries(config.checks).map(([name, { digest }]) => [digest, name]));
  const doubts = reports.flatMap((report): Doubt[] => {
    const { region } = report;
    const blind: Doubt[] = report.blind
      ? [
          {
            kind: "blind",
            subject: region,
            detail: `Nothing that ${region} asks answers, not even its canaries.`,
            page: true,
          },
        ]
      : [];
    const late: Doubt[] = report.late
      ? [
          {
            kind: "late",
            subject: region,
            detail: `The event loop of ${region}'s probe stood still while probes were under way.`,
            page: false,
          },
        ]
      : [];
    const doubted = (report.doubted ?? []).map((port): Doubt => {
      return {
        kind: "doubted",
        subject: `port ${port} from ${region}`,
        detail: `Port ${port} answers nowhere from ${region}, other ports do.`,
        page: false,
      };
    });
    const unreached = (tellsUnreached(report, config, nowMs) ? report.unreached : []).flatMap((digest): Doubt[] => {
      const name = names.get(digest);
      if (name === undefined) return [];
      const port = config.checks[name]?.check.port;
      const detail = `No load balancer has answered ${name} (port ${port}) from ${region} since this definition was deployed.`;
      return [{ kind: "unreached", subject: `${name} from ${region}`, detail, page: false }];
    });
    return [...blind, ...late, ...doubted, ...unreached];
  });
  return [...new Map(doubts.map((doubt) => [`${doubt.kind} ${doubt.subject}`, doubt])).values()];
}
