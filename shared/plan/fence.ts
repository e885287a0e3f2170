// The fence of a name: the one reader and writer of its text. Pure; needs model, and own of decide.
import { own } from "../decide/own.ts";
import { type Departure, type Fence, fenceNameOf, type Memory } from "../model/fence.ts";
import type { Writer } from "../model/plan.ts";
import type { DnsRecord, NameState } from "../model/record.ts";
import { readTxt, writeTxt } from "./txt.ts";

export type ReadFence = { kind: "fence"; fence: Fence } | { kind: "bad"; fault: string };

export const FENCE_TTL_S = 60;

/** Route 53: "The current or new DNS record value, not to exceed 4,000 characters" (API reference, ResourceRecord). */
export const FENCE_MAX = 4000;

/** Winners whose nonces are kept: a writer that timed out must find its own although others have won since. */
const NONCES = 6;

/** The first word: what the text is, and in which spelling. */
const HEAD = "lifeboat=1";

/**
 * Room in the text for `held` and `left` together, after owner, pool and sum: FENCE_MAX without the quotes (3 characters
 * for each 255) and without 700 for the fields whose length is bounded. It depends on nothing that a later writer changes.
 */
const MEMORY_ROOM = 3940 - 700;

/** The fence of a name as listed; undefined where none stands or it cannot be read (plan refuses that). */
export function fenceOf(state: NameState): Fence | undefined {
  const read = state.fence && parseFence(state.fence);
  return read?.kind === "fence" ? read.fence : undefined;
}

export function isOurs({ owner, pool }: Fence, ours: { owner: string; pool: string }): boolean {
  return owner === ours.owner && pool === ours.pool;
}

/** The marks of a batch's winner. An epoch is never used again, also not one of a lead that this name followed. */
export function marksOfWinner(
  before: Fence | undefined,
  { region, nowS, nonce }: Writer,
): Pick<Fence, "epoch" | "region" | "atS" | "nonces"> {
  const epoch = Math.max((before?.epoch ?? 0) + 1, (before?.lead ?? 0) + 1, nowS);
  return { epoch, region, atS: nowS, nonces: [nonce, ...(before?.nonces ?? [])].slice(0, NONCES) };
}

/**
 * The memory that a fence has room for. What left first is forgotten first (velocity asks for the last minute, damping
 * decays); a pool of 100 load balancers that have all left fits with ids of 8 characters. The same for whoever writes
 * it and whenever, so that a fence is not written anew because of it.
 */
export function fitMemory(
  { open, left, rising }: Memory,
  others: Pick<Fence, "owner" | "pool" | "held" | "sum">,
): Memory {
  const { owner, pool, held, sum } = others;
  let room = MEMORY_ROOM - [owner, pool, sum, ...held].reduce((total, one) => total + escaped(one).length + 1, 0);
  room -= risingWord(rising).join("").length + 1;
  const latestFirst = Object.entries(left).toSorted(
    ([a, one], [b, other]) => other.atS - one.atS || other.score - one.score || (a < b ? -1 : 1),
  );
  const kept: [string, Departure][] = [];
  for (const [box, departure] of latestFirst) {
    room -= departureText(box, departure).length + 1;
    if (room < 0) break;
    kept.push([box, departure]);
  }
  return { open, left: Object.fromEntries(kept), ...(rising ? { rising } : {}) };
}

export function sameMemory(one: Memory, other: Memory): boolean {
  const entries = Object.entries(one.left);
  if (risingWord(one.rising).join("") !== risingWord(other.rising).join("")) return false;
  if (one.open !== other.open || entries.length !== Object.keys(other.left).length) return false;
  return entries.every(([box, { atS, score }]) => {
    const twin = own(other.left, box);
    return twin?.atS === atS && twin.score === score;
  });
}

/**
 * A fence as the TXT record to create: words of `key=value`, empty ones left out; times within lists in base 36. The
 * caller asks {@link isTooLong} before it sends one.
 */
