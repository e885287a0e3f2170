import { InvokeCommand } from "@aws-sdk/client-lambda";
import { describe, expect, test, vi } from "vitest";
import type { BusOptions } from "../../local/embedded/bus.ts";
import { AwsError } from "../../local/embedded/loopback.ts";
import { clientsOf, inbox, region, startBus } from "./bus-fixture.ts";

describe("Lambda", () => {
  const payload = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const read = (bytes: Uint8Array | undefined): unknown => JSON.parse(new TextDecoder().decode(bytes));
  const gate = () => Promise.withResolvers<void>();

  test.each([
    "probe",
    "probe:live",
    "000000000000:function:probe",
    "arn:aws:lambda:eu-west-1:000000000000:function:probe",
  ])("%s is invoked and answers", async (FunctionName) => {
    const onInvoke = vi.fn(async (inRegion: string, name: string, given: unknown, type: string) => ({
      echo: { inRegion, name, given, type },
    }));
    const { lambda } = clientsOf(await startBus({ onInvoke }));
    const result = await lambda.send(new InvokeCommand({ FunctionName, Payload: payload({ ask: 1 }) }));
    expect(result).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(result.FunctionError).toBeUndefined();
    expect(read(result.Payload)).toEqual({
      echo: { inRegion: region, name: "probe", given: { ask: 1 }, type: "RequestResponse" },
    });
  });

  test("a handler without a result answers null, and one that throws a function error", async () => {
    const onInvoke = vi.fn<NonNullable<BusOptions["onInvoke"]>>().mockResolvedValueOnce(undefined);
    onInvoke.mockRejectedValueOnce(new TypeError("no such check"));
    const { lambda } = clientsOf(await startBus({ onInvoke }));
    expect(read((await lambda.send(new InvokeCommand({ FunctionName: "probe" }))).Payload)).toBeNull();
    const failed = await lambda.send(new InvokeCommand({ FunctionName: "probe" }));
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(read(failed.Payload)).toEqual({
      errorType: "TypeError",
      errorMessage: "no such check",
      trace: expect.arrayContaining(["TypeError: no such check"]),
    });
  });

  test("an asynchronous one is answered before it has run, and never run twice", async () => {
    const started = gate();
    const onInvoke = vi.fn(async () => {
      started.resolve();
      throw new Error("nobody sees this");
    });
    const { lambda } = clientsOf(await startBus({ onInvoke }));
    const result = await lambda.send(new InvokeCommand({ FunctionName: "probe", InvocationType: "Event" }));
    expect(result.StatusCode).toBe(202);
    await started.promise;
    await lambda.send(new InvokeCommand({ FunctionName: "probe", InvocationType: "DryRun" }));
    expect(onInvoke).toHaveBeenCalledTimes(1);
  });

  test("an AwsError of the callback is Lambda's own answer", async () => {
    const onInvoke = () => Promise.reject(new AwsError("ServiceException", "the region is gone", 500));
    const { lambda } = clientsOf(await startBus({ onInvoke }));
    await expect(lambda.send(new InvokeCommand({ FunctionName: "probe" }))).rejects.toMatchObject({
      name: "ServiceException",
      message: "the region is gone",
    });
  });

  test("above the concurrency synchronous calls are refused and asynchronous ones wait", async () => {
    const gates = [gate(), gate()];
    const seen = inbox<unknown>();
    const onInvoke = async (_region: string, _name: string, given: unknown) => {
      seen.put(given);
      await gates.shift()?.promise;
    };
    const [first] = gates;
    const { lambda } = clientsOf(await startBus({ onInvoke, concurrency: 1 }));
    const invoke = (at: number, InvocationType: "Event" | "RequestResponse") =>
      lambda.send(new InvokeCommand({ FunctionName: "probe", InvocationType, Payload: payload(at) }));
    const running = invoke(1, "RequestResponse");
    expect(await seen.next()).toBe(1);
    await expect(invoke(2, "RequestResponse")).rejects.toMatchObject({
      name: "TooManyRequestsException",
      $metadata: { httpStatusCode: 429 },
    });
    expect((await invoke(3, "Event")).StatusCode).toBe(202);
    expect(seen.items).toHaveLength(0);
    first?.resolve();
    await running;
    expect(await seen.next()).toBe(3);
  });

  test.each([
    ["another function", "other", {}, "ResourceNotFoundException"],
    ["another region's", "arn:aws:lambda:us-east-1:000000000000:function:probe", {}, "ResourceNotFoundException"],
    ["another account's", "arn:aws:lambda:eu-west-1:111111111111:function:probe", {}, "ResourceNotFoundException"],
    [
      "a payload that is not JSON",
      "probe",
      { Payload: new TextEncoder().encode("{") },
      "InvalidRequestContentException",
    ],
    [
      "over 1 MiB, asynchronously",
      "probe",
      { Payload: payload("x".repeat(1_048_575)), InvocationType: "Event" as const },
      "RequestTooLargeException",
    ],
    ["over 6 MiB", "probe", { Payload: payload("x".repeat(6 * 1_048_576)) }, "RequestTooLargeException"],
  ])("%s is refused", async (_, FunctionName, more, name) => {
    const onInvoke = vi.fn(async () => "never");
    const { lambda } = clientsOf(await startBus({ onInvoke }));
    await expect(lambda.send(new InvokeCommand({ FunctionName, ...more }))).rejects.toMatchObject({ name });
    expect(onInvoke).not.toHaveBeenCalled();
  });

  test("an answer over 6 MiB is a function error", async () => {
    const { lambda } = clientsOf(await startBus({ onInvoke: async () => "x".repeat(6 * 1_048_576) }));
    const result = await lambda.send(new InvokeCommand({ FunctionName: "probe" }));
    expect(result.FunctionError).toBe("Unhandled");
    expect(read(result.Payload)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
  });
});
