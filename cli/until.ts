import { UserError } from "../shared/model/errors.ts";

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in ms: `30m`, `2h`, `3d`; undefined for anything else. */
export function lengthMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const unitMs = unit === undefined ? undefined : UNITS_MS[unit];
  return unitMs === undefined ? undefined : Number(count) * unitMs;
}

/** When an order ends (epoch ms): `30m`, `2h`, `3d` from now, or a time such as `2026-12-24T18:00Z`. */
export function untilMs(text: string, nowMs: number): number {
  const length = lengthMs(text);
  const endMs = length === undefined ? Date.parse(text) : nowMs + length;
  if (!Number.isFinite(endMs))
    throw new UserError(`--until: '${text}' is neither a length (30m, 2h, 3d) nor a time (2026-12-24T18:00Z).`);
  if (endMs <= nowMs) throw new UserError(`--until: '${text}' is past.`);
  return endMs;
}
