import { stripVTControlCharacters, styleText } from "node:util";
import { frozenText, weightText } from "../shared/message/status.ts";
import type { Seen, Status } from "../shared/model/status.ts";

export type Line = { atMs: number; text: string };

const MARKS: Record<Seen["state"], string> = {
  up: styleText("green", "up"),
  down: styleText("red", "DOWN"),
  unknown: styleText("yellow", "?"),
  silent: styleText("gray", "-"),
};

/**
 * The live table: load balancers by regions, the records as served with their shares, the last events, and what the keys
 * do. Returns text of at most `rows` lines, where there are a dozen.
 */
export function renderScreen(input: {
  status: Status;
  lines: readonly Line[];
  workers: Readonly<Record<string, string>>;
  hints: readonly string[];
  columns: number;
  rows: number;
}): string {
  const { status, lines, workers, hints } = input;
  // A terminal that does not know its size says 0.
  const [columns, height] = [input.columns || 80, input.rows || 24];
  const regions = status.regions.map(({ region }) =>
    workers[region] === "up" ? region : `${region} (${workers[region]})`,
  );
  // The weight first: a narrow terminal cuts what stands last.
  const header = ["load balancer", "island", "address", "DNS weight", ...regions];
  const rows = status.pools.flatMap(({ boxes }) =>
    boxes.map((box) => [
      box.id,
      box.island,
      box.address,
      weightCell(box),
      ...box.seen.map(({ state }) => MARKS[state]),
    ]),
  );
  const whys = status.pools.flatMap(({ boxes }) =>
    boxes.filter(({ verdict, weight, barredUntilS }) => verdict === "out" || weight === 0 || barredUntilS),
  );
  const frozen = frozenText(status);
  const state = [
    ...table([header, ...rows]),
    "",
    ...(frozen === undefined ? [] : [styleText("yellow", frozen)]),
    ...status.pools.flatMap(({ names, open }) => names.map(({ name, records }) => nameLine(name, records, open))),
    ...whys.map(
      ({ id, because, barredUntilS }) =>
        `  ${id}: ${because}${barredUntilS ? `; held back until ${clockOf(barredUntilS * 1000)}` : ""}`,
    ),
    "",
  ];
  const fixed = fit(state, height - EVENTS - hints.length - 2);
  const room = Math.max(EVENTS, height - fixed.length - hints.length - 2);
  const last = lines.slice(-room).map(({ atMs, text }) => `${styleText("gray", clockOf(atMs))} ${text}`);
  return [...fixed, ...last, "", ...hints].map((line) => cut(line, columns)).join("\n");
}

/** So many lines of what happened are shown, however many load balancers there are. */
const EVENTS = 3;

/** The first lines of what would push the rest out of the terminal. */
function fit(lines: readonly string[], most: number): readonly string[] {
  const kept = Math.max(1, most - 2);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, kept), `… and ${lines.length - kept} lines more: npx lifeboat status --local`, ""];
}

/** `10:20:30` in the machine's own time zone. */
export function clockOf(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

function weightCell(box: Status["pools"][number]["boxes"][number]): string {
  if (box.weight === undefined) return styleText("gray", "…");
  const text = weightText(box);
  if (text !== `${box.weight}`) return styleText("yellow", text);
  return box.weight === 0 ? styleText("red", `0 (${box.verdict})`) : text;
}

function nameLine(name: string, records: Status["pools"][number]["names"][number]["records"], open: boolean): string {
  const parts = records.map(
    ({ setIdentifier, value, share }) => `${setIdentifier} ${value} ${Math.round(share * 100)} %`,
  );
  return `${styleText("bold", name)}: ${parts.join(" · ") || "no records yet"}${open ? styleText("red", "  FAIL OPEN: all that are not set aside are served") : ""}`;
}

function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  return rows.map((row, index) => {
    const line = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join("  ");
    return index === 0 ? styleText("bold", line) : line;
  });
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** Cuts a line that is too long; one with colours only where it is plain text that overflows. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, Math.max(0, columns - 1))}…`;
}