export function writeFence(name: string, fence: Fence): DnsRecord {
  const { left, held, nonces, repairs } = fence;
  const words = [
    HEAD,
    `owner=${escaped(fence.owner)}`,
    `pool=${escaped(fence.pool)}`,
    `epoch=${fence.epoch}`,
    `cfg=${fence.cfg}`,
    `region=${escaped(fence.region)}`,
    `at=${fence.atS}`,
    ...(fence.frozen ? ["frozen=1"] : []),
    ...(fence.open ? ["open=1"] : []),
    ...(fence.lead === undefined ? [] : [`lead=${fence.lead}`]),
    `sum=${escaped(fence.sum)}`,
    ...listWord("nonces", nonces.map(escaped)),
    ...listWord("held", held.map(escaped)),
    ...listWord(
      "repairs",
      repairs.map((atS) => atS.toString(36)),
    ),
    ...risingWord(fence.rising),
    ...listWord(
      "left",
      Object.keys(left)
        .sort()
        .map((box) => departureText(box, own(left, box))),
    ),
  ];
  return { name: fenceNameOf(name), type: "TXT", ttlS: FENCE_TTL_S, values: [writeTxt(words.join(" "))] };
}

export function isTooLong({ values }: DnsRecord): boolean {
  return values.some((value) => value.length > FENCE_MAX);
}

/** Fences by the record they were read from: one decision asks a dozen times, and nobody changes a record. */
const known = new WeakMap<DnsRecord, ReadFence>();

/** A fence from its TXT record; whatever else may stand there is `bad` with a reason (never throws). */
export function parseFence(record: DnsRecord): ReadFence {
  const read = known.get(record) ?? parseRecord(record);
  known.set(record, read);
  return read;
}

function parseRecord(record: DnsRecord): ReadFence {
  const [value, ...more] = record.values;
  const routed = record.setIdentifier !== undefined || record.weight !== undefined || record.other !== undefined;
  if (record.type !== "TXT" || routed) return bad("it is not a simple TXT record");
  if (value === undefined || more.length > 0) return bad(`it has ${record.values.length} values where a fence has one`);
  const text = readTxt(value);
  if (text === undefined) return bad("its value is not a row of quoted strings");
  const [head, ...words] = text.split(" ");
  if (head !== HEAD) return bad(`it does not begin with '${HEAD}'`);
  return parseWords(words);
}

function parseWords(words: readonly string[]): ReadFence {
  const fields = new Map<string, string>();
  for (const word of words) {
    const [, key = "", value = ""] = /^([a-z]+)=(.*)$/s.exec(word) ?? [];
    // A word that this version does not know may be what a later one must remember: better not to write over it.
    if (!KEYS.has(key)) return bad(`'${word.slice(0, 40)}' is no word of a fence`);
    if (fields.has(key)) return bad(`'${key}' stands there twice`);
    fields.set(key, value);
  }
  const reader = new FieldReader(fields);
  const lead = fields.has("lead") ? { lead: reader.whole("lead") } : {};
  const fence: Fence = {
    owner: reader.text("owner"),
    pool: reader.text("pool"),
    epoch: reader.whole("epoch"),
    cfg: reader.whole("cfg"),
    region: reader.text("region"),
    atS: reader.whole("at"),
    frozen: reader.flag("frozen"),
    open: reader.flag("open"),
    ...lead,
    sum: reader.text("sum"),
    nonces: reader.list("nonces").map((one) => reader.unescaped("nonces", one)),
    held: reader.list("held").map((one) => reader.unescaped("held", one)),
    repairs: reader.list("repairs").map((one) => reader.number("repairs", one, 36)),
    left: reader.departures("left"),
    ...(fields.has("rising") ? { rising: reader.times("rising") } : {}),
  };
  return reader.fault === undefined ? { kind: "fence", fence } : bad(reader.fault);
}

