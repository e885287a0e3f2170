import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, type SQSClient } from "@aws-sdk/client-sqs";
import { SoftError } from "../model/errors.ts";
import type { Slots } from "../ports.ts";

/** SQS takes ten messages a batch. */
const BATCH = 10;

/**
 * The region's queue. Batches are sent side by side, and one that fails does not keep the others; messages that SQS did
 * not take are sent once more. Rejects with a SoftError if some could not be enqueued even so.
 */
export function createSlots({ client, queueUrl }: { client: SQSClient; queueUrl: string }): Slots {
  const send = async (entries: SendMessageBatchRequestEntry[]) => {
    const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
    const failed = new Set(Failed.map(({ Id }) => Id));
    const why = Failed.map(({ Code, Message }) => `${Code ?? "no code"}: ${Message ?? ""}`)[0] ?? "";
    return { left: entries.filter(({ Id }) => failed.has(Id)), why };
  };
  const sendTwice = async (entries: SendMessageBatchRequestEntry[]): Promise<void> => {
    const first = await send(entries);
    const { left, why } = first.left.length > 0 ? await send(first.left) : first;
    if (left.length > 0) throw new Error(`SQS refused ${left.length} of ${entries.length} messages twice (${why})`);
  };
  return {
    async enqueue(messages) {
      const entries = messages.map(({ message, delayS }, at) => {
        return { Id: String(at), MessageBody: JSON.stringify(message), DelaySeconds: delayS };
      });
      const sent = await Promise.allSettled(batchesOf(entries).map(sendTwice));
      const faults = sent.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      if (faults.length === 0) return;
      const cause = faults[0];
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SoftError(`${faults.length} of ${sent.length} batches were not enqueued: ${reason}`, { cause });
    },
  };
}

function batchesOf<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, at) => list.slice(at * BATCH, (at + 1) * BATCH));
}
