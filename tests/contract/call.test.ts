// Voters, Wake and Slots over the wire, against the embedded Lambda and SQS.
import { LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Bus } from "../../local/embedded/bus.ts";
import { AwsError } from "../../local/embedded/loopback.ts";
import { createVoters } from "../../shared/call/ask.ts";
import { createSlots } from "../../shared/call/slots.ts";
import { createWake } from "../../shared/call/wake.ts";
import { failoverEventSchema } from "../../shared/model/failover-call.ts";
import { probeEventSchema } from "../../shared/model/probe-call.ts";
import { SoftError } from "../../shared/model/errors.ts";
import type { Answer, Ask } from "../../shared/model/suspicion.ts";
import type { SlotMessage } from "../../shared/ports.ts";
import { clientOptions, perRegion } from "../../shared/runtime/clients.ts";
import { clientsOf, credentials, inbox, region, startBus } from "./bus-fixture.ts";

const THERE = "us-east-1";

const ask: Ask = {
  kind: "ask",
  from: region,
  shard: 0,
  suspects: [{ box: "lb1", check: "web", digest: "d1" }],
  lastStartInMs: 2500,
};

const answer: Answer = {
  region: THERE,
  votes: [{ box: "lb1", check: "web", digest: "d1", region: THERE, finding: { kind: "up", ms: 3.5 }, answeredMs: 1 }],
};

function lambdas(bus: Bus, attempts = 1): (to: string) => LambdaClient {
  return perRegion((to) => {
    const client = new LambdaClient({ ...clientOptions(to, { attempts }), endpoint: bus.url, credentials });
    onTestFinished(() => client.destroy());
    return client;
  });
}

function votersOf(bus: Bus) {
  return createVoters({ clientFor: lambdas(bus), functionName: "probe" });
}

const never = new AbortController().signal;

describe("Voters", () => {
  test("ask calls the probe function of the other region and returns its answer", async () => {
    const calls: unknown[][] = [];
    const bus = await startBus({
      onInvoke: async (...call) => {
        calls.push(call);
        return answer;
      },
    });
    expect(await votersOf(bus).ask(THERE, ask, never)).toEqual(answer);
    expect(calls).toEqual([[THERE, "probe", ask, "RequestResponse"]]);
    expect(probeEventSchema.parse(calls[0]?.[2])).toEqual(ask);
  });

  test("a region keeps its client from call to call, and each has its own", async () => {
    const clientFor = lambdas(await startBus());
    expect(clientFor(THERE)).toBe(clientFor(THERE));
    expect(clientFor(THERE)).not.toBe(clientFor(region));
  });

  test.each([
    ["throws", () => Promise.reject(new TypeError("no such check")), /no such check/],
    [
      "is throttled",
      () => Promise.reject(new AwsError("TooManyRequestsException", "Rate Exceeded.", 429)),
      /Rate Exceeded/,
    ],
    ["answers null", async () => undefined, /no answer/],
    ["answers with votes of another shape", async () => ({ ...answer, votes: [{ box: "lb1" }] }), /no answer/],
    ["answers a plain text", async () => "yes", /no answer/],
  ])("a function that %s is a SoftError, called once", async (_what, onInvoke, message) => {
    let called = 0;
    const bus = await startBus({
      onInvoke: () => {
        called += 1;
        return onInvoke();
      },
    });
    const error = await votersOf(bus)
      .ask(THERE, ask, never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SoftError);
    expect(String(error)).toMatch(message);
    expect(called).toBe(1);
  });

  test("a region that is not there is a SoftError", async () => {
    const voters = votersOf(await startBus());
    await expect(voters.ask("ap-southeast-1", ask, never)).rejects.toBeInstanceOf(SoftError);
  });

  test("the signal ends a call that hangs, and one that has not begun", async () => {
    const began = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    onTestFinished(() => end.resolve());
    const bus = await startBus({
      onInvoke: async () => {
        began.resolve();
        await end.promise;
      },
    });
    const late = new AbortController();
    const call = votersOf(bus).ask(THERE, ask, late.signal);
    await began.promise;
    late.abort();
    await expect(call).rejects.toMatchObject({ name: "SoftError", cause: { name: "AbortError" } });
    await expect(votersOf(bus).ask(THERE, ask, late.signal)).rejects.toBeInstanceOf(SoftError);
  });

  test("ping resolves for the region itself and for nobody else", async () => {
    const calls: unknown[] = [];
    const bus = await startBus({
      onInvoke: async (to, _name, payload) => {
        calls.push(payload);
        return { region: to === THERE ? THERE : "elsewhere" };
      },
    });
    const voters = votersOf(bus);
    await expect(voters.ping(THERE, never)).resolves.toBeUndefined();
    await expect(voters.ping(region, never)).rejects.toBeInstanceOf(SoftError);
    expect(probeEventSchema.parse(calls[0])).toEqual({ kind: "ping" });
  });
});

