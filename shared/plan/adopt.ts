// Taking over what stands at a name. Pure; needs model.
import type { Freeze } from "../model/fact.ts";
import { type Fence, fenceNameOf } from "../model/fence.ts";
import type { Change, Danger, Desired, Plan, Refusal, Writer } from "../model/plan.ts";
import { type DnsRecord, families, type NameState } from "../model/record.ts";
import { isOurs, parseFence } from "./fence.ts";
import { frozenBy } from "./freeze.ts";
import { planRecords } from "./plan.ts";
import { has, twinIn } from "./set.ts";
import { markOf, writeSum } from "./sum.ts";

/**
 * Takes a name over in one batch, so that there is no moment without an answer: the fence is created, and
 *
 * | what stands there                                   | outcome                                                    |
 * | --------------------------------------------------- | ---------------------------------------------------------- |
 * | our fence                                           | nothing; it is noted that the name is adopted already       |
 * | the fence of another owner or pool                  | refused: not-ours                                          |
 * | a fence that cannot be read                         | refused: bad-fence                                         |
 * | none, and an order to freeze holds                  | refused: frozen                                            |
 * | a CNAME, an alias, another routing policy           | refused: conflict                                          |
 * | a simple A or AAAA record                           | deleted; the weighted set is created                       |
 * | … with an address that no load balancer has         | the same; danger loses-address                             |
 * | … in mode delete, and every load balancer is at 0   | the same: they are created with weight 0, which has an answer |
 * | a weighted record of a configured SetIdentifier     | claimed: weight, address and TTL as wanted, the rest (its health check) as it is |
 * | a weighted record of another SetIdentifier with the address of a load balancer | refused: conflict; name it in the configuration |
 * | any other weighted record                           | left alone; danger foreign-sibling                         |
 * | nothing                                             | fence and records are created                              |
 *
 * A fence that a view has seen and that is gone does not matter here: this is how a released name is taken over again.
 */
export function adoptPlan(
  desired: Desired,
  state: NameState,
  writer: Writer,
  known: { frozen?: Freeze | undefined } = {},
): Plan {
  const { name, zoneId } = desired;
  const empty: Plan = { name, zoneId, changes: [], refused: [], dangers: [] };
  if (state.fence) return { ...empty, ...underFence(desired, state.fence) };
  const refusal = frozenBy(name, undefined, known.frozen) ?? refuse(desired, state);
  if (refusal) return { ...empty, refused: [refusal] };
  const simple = state.records.filter((record) => isSimple(record));
  const weighted = { ...state, records: state.records.filter((record) => !simple.includes(record)) };
  // In mode delete who is at 0 has no record: nothing would answer once the simple record is gone.
  const isBare = simple.length > 0 && desired.records.every(({ weight }) => weight === 0);
  const asked: Desired = isBare ? { ...desired, withdraw: "weight" } : desired;
  const planned = planRecords(asked, weighted, writer, claimed(desired, weighted));
  if (!planned.fence?.after) return planned;
  const deletes = simple.map((before): Change => ({ kind: "delete", before }));
  return {
    ...planned,
    changes: [...deletes, ...planned.changes],
    dangers: [...planned.dangers, ...simple.flatMap((record) => lostAddresses(desired, record))],
  };
}

function underFence({ name, owner, pool }: Desired, standing: DnsRecord): Partial<Plan> {
  const read = parseFence(standing);
  if (read.kind === "bad") {
    const detail = `The TXT record at ${fenceNameOf(name)} is no fence of this version: ${read.fault}.`;
    return { refused: [{ kind: "bad-fence", name, detail }] };
  }
  if (isOurs(read.fence, { owner, pool })) return { note: "adopted already; nothing to change" };
  const detail = `${fenceNameOf(name)} is the fence of owner '${read.fence.owner}', pool '${read.fence.pool}'; this is '${owner}', pool '${pool}'.`;
  return { refused: [{ kind: "not-ours", name, detail }] };
}

/** Of the records at a name, those that its adoption takes over: what release is to give back. */
export function takenOver({ records }: Desired, state: NameState): DnsRecord[] {
  return state.records.filter((record) => {
    const { type, setIdentifier } = record;
    return isSimple(record) || records.some((one) => one.type === type && one.setIdentifier === setIdentifier);
  });
}

function refuse(desired: Desired, state: NameState): Refusal | undefined {
  const { name } = desired;
  const blocking = state.records.filter((record) => record.type === "CNAME" || (isServed(record) && !isPlain(record)));
  if (blocking.length > 0) {
    const which = blocking
      .map(({ type, setIdentifier = "" }) => `${type} ${setIdentifier}`.trim())
      .sort()
      .join(", ");
    return { kind: "conflict", name, detail: `${name} has ${which}, which is neither a simple nor a weighted record.` };
  }
  const twin = twinIn(desired, state);
  return twin === undefined ? undefined : { kind: "conflict", name, detail: twin };
}

/** The fence as if it had stood over the records as they are, so that none of them counts as edited. */
function claimed({ owner, pool, cfg, memory, records }: Desired, state: NameState): Fence {
  const ids = new Set(records.map(({ type, setIdentifier }) => `${type} ${setIdentifier}`));
  const marks = (family: string) =>
    state.records
      .filter((record) => record.type === family && ids.has(`${family} ${record.setIdentifier ?? ""}`))
      .map(markOf);
  const none = { epoch: 0, region: "", atS: 0, nonces: [], frozen: false, held: [], repairs: [] };
  return { ...none, ...memory, owner, pool, cfg, sum: writeSum({ A: marks("A"), AAAA: marks("AAAA") }) };
}

function lostAddresses({ name, records }: Desired, { type, values }: DnsRecord): Danger[] {
  const lost = values.filter(
    (value) => !records.some((wanted) => wanted.type === type && has(type, [value], wanted.value)),
  );
  if (lost.length === 0) return [];
  const detail = `The simple ${type} record answers with ${lost.join(", ")}, which is no load balancer's: it will not be answered any more.`;
  return [{ kind: "loses-address", name, detail }];
}

function isServed({ type }: DnsRecord): boolean {
  return families.some((family) => family === type);
}

function isSimple(record: DnsRecord): boolean {
  return isServed(record) && record.setIdentifier === undefined;
}

/** Neither an alias nor any routing but by weight. */
function isPlain({ setIdentifier, weight, other, values }: DnsRecord): boolean {
  return other === undefined && values.length > 0 && (setIdentifier === undefined) === (weight === undefined);
}
