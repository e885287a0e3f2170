// Giving a name back. Pure; needs model.
import { fenceNameOf } from "../model/fence.ts";
import type { Change, Danger, Plan, Refusal, Writer } from "../model/plan.ts";
import { type DnsRecord, families, type NameState } from "../model/record.ts";
import { isOurs, marksOfWinner, parseFence } from "./fence.ts";

/** What is given back: the records as adopt found them, one simple record a family, or the set as it stands. */
export type Back = { to: "found"; records: readonly DnsRecord[] } | { to: "simple" } | { to: "as-is" };

/**
 * Gives a name back in one batch: the fence is deleted, and the records of ours (by their SetIdentifiers)
 *
 * | to     | records of ours                                                | beside records of others      |
 * | ------ | -------------------------------------------------------------- | ----------------------------- |
 * | as-is  | stay as they stand                                             | the same                      |
 * | simple | are deleted; one simple record answers with all that serve now | refused: conflict             |
 * | found  | become what adopt found: weights, addresses, TTL, checks; what was not there is deleted | refused where a simple one is to come back |
 *
 * Without a fence of ours it is refused (not-ours). A set always keeps an answer: where nothing was found, as-is counts.
 */
export function releasePlan(
  state: NameState,
  writer: Writer,
  ours: { owner: string; pool: string; setIdentifiers: readonly string[] },
  back: Back,
): Plan {
  const { name, zoneId, fence: standing } = state;
  const empty: Plan = { name, zoneId, changes: [], refused: [], dangers: [] };
  const read = standing && parseFence(standing);
  if (!standing || read?.kind !== "fence" || !isOurs(read.fence, ours)) {
    const detail = `${fenceNameOf(name)} is no fence of owner '${ours.owner}', pool '${ours.pool}': there is nothing to give back.`;
    return { ...empty, refused: [{ kind: "not-ours", name, detail }] };
  }
  const parts = families.map((family) => {
    const records = state.records.filter(({ type }) => type === family);
    const mine = records.filter(({ setIdentifier = "" }) => ours.setIdentifiers.includes(setIdentifier));
    return familyBack(name, mine, targetsOf(family, mine, back), records.length > mine.length);
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

function targetsOf(family: string, mine: readonly DnsRecord[], back: Back): readonly DnsRecord[] {
  if (back.to === "as-is" || mine.length === 0) return mine;
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

function familyBack(name: string, mine: readonly DnsRecord[], targets: readonly DnsRecord[], shared: boolean): Part {
  const simple = targets.some(({ setIdentifier }) => setIdentifier === undefined);
  if (simple && shared) {
    const detail = `Records that are not ours stand at ${name}, and Route 53 does not mix simple and weighted ones.`;
    return { changes: [], refused: [{ kind: "conflict", name, detail }], dangers: [] };
  }
  const ttls = new Set([...mine, ...targets].map(({ ttlS }) => ttlS));
  const anew = simple || ttls.size > 1;
  const dangers = mine.flatMap((record): Danger[] => {
    const kept = targets.some(({ healthCheckId }) => healthCheckId === record.healthCheckId);
    if (record.healthCheckId === undefined || kept) return [];
    const detail = `'${record.setIdentifier ?? ""}' of ${name} has health check ${record.healthCheckId}, which nothing will refer to any more.`;
    return [{ kind: "loses-check", name, detail }];
  });
  const changes = anew ? all(mine, targets) : each(mine, targets);
  return { changes, refused: [], dangers };
}

/** Route 53 takes neither a mix of simple and weighted records nor one of TTLs: all go, all come. */
function all(mine: readonly DnsRecord[], targets: readonly DnsRecord[]): Change[] {
  return [
    ...mine.map((before): Change => ({ kind: "delete", before })),
    ...targets.map((after): Change => ({ kind: "create", after })),
  ];
}

function each(mine: readonly DnsRecord[], targets: readonly DnsRecord[]): Change[] {
  const byId = new Map(mine.map((record) => [record.setIdentifier, record]));
  const gone = mine.filter(({ setIdentifier }) => !targets.some((target) => target.setIdentifier === setIdentifier));
  const puts = targets.flatMap((after): Change[] => {
    const before = byId.get(after.setIdentifier);
    if (!before) return [{ kind: "create", after }];
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ kind: "update", before, after }];
  });
  return [...gone.map((before): Change => ({ kind: "delete", before })), ...puts];
}
