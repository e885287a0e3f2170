// Times as people read them. Pure; names no other room.

const DAY_MS = 86_400_000;

/** `2026-09-21 14:13:20 UTC` from epoch ms. Days to a date by Howard Hinnant's `civil_from_days`, as a pure room has no Date. */
export function formatUtc(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const second = Math.floor((ms - days * DAY_MS) / 1000);
  const { year, month, day } = civil(days);
  const clock = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(":");
  return `${year}-${two(month)}-${two(day)} ${clock} UTC`;
}

/** `8 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const units = [
    { name: "d", size: 86_400 },
    { name: "h", size: 3600 },
    { name: "min", size: 60 },
    { name: "s", size: 1 },
  ];
  const first = units.findIndex(({ size }) => s >= size);
  if (first < 0) return "0 s";
  const parts = units.slice(first, first + 2).map(({ name, size }, place) => {
    const above = units[first]?.size ?? 1;
    const value = Math.floor((place === 0 ? s : s % above) / size);
    return value === 0 ? "" : `${value} ${name}`;
  });
  return parts.filter((part) => part !== "").join(" ");
}

function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
