// What of a box's configuration, and of its island's, is worth telling: as conditions, which begin and end. Pure; no
// other room.
import { createHash } from "node:crypto";
import type { Condition, ConditionKind } from "../model/event.ts";
import type { BoxConfig, Drift, Lint } from "../model/snapshot.ts";
import { endpoint } from "./compare-backends.ts";
import { sentenceOf } from "./history.ts";
import { EXPIRY_DAYS } from "./lint.ts";

/**
 * Something that holds now. Subjects begin with the island or box. `repeatMs`: it is told again so long after it was told
 * last. `expired`: of a certificate, that it has ended.
 */
export type News = {
  kind: ConditionKind;
  subject: string;
  detail: string;
  page: boolean;
  repeatMs?: number;
  expired?: boolean;
};

/** What holds, and of what this was judged at all: only that may end. */
export type NewsOf = { holding: News[]; judged: (kind: ConditionKind, subject: string) => boolean };

/** A message, and an event of EventBridge, hold so many differences. */
const MOST_LINES = 200;

const first = (subject: string): string => subject.split(" ")[0] ?? "";
const rest = (subject: string): string => subject.slice(subject.indexOf(" ") + 1);

/**
 * The drift of an island. Each message tells of the differences that no message that still holds has told of; it is over
 * when none of its differences is left.
 *
 * | difference now | in a message that holds | told now                          |
 * | -------------- | ----------------------- | --------------------------------- |
 * | yes            | yes                     | no, and that message goes on      |
 * | yes            | no                      | yes, with the other new ones      |
 * | no             | the last of its message | that this is over                 |
 */
export function driftNews(island: string, drift: readonly Drift[], told: readonly Condition[]): NewsOf {
  const all = drift.filter((one) => one.class === "configuration" && !one.minor).map(sentenceOf);
  const many = `more than ${MOST_LINES} differences: lifeboat drift ${island} lists them`;
  const lines = all.length > MOST_LINES ? [many] : [...new Set(all)];
  const current = new Set(lines);
  const before = told.filter(({ kind, on, subject }) => kind === "drift" && on && first(subject) === island);
  const holding = before
    .filter(({ detail }) => detail.split("\n").some((line) => current.has(line)))
    .map(({ kind, subject, detail, page }): News => ({ kind, subject, detail, page }));
  const known = new Set(holding.flatMap(({ detail }) => detail.split("\n")));
  const fresh = lines.filter((line) => !known.has(line));
  const digest = createHash("sha256").update(fresh.join("\n")).digest("hex").slice(0, 8);
  const news: News = { kind: "drift", subject: `${island} ${digest}`, detail: fresh.join("\n"), page: false };
  return {
    holding: [...holding, ...(fresh.length > 0 ? [news] : [])],
    judged: (kind, subject) => kind === "drift" && first(subject) === island,
  };
}

/**
 * Farms that were in the snapshot before and are in this one no more. It is over when the farm is back; one that was
 * given up on purpose is told of once and then forgotten with its condition.
 */
export function farmNews(box: string, before: BoxConfig | undefined, now: BoxConfig): NewsOf {
  const gone = Object.entries(before?.farms ?? {}).filter(([name]) => !Object.hasOwn(now.farms, name));
  return {
    holding: gone.map(([name, { profile, vip, ports }]) => {
      const where = endpoint({ ip: vip ?? "?", port: ports === "" ? null : ports });
      return { kind: "farm-gone", subject: `${box} ${name}`, detail: `It was ${profile} at ${where}.`, page: false };
    }),
    judged: (kind, subject) =>
      kind === "farm-gone" && first(subject) === box && Object.hasOwn(now.farms, rest(subject)),
  };
}

const DAY_MS = 86_400_000;

/** Uploads come by a clock that is a little early at times: what waited for the next one would be told every other time. */
const EARLY_MS = 3_600_000;

/**
 * Findings of lint, one condition each; certificates under a kind of their own.
 *
 * | rule               | severity         | days left | told as     | and again, with an upload |
 * | ------------------ | ---------------- | --------- | ----------- | ------------------------- |
 * | certificate-expiry | warning or error | 8 to 21   | certificate | every week                |
 * | certificate-expiry | warning or error | up to 7   | certificate | every day                 |
 * | certificate-expiry | error            | ended     | certificate | every day, as ended       |
 * | any other          | warning or error |           | lint        | no                        |
 * | any                | info             |           | no          |                           |
 */
export function lintNews(box: string, findings: readonly Lint[]): NewsOf {
  const holding = findings.flatMap(({ rule, severity, subject, says, daysLeft }): News[] => {
    if (severity === "info") return [];
    if (rule !== "certificate-expiry")
      return [{ kind: "lint", subject: `${box} ${rule} ${subject}`, detail: says, page: false }];
    if (daysLeft === null || daysLeft > EXPIRY_DAYS) return [];
    const repeatMs = (daysLeft > 7 ? 7 : 1) * DAY_MS - EARLY_MS;
    const expired = daysLeft < 0;
    return [{ kind: "certificate", subject: `${box} ${subject}`, detail: says, page: false, repeatMs, expired }];
  });
  return {
    holding,
    judged: (kind, subject) => (kind === "lint" || kind === "certificate") && first(subject) === box,
  };
}

/** An incident may be a change's doing when it began this soon after it. */
export const SUSPECT_MS = 15 * 60_000;

/** A box's clock is not ours. */
const SKEW_MS = 60_000;

/** Whether what began at `beganMs` began within 15 minutes of a configuration change. */
export function mayExplain(changedMs: number | null, beganMs: number): boolean {
  return changedMs !== null && changedMs <= beganMs + SKEW_MS && beganMs - changedMs <= SUSPECT_MS;
}
