// Writing one name: the fence's swap and the record changes in one batch, all or nothing, sent once.
import assert from "node:assert/strict";
import {
  type Change as WireChange,
  ChangeResourceRecordSetsCommand,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import { fenceNameOf } from "../model/fence.ts";
import type { Applied, Batch } from "../model/plan.ts";
import type { DnsRecord } from "../model/record.ts";
import { toRoute53 } from "./record.ts";

/** Route 53 answers within a second; what has not been answered by now is for the fence to tell. */
const TIMEOUT_MS = 5000;

/**
 * Sends the batch once. It must hold a fence's swap: without one nothing is to be written. Where a health check of a record
 * is gone Route 53 refuses every change of that record, a withdrawal as well: then it is sent again without the check.
 */
export async function applyBatch(client: Route53Client, batch: Batch): Promise<Applied> {
  // A retry of the SDK's would meet the fence of its own first attempt and report a lost race that was won.
  assert.equal(await client.config.maxAttempts(), 1, "changes are sent by a client with maxAttempts 1");
  assertOurs(batch);
  const applied = await send(client, batch);
  const bare = applied.kind === "refused" && GONE_CHECK.test(applied.detail) ? withoutChecks(batch) : batch;
  return bare === batch ? applied : send(client, bare);
}

/** API reference, ChangeResourceRecordSets, Errors: "No health check exists with the specified ID." */
const GONE_CHECK = /^NoSuchHealthCheck\b/;

/** What is deleted must be named as it stands. The batch itself where no record that is written has a check. */
function withoutChecks(batch: Batch): Batch {
  const isChecked = ({ action, record }: Batch["changes"][number]): boolean =>
    action !== "DELETE" && record.healthCheckId !== undefined;
  if (!batch.changes.some(isChecked)) return batch;
  const bare = (change: Batch["changes"][number]): Batch["changes"][number] => {
    const { healthCheckId: _, ...record } = change.record;
    return isChecked(change) ? { ...change, record } : change;
  };
  return { ...batch, changes: batch.changes.map(bare) };
}

async function send(client: Route53Client, batch: Batch): Promise<Applied> {
  const Changes = batch.changes.map(
    ({ action, record }): WireChange => ({ Action: action, ResourceRecordSet: toRoute53(record) }),
  );
  const command = new ChangeResourceRecordSetsCommand({ HostedZoneId: batch.zoneId, ChangeBatch: { Changes } });
  try {
    const { ChangeInfo } = await client.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    // Route 53's answer has a ChangeInfo with an Id always; without one the fence still tells who won.
    if (ChangeInfo?.Id === undefined) return { kind: "uncertain", detail: "Route 53's answer names no change" };
    return { kind: "accepted", changeId: ChangeInfo.Id };
  } catch (error) {
    return judgeFailure(error);
  }
}

/**
 * Throws for a batch that touches more than its name's addresses and its fence, or leaves the fence as it is. IAM's
 * condition keys cannot tie a name to a type, and the TXT of an apex is its owner's SPF: the last guard is here.
 */
export function assertOurs({ name, changes }: Batch): void {
  const isFence = ({ name: of, type }: DnsRecord): boolean => of === fenceNameOf(name) && type === "TXT";
  for (const { record } of changes) {
    const served = record.name === name && (record.type === "A" || record.type === "AAAA");
    assert.ok(served || isFence(record), `a batch of ${name} must not touch ${record.type} ${record.name}`);
  }
  assert.ok(
    changes.some(({ record }) => isFence(record)),
    `a batch of ${name} must swap its fence`,
  );
}

/** Somebody else wrote between our read and our batch. Route 53's own words; a batch's faults come in one message. */
const RACE = /do not match the current values|but it was not found|but it already exists/;

const BUSY = new Set(["Throttling", "ThrottlingException", "TooManyRequestsException", "PriorRequestNotComplete"]);
/** The SDK has corrected its clock by now. Route 53 itself says SignatureDoesNotMatch, as it does of a wrong secret. */
const CLOCK = new Set(["RequestTimeTooSkewed", "RequestExpired"]);

/**
 * | Route 53 answered                                             | kind      | because                                          |
 * | ------------------------------------------------------------- | --------- | ------------------------------------------------ |
 * | InvalidChangeBatch: values do not match, not found, exists    | lost      | the fence, or by hand a record, changed since    |
 * | … with further faults in the same message                     | lost      | they may follow from it: read and plan again     |
 * | InvalidChangeBatch: anything else                             | refused   | the same batch would be refused again            |
 * | Throttling, PriorRequestNotComplete                           | busy      | not applied; later                               |
 * | RequestTimeTooSkewed, RequestExpired; any after which the SDK set its clock | busy | not applied; the next is signed rightly |
 * | AccessDenied, NoSuchHostedZone, InvalidInput, any other 4xx   | refused   | not applied, and time alone mends none of them   |
 * | no credentials                                                | refused   | never sent                                       |
 * | 5xx, 408                                                      | uncertain | it may have been applied before it failed        |
 * | nothing: timeout, reset, unreachable, unreadable              | uncertain | it may have arrived                              |
 */
function judgeFailure(error: unknown): Applied {
  const name = error instanceof Error ? error.name : "";
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const status = statusOf(error);
  // `messages` of the SDK's InvalidChangeBatch is empty: Route 53 puts its list into the message.
  if (name === "InvalidChangeBatch") return { kind: RACE.test(detail) ? "lost" : "refused", detail };
  if (BUSY.has(name) || CLOCK.has(name) || status === 429 || metadataOf(error)["clockSkewCorrected"] === true)
    return { kind: "busy", detail };
  if (name === "CredentialsProviderError") return { kind: "refused", detail };
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) return { kind: "refused", detail };
  return { kind: "uncertain", detail };
}

/** The HTTP status of Route 53's answer, or undefined when there was none. */
function statusOf(error: unknown): number | undefined {
  const status = metadataOf(error)["httpStatusCode"];
  return typeof status === "number" ? status : undefined;
}

function metadataOf(error: unknown): Record<string, unknown> {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return {};
  return { ...Object(error.$metadata) };
}