const KEYS: ReadonlySet<string> = new Set(
  "owner pool epoch cfg region at frozen open lead sum nonces held repairs left rising".split(" "),
);

/** Reads fields and keeps the first fault; what it returns after a fault is not to be used. */
class FieldReader {
  fault: string | undefined;
  readonly #fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    this.#fields = fields;
  }

  text(key: string): string {
    const value = this.#fields.get(key);
    if (value === undefined) this.#fail(`'${key}' is missing`);
    return value === undefined ? "" : this.unescaped(key, value);
  }

  whole(key: string): number {
    const value = this.#fields.get(key);
    if (value === undefined) this.#fail(`'${key}' is missing`);
    return this.number(key, value ?? "0", 10);
  }

  flag(key: string): boolean {
    const value = this.#fields.get(key);
    if (value !== undefined && value !== "1") this.#fail(`'${key}' is neither 1 nor left out`);
    return value === "1";
  }

  list(key: string): string[] {
    return this.#fields.get(key)?.split(",") ?? [];
  }

  departures(key: string): Record<string, Departure> {
    const entries = this.list(key).map((entry): [string, Departure] => {
      const [box = "", atS = "", score = "", ...more] = entry.split(":");
      if (more.length > 0) this.#fail(`'${key}' has an entry of more than three parts`);
      return [this.unescaped(key, box), { atS: this.number(key, atS, 36), score: this.number(key, score, 36) }];
    });
    if (new Set(entries.map(([box]) => box)).size < entries.length) this.#fail(`'${key}' has an entry twice`);
    return Object.fromEntries(entries);
  }

  times(key: string): Record<string, number> {
    const entries = this.list(key).map((entry): [string, number] => {
      const [box = "", atS = "", ...more] = entry.split(":");
      if (more.length > 0) this.#fail(`'${key}' has an entry of more than two parts`);
      return [this.unescaped(key, box), this.number(key, atS, 36)];
    });
    if (new Set(entries.map(([box]) => box)).size < entries.length) this.#fail(`'${key}' has an entry twice`);
    return Object.fromEntries(entries);
  }

  /** One spelling a number: `007`, `1e3`, `-0` and what is beyond 2^53 are faults. */
  number(key: string, text: string, radix: 10 | 36): number {
    const number = Number.parseInt(text, radix);
    if (Number.isSafeInteger(number) && number.toString(radix) === text) return number;
    this.#fail(`'${key}' has '${text.slice(0, 20)}' for a whole number`);
    return 0;
  }

  unescaped(key: string, text: string): string {
    const plain = text === "~" ? "" : text.replaceAll(/~([0-9a-f]{4})/g, (_all, unit: string) => charOf(unit));
    if (escaped(plain) !== text) this.#fail(`'${key}' has '${text.slice(0, 40)}', which is not spelt as a fence does`);
    return plain;
  }

  #fail(fault: string): void {
    this.fault ??= fault;
  }
}

/** Ids as configured stand as they are; any other UTF-16 unit as `~` and four hex digits, an empty text as `~`. */
function escaped(text: string): string {
  if (text === "") return "~";
  return text.replaceAll(/[^A-Za-z0-9._-]/g, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function charOf(unit: string): string {
  return String.fromCharCode(Number.parseInt(unit, 16));
}

function departureText(box: string, departure: Departure | undefined): string {
  const { atS, score } = departure ?? { atS: 0, score: 0 };
  return `${escaped(box)}:${atS.toString(36)}:${score.toString(36)}`;
}

function risingWord(rising: Memory["rising"] = {}): string[] {
  const entries = Object.keys(rising).sort();
  return listWord(
    "rising",
    entries.map((box) => `${escaped(box)}:${(own(rising, box) ?? 0).toString(36)}`),
  );
}

function listWord(key: string, items: readonly string[]): string[] {
  return items.length > 0 ? [`${key}=${items.join(",")}`] : [];
}

function bad(fault: string): ReadFence {
  return { kind: "bad", fault };
}
