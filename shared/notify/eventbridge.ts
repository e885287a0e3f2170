import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SoftError } from "../model/errors.ts";
import type { LifeboatEvent } from "../model/event.ts";

/** EventBridge takes less than 256 KB an entry; the rest is for its other fields. */
const DETAIL_MAX_BYTES = 255 * 1024;

/** `lifeboat.weights.v1`, `lifeboat.condition.v1`: what rules filter by. */
export function detailType({ type, version }: LifeboatEvent): string {
  return `lifeboat.${type}.v${version}`;
}

/** Puts the event on a bus. Rejects with a SoftError when EventBridge does not take it. */
export async function putEvent(client: EventBridgeClient, bus: string, event: LifeboatEvent): Promise<void> {
  const entry = {
    EventBusName: bus,
    Source: "lifeboat",
    DetailType: detailType(event),
    Detail: detailOf(event),
    Time: new Date(event.atMs),
  };
  const failed = await client.send(new PutEventsCommand({ Entries: [entry] })).then(
    ({ Entries = [] }) => Entries.find(({ ErrorCode }) => ErrorCode !== undefined),
    (cause: unknown) => {
      throw new SoftError(`${bus}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    },
  );
  if (failed) throw new SoftError(`${bus}: ${failed.ErrorCode}: ${failed.ErrorMessage ?? ""}`);
}

/** The event as JSON. When hundreds of boxes move at once it goes without the evidence, which the table keeps. */
function detailOf(event: LifeboatEvent): string {
  const whole = JSON.stringify(event);
  if (event.type !== "weights" || Buffer.byteLength(whole) <= DETAIL_MAX_BYTES) return whole;
  return JSON.stringify({ ...event, moved: event.moved.map((one) => ({ ...one, evidence: [] })) });
}
