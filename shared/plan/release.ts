// Giving a name back. Pure; needs model.
import type { Freeze } from "../model/fact.ts";
import { digestOf } from "../model/digest.ts";
import { fenceNameOf } from "../model/fence.ts";
import type { Change, Danger, Plan, Refusal, Writer } from "../model/plan.ts";
import { type DnsRecord, families, type Family, type NameState } from "../model/record.ts";
import { isOurs, marksOfWinner, parseFence } from "./fence.ts";
import { frozenBy } from "./freeze.ts";
import { readSet } from "./set.ts";
import { type Marks, readSum } from "./sum.ts";

/** What is given back: the records as adopt found them, one simple record a family, or the set as it stands. */
export type Back = { to: "found"; records: readonly DnsRecord[] } | { to: "simple" } | { to: "as-is" };

/**
 * Gives a name back in one batch: the fence is deleted, and the records of ours (those of the configured SetIdentifiers,
 * and those that the fence's sum remembers although they are no longer configured)
 *
 * | to     | records of ours                                                | beside records of others      |
 * | ------ | -------------------------------------------------------------- | ----------------------------- |
 * | as-is  | stay as they stand                                             | the same                      |
 * | simple | are deleted; one simple record answers with all that serve now | refused: conflict             |
 * | found  | become what adopt found, see below                             | refused where a simple one is to come back |
 *
 * | adopt found it | it stands            | outcome                                                             |
 * | -------------- | -------------------- | ------------------------------------------------------------------- |
 * | yes            | as ours              | updated where it differs: weight, address, TTL, health check        |
 * | yes            | no                   | created                                                             |
 * | yes            | as somebody else's   | left alone; danger foreign-sibling                                  |
 * | no             | as ours              | deleted; where nothing of the family was found it stays: a set always keeps an answer |
 * | any            | beside others' records | the same, with the TTL of those                                   |
 *
 * Refused: without a fence of ours (not-ours); under a frozen fence, or an order to freeze (frozen).
 */
export function releasePlan(
  state: NameState,
  writer: Writer,
  ours: { owner: string; pool: string; setIdentifiers: readonly string[] },
  back: Back,
  known: { frozen?: Freeze | undefined } = {},
): Plan {
  const { name, zoneId, fence: standing } = state;
  const empty: Plan = { name, zoneId, changes: [], refused: [], dangers: [] };
  const read = standing && parseFence(standing);
  if (!standing || read?.kind !== "fence" || !isOurs(read.fence, ours)) {
    const detail = `${fenceNameOf(name)} is no fence of owner '${ours.owner}', pool '${ours.pool}': there is nothing to give back.`;
    return { ...empty, refused: [{ kind: "not-ours", name, detail }] };
  }
  const frozen = frozenBy(name, read.fence, known.frozen);
  if (frozen) return { ...empty, refused: [frozen] };
  const sum = readSum(read.fence.sum);
  const parts = families.map((family) => {
    const { mine, others } = apart(state, family, ours.setIdentifiers, sum?.[family]);
    return familyBack(name, mine, targetsOf(family, mine, back), others);
  });
  const refused = parts.flatMap((part) => part.refused);
  if (refused.length > 0) return { ...empty, refused: refused.slice(0, 1) };
  const { epoch } = marksOfWinner(read.fence, writer);
  return {
    ...empty,
    changes: parts.flatMap(({ changes }) => changes),
    dangers: parts.flatMap(({ dangers }) => dangers),
    fence: { before: standing, epoch, nonce: writer.nonce },
  };
}

/** Of a family that the sum remembers nothing of, nothing is ours, whatever its SetIdentifiers. */
function apart(
  state: NameState,
  family: Family,
  setIdentifiers: readonly string[],
  marks: Marks | undefined,
): { mine: DnsRecord[]; others: DnsRecord[] } {
  const set = readSet(state, family, marks?.size === 0 ? [] : setIdentifiers, marks);
  const standings = [...set.configured.values(), ...set.former];
  return { mine: standings.flatMap(({ record }) => record ?? []), others: [...set.foreign, ...set.taken] };
}

