// What is up but needs a look, as the regions report it. Rooms: model, and decide itself.
import { type Report, WARNINGS_MAX } from "../model/report.ts";
import type { Resolved } from "../model/resolved.ts";
import { own } from "./own.ts";

/** A certificate that ends soon is told of again every day (ms). */
const REPEAT_MS = 86_400_000;

export type Worth = { kind: "warning"; subject: string; detail: string; page: false; repeatMs: number };

/** One for each check of a box of which some of these reports warn. */
export function warningsIn(reports: readonly Report[]): Worth[] {
  const warnings = reports.flatMap(({ region, warnings = [] }) =>
    warnings.map(({ box, check, text }): Worth => {
      const detail = `${check} of ${box}, as ${region} sees it: ${text}.`;
      return { kind: "warning", subject: `${box} ${check}`, detail, page: false, repeatMs: REPEAT_MS };
    }),
  );
  return [...new Map(warnings.map((one) => [one.subject, one])).values()];
}

/**
 * Whether a warning that none of these reports repeats is over. What is not seen up may warn again when it is, and so may
 * what a region leaves to the others in this slot, or has no room for.
 *
 * | box configured | some report that sees                    | over |
 * | -------------- | ---------------------------------------- | ---- |
 * | no             | any                                      | yes  |
 * | yes            | does not name the box: it is settled up  | yes  |
 * | yes            | has this check of it up, asked in this slot | yes |
 * | yes            | one of these, but has as many warnings as it may | no |
 * | yes            | none of these                            | no   |
 */
export function isWarningOver(subject: string, reports: readonly Report[], config: Resolved): boolean {
  const [id = "", check = ""] = subject.split(" ");
  const box = own(config.boxes, id);
  if (!box) return true;
  return reports.some(({ shard, blind, boxes, warnings = [] }) => {
    if (blind || shard !== box.shard || warnings.length >= WARNINGS_MAX) return false;
    const named = own(boxes, id);
    const last = named && own(named, check);
    return !named || (last?.finding.kind === "up" && !last.turn);
  });
}
