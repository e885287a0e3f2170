import { UserError } from "../shared/model/errors.ts";

const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000] as const;

const LENGTH = /^(?:(\d{1,4})w)?(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?$/;

/** An instant as ISO 8601 spells it, with its offset: without one nobody knows whose clock is meant. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A length of time in ms: `90s`, `30m`, `2h`, `3d`, `1w`, `2h30m`; undefined for anything else. */
export function lengthMs(text: string): number | undefined {
  const parts = LENGTH.exec(text)?.slice(1);
  if (!parts || text === "") return undefined;
  return UNITS_MS.reduce((total, unitMs, at) => total + Number(parts[at] ?? 0) * unitMs, 0);
}

/**
 * When an order ends (epoch ms): a length from now, or an instant such as `2026-12-24T18:00Z`. Throws a UserError for
 * anything else (Date.parse alone takes `45` for the year 2045), and for what is past.
 */
export function untilMs(text: string, nowMs: number): number {
  const length = lengthMs(text);
  const endMs = length === undefined ? instantMs(text) : nowMs + length;
  if (endMs === undefined)
    throw new UserError(
      `--until: '${text}' is neither a length (30m, 2h, 1d, 2h30m) nor a time with its offset (2026-12-24T18:00Z, 2026-12-24T19:00+01:00).`,
    );
  if (endMs <= nowMs) throw new UserError(`--until: '${text}' is past; give a length (2h) or a later time.`);
  return endMs;
}

function instantMs(text: string): number | undefined {
  const [, day] = INSTANT.exec(text) ?? [];
  // Date.parse makes the 2nd of March of the 30th of February.
  if (day === undefined || !isDay(day)) return undefined;
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}

function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(day);
}
