// The only place that spells pk and sk. Ids hold no '#' (see the config's schema), so no key of one noun is another's;
// what is free text (a condition's subject, a fact's id) stands last. Another noun is another prefix.

/** DynamoDB deletes an item some days after this time, in whole epoch seconds: whoever reads must look at it too. */
export const TTL_ATTRIBUTE = "expiresS";

/** What the two parts of a key are called: for whoever makes the table. */
export const keyAttributes = { partition: "pk", sort: "sk" } as const;

export type Key = { pk: string; sk: string };

/** Sort keys are text: numbers are padded so that their order is the numbers'. */
function padded(value: number, digits: number): string {
  return String(Math.floor(value)).padStart(digits, "0");
}

/** Enough for any epoch ms. */
const TIME_DIGITS = 15;

/** Any id, in the patterns of partitions by which IAM says who may write what. */
export const ANY = "*";

/**
 * What is read together has one pk: a region's reports, what is known of a pool, all orders. And what one function may
 * write must have another pk than what it may not: IAM sees no sort keys.
 */
export const partitions = {
  reports: (region: string): string => `report#${region}`,
  suspicions: (region: string): string => `suspicion#${region}`,
  orders: (): string => "order",
  steps: (): string => "step",
  pool: (pool: string): string => `pool#${pool}`,
  conditions: (region: string): string => `condition#${region}`,
  pending: (region: string): string => `pending#${region}`,
  turns: (): string => "turn",
  seen: (): string => "seen",
  history: (region: string, shard: number | typeof ANY): string => `history#${region}#${shard}`,
  snapshots: (box: string): string => `snapshot#${box}`,
  /** `digest`: of the whole content. */
  chunks: (box: string, digest: string): string => `chunk#${box}#${digest}`,
  sightings: (box: string): string => `sighting#${box}`,
  /** What lets somebody in, and what keeps somebody out. */
  tokens: (): string => "token",
  /** When each token was used last. */
  uses: (): string => "use",
};

export const prefixes = {
  announced: "announced#",
  view: "view#",
  followed: "followed#",
  token: "token#",
  revoked: "revoked#",
};

/** The least sort key of the steps at or after a time. */
export function stepsFrom(ms: number): string {
  return padded(Math.max(0, ms), TIME_DIGITS);
}

export function minuteKey(minute: number): string {
  return padded(minute, 10);
}

export const keys = {
  report: (region: string, shard: number): Key => ({ pk: partitions.reports(region), sk: padded(shard, 5) }),
  suspicion: (region: string, shard: number): Key => ({ pk: partitions.suspicions(region), sk: padded(shard, 5) }),
  seen: (region: string): Key => ({ pk: partitions.seen(), sk: region }),
  /** An order is known by its id alone. */
  order: (id: string): Key => ({ pk: partitions.orders(), sk: id }),
  /** A step is known by its time and id. */
  step: (atMs: number, id: string): Key => ({ pk: partitions.steps(), sk: `${padded(atMs, TIME_DIGITS)}#${id}` }),
  announced: (pool: string, region: string): Key => ({
    pk: partitions.pool(pool),
    sk: `${prefixes.announced}${region}`,
  }),
  view: (pool: string, region: string): Key => ({ pk: partitions.pool(pool), sk: `${prefixes.view}${region}` }),
  followed: (pool: string, region: string): Key => ({
    pk: partitions.pool(pool),
    sk: `${prefixes.followed}${region}`,
  }),
  shadow: (pool: string, region: string): Key => ({ pk: partitions.pool(pool), sk: `shadow#${region}` }),
  /** What is only noted stands beside what was told, and does not overwrite it. */
  condition: (region: string, kind: string, subject: string, waiting: boolean): Key => ({
    pk: partitions.conditions(region),
    sk: `${waiting ? "waiting#" : ""}${kind}#${subject}`,
  }),
  pending: (region: string, changeId: string): Key => ({ pk: partitions.pending(region), sk: changeId }),
  turn: (region: string): Key => ({ pk: partitions.turns(), sk: region }),
  history: (region: string, shard: number, minute: number): Key => ({
    pk: partitions.history(region, shard),
    sk: minuteKey(minute),
  }),
  /** A snapshot's id sorts by its time. */
  snapshot: (box: string, id: string): Key => ({ pk: partitions.snapshots(box), sk: id }),
  chunk: (box: string, digest: string, at: number): Key => ({
    pk: partitions.chunks(box, digest),
    sk: padded(at, 5),
  }),
  sighting: (box: string, id: string, region: string): Key => ({
    pk: partitions.sightings(box),
    sk: `${id}#${region}`,
  }),
  token: (id: string): Key => ({ pk: partitions.tokens(), sk: `${prefixes.token}${id}` }),
  revocation: (id: string): Key => ({ pk: partitions.tokens(), sk: `${prefixes.revoked}${id}` }),
  tokenUse: (id: string, region: string): Key => ({ pk: partitions.uses(), sk: `${id}#${region}` }),
};

/** An item's or key's name in messages. */
export function labelOf({ pk, sk }: Partial<Record<keyof Key, unknown>>): string {
  return `${String(pk)} / ${String(sk)}`;
}

/** The least and the greatest sort key of the sightings of the snapshots from one id to another. */
export function sightingsBetween(fromId: string, toId: string): Range {
  return { from: `${fromId}#`, to: `${toId}#~` };
}

/** The condition that no item of the key is there. */
export const NOT_THERE = "attribute_not_exists(pk)";

/** The condition that an item of the key is there. */
export const THERE = "attribute_exists(pk)";

/** Sort keys from and to (both included), or those that begin with a prefix. */
export type Range = { from: string; to?: string } | { prefix: string } | { below: string };

/** A query of one partition, whole or a range of it. */
export function keyCondition(pk: string, range: Range | undefined) {
  if (!range) return { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": pk } };
  if ("prefix" in range) {
    const values = { ":pk": pk, ":prefix": range.prefix };
    return { KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)", ExpressionAttributeValues: values };
  }
  if ("below" in range) {
    const values = { ":pk": pk, ":below": range.below };
    return { KeyConditionExpression: "pk = :pk AND sk < :below", ExpressionAttributeValues: values };
  }
  const { from, to } = range;
  const text = to === undefined ? "sk >= :from" : "sk BETWEEN :from AND :to";
  const values = { ":pk": pk, ":from": from, ...(to === undefined ? {} : { ":to": to }) };
  return { KeyConditionExpression: `pk = :pk AND ${text}`, ExpressionAttributeValues: values };
}