function targetsOf(family: Family, mine: readonly DnsRecord[], back: Back): readonly DnsRecord[] {
  if (back.to === "as-is") return mine;
  if (back.to === "found") {
    const found = back.records.filter(({ type }) => type === family);
    return found.length > 0 ? found : mine;
  }
  const serving = mine.filter(({ weight = 0 }) => weight > 0);
  const [first] = mine;
  const values = (serving.length > 0 ? serving : mine).flatMap((record) => record.values);
  return first ? [{ name: first.name, type: family, ttlS: first.ttlS, values: [...new Set(values)] }] : [];
}

type Part = { changes: Change[]; refused: Refusal[]; dangers: Danger[] };

function familyBack(
  name: string,
  mine: readonly DnsRecord[],
  wanted: readonly DnsRecord[],
  others: readonly DnsRecord[],
): Part {
  const simple = wanted.some(({ setIdentifier }) => setIdentifier === undefined);
  const taken = wanted.filter((target) => others.some((other) => isSameKey(other, target)));
  const [ttlS] = others.flatMap((other) => other.ttlS ?? []);
  const targets = wanted
    .filter((target) => !taken.includes(target))
    .map((target) => (ttlS === undefined ? target : { ...target, ttlS }));
  const ttls = new Set([...mine, ...targets].map((record) => record.ttlS));
  const changes = simple || ttls.size > 1 ? all(mine, targets) : each(mine, targets);
  const mixes = others.length > 0 && (simple || others.some(({ weight }) => weight === undefined));
  if (mixes && changes.length > 0) {
    const detail = `Records that are not ours stand at ${name}, ${labels(others)}, and Route 53 does not mix simple and weighted ones. Remove them first.`;
    return { changes: [], refused: [{ kind: "conflict", name, detail }], dangers: [] };
  }
  return { changes, refused: [], dangers: [...lostChecks(name, mine, targets), ...notGiven(name, taken)] };
}

function lostChecks(name: string, mine: readonly DnsRecord[], targets: readonly DnsRecord[]): Danger[] {
  return mine.flatMap((record): Danger[] => {
    const kept = targets.some(({ healthCheckId }) => healthCheckId === record.healthCheckId);
    if (record.healthCheckId === undefined || kept) return [];
    const detail = `'${record.setIdentifier ?? ""}' of ${name} has health check ${record.healthCheckId}, which nothing will refer to any more.`;
    return [{ kind: "loses-check", name, detail }];
  });
}

function notGiven(name: string, taken: readonly DnsRecord[]): Danger[] {
  if (taken.length === 0) return [];
  const detail = `Adopt found ${labels(taken)} at ${name}. Records that are not ours stand there now under the same SetIdentifiers. They are left as they are.`;
  return [{ kind: "foreign-sibling", name, detail }];
}

function labels(records: readonly DnsRecord[]): string {
  return records
    .map(({ type, setIdentifier }) => (setIdentifier === undefined ? `${type} (simple)` : `${type} '${setIdentifier}'`))
    .join(", ");
}

/** Route 53 takes neither a mix of simple and weighted records nor one of TTLs: all go, all come. */
function all(mine: readonly DnsRecord[], targets: readonly DnsRecord[]): Change[] {
  return [
    ...mine.map((before): Change => ({ kind: "delete", before })),
    ...targets.map((after): Change => ({ kind: "create", after })),
  ];
}

function each(mine: readonly DnsRecord[], targets: readonly DnsRecord[]): Change[] {
  const gone = mine.filter((record) => !targets.some((target) => isSameKey(record, target)));
  const puts = targets.flatMap((after): Change[] => {
    const before = mine.find((record) => isSameKey(record, after));
    if (!before) return [{ kind: "create", after }];
    return digestOf(before) === digestOf(after) ? [] : [{ kind: "update", before, after }];
  });
  return [...gone.map((before): Change => ({ kind: "delete", before })), ...puts];
}

/** Within one family. */
function isSameKey(one: DnsRecord, other: DnsRecord): boolean {
  return one.setIdentifier === other.setIdentifier;
}