describe("Wake", () => {
  function wakeOf(bus: Bus) {
    return createWake({ clientFor: lambdas(bus), region, functionName: "probe" });
  }

  test("calls failover of its own region, or of the one named, and does not wait for it", async () => {
    const calls = inbox<unknown[]>();
    const end = Promise.withResolvers<void>();
    onTestFinished(() => end.resolve());
    const bus = await startBus({
      onInvoke: async (...call) => {
        calls.put(call);
        await end.promise;
      },
    });
    await wakeOf(bus).wake(["lb1", "lb2"]);
    await wakeOf(bus).wake([], THERE);
    const payload = { kind: "wake", boxes: ["lb1", "lb2"] };
    expect(await calls.next()).toEqual([region, "probe", payload, "Event"]);
    expect(await calls.next()).toEqual([THERE, "probe", { kind: "wake", boxes: [] }, "Event"]);
    expect(failoverEventSchema.parse(payload)).toEqual(payload);
  });

  test("a call that Lambda does not take is a SoftError", async () => {
    const bus = await startBus({
      onRequest: () => ({ kind: "error", code: "ServiceException", message: "gone", status: 500 }),
    });
    await expect(wakeOf(bus).wake(["lb1"])).rejects.toMatchObject({
      name: "SoftError",
      cause: { name: "ServiceException" },
    });
  });
});

describe("Slots", () => {
  const message = (slot: number): SlotMessage => ({ kind: "slot", slot, shard: 1, dueMs: 1_760_000_000_000 + slot });
  const messages = (count: number) =>
    Array.from({ length: count }, (_, slot) => ({ message: message(slot), delayS: 0 }));

  function slotsOf(bus: Bus) {
    return createSlots({ client: clientsOf(bus).sqs, queueUrl: bus.queueUrl(region, "slots") });
  }

  test("every message comes out of the queue as the event that probe parses", async () => {
    const seen = inbox<unknown>();
    const sent: string[] = [];
    const bus = await startBus({
      onSqs: async (_region, _queue, event) => seen.put(probeEventSchema.parse(event)),
      onRequest: ({ operation }) => void sent.push(operation),
    });
    await slotsOf(bus).enqueue(messages(23));
    const got = await Promise.all(messages(23).map(() => seen.next()));
    expect(got.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual(
      messages(23)
        .map((one) => one.message)
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    );
    expect(sent).toEqual(["SendMessageBatch", "SendMessageBatch", "SendMessageBatch"]);
  });

  test("nothing to enqueue is nothing to send", async () => {
    const sent: string[] = [];
    const bus = await startBus({ onRequest: ({ operation }) => void sent.push(operation) });
    await slotsOf(bus).enqueue([]);
    expect(sent).toEqual([]);
  });

  test("a delay is kept, in whole seconds", async () => {
    const seen = inbox<number>();
    const bus = await startBus({ onSqs: async () => seen.put(performance.now()) });
    const startedMs = performance.now();
    await slotsOf(bus).enqueue([{ message: message(1), delayS: 1 }]);
    expect((await seen.next()) - startedMs).toBeGreaterThanOrEqual(990);
  });

  test("messages that SQS refuses are sent once more, and then a SoftError; the others are enqueued", async () => {
    const seen = inbox<unknown>();
    const sent: string[] = [];
    const bus = await startBus({
      onSqs: async (_region, _queue, event) => seen.put(probeEventSchema.parse(event)),
      onRequest: ({ operation }) => void sent.push(operation),
    });
    // SQS refuses a delay above 900 s of one message and takes the rest of the batch.
    const wrong = { message: message(9), delayS: 901 };
    await expect(slotsOf(bus).enqueue([...messages(2), wrong])).rejects.toThrow(SoftError);
    expect(await seen.next()).toEqual(message(0));
    expect(await seen.next()).toEqual(message(1));
    expect(sent).toHaveLength(2);
    expect(seen.items).toEqual([]);
  });

  test("a batch that fails does not keep the others", async () => {
    const seen = inbox<unknown>();
    let requests = 0;
    const bus = await startBus({
      onSqs: async (_region, _queue, event) => seen.put(probeEventSchema.parse(event)),
      onRequest: () =>
        ++requests === 1 ? { kind: "error", code: "ServiceUnavailable", message: "busy", status: 503 } : undefined,
    });
    await expect(slotsOf(bus).enqueue(messages(20))).rejects.toThrow(/1 of 2 batches/);
    expect(await Promise.all(messages(10).map(() => seen.next()))).toHaveLength(10);
  });
});
