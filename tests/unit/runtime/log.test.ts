import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SoftError } from "../../../shared/model/errors.ts";
import { createLog, inRequest } from "../../../shared/runtime/log.ts";

let text = "";

/** The logger writes to the process's own streams. */
beforeEach(() => {
  text = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  vi.spyOn(process, "stdout", "get").mockReturnValue(
    Object.assign(sink, { fd: 1 }) as typeof process.stdout & { fd: 1 },
  );
  vi.spyOn(process, "stderr", "get").mockReturnValue(
    Object.assign(sink, { fd: 2 }) as typeof process.stderr & { fd: 2 },
  );
});

afterEach(() => {
  vi.restoreAllMocks();
});

function lines(): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line): Record<string, unknown> => JSON.parse(line));
}

describe("the log", () => {
  test("is one JSON object a line, with the fixed fields and those of the line", () => {
    const log = createLog({ region: "eu-west-1", function: "probe" }, {});
    log.info("slot", { slot: 7, applied: { kind: "accepted" } });
    log.warn("two\nlines");
    log.error("failed");
    expect(lines()).toMatchObject([
      {
        level: "INFO",
        message: "slot",
        region: "eu-west-1",
        function: "probe",
        slot: 7,
        applied: { kind: "accepted" },
      },
      { level: "WARN", message: "two\nlines", service: "lifeboat" },
      { level: "ERROR", message: "failed" },
    ]);
  });

  test("tells errors with their causes and parts, and without what the SDK hangs on them", () => {
    const answer = Object.assign(new Error("denied"), {
      name: "AccessDeniedException",
      code: "EDENIED",
      $response: { headers: { authorization: "signature" } },
      $metadata: { requestId: "r1" },
    });
    const soft = new SoftError("the table could not be read", { cause: answer });
    createLog({}, {}).error("failed", { error: new AggregateError([soft, "plain"], "two failed") });
    const [line] = lines();
    expect(line?.["error"]).toMatchObject({
      name: "AggregateError",
      message: "two failed",
      stack: expect.stringContaining("two failed"),
      errors: [
        { name: "SoftError", cause: { name: "AccessDeniedException", message: "denied", code: "EDENIED" } },
        "plain",
      ],
    });
    expect(text).not.toContain("signature");
    expect(text).not.toContain("$metadata");
  });

  test("ends where causes go in circles", () => {
    const error = new Error("round");
    error.cause = error;
    createLog({}, {}).error("failed", { error });
    expect(lines()).toHaveLength(1);
  });

  test("holds no secret, wherever it stands; short values are words", () => {
    const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const log = createLog({}, { AWS_SECRET_ACCESS_KEY: secret, LIFEBOAT_KEY: "local" });
    const error = new Error(`signed with ${secret}`);
    log.error(`with ${secret}`, { error, deep: [{ header: `x${secret}y` }], region: "local" });
    expect(text).not.toContain("wJalr");
    expect(lines()).toMatchObject([
      {
        message: "with [secret]",
        deep: [{ header: "x[secret]y" }],
        region: "local",
        error: { message: "signed with [secret]" },
      },
    ]);
  });

  test("gives each line the id of the request that it belongs to, also of several at once", async () => {
    const log = createLog({}, {});
    const gate = Promise.withResolvers<void>();
    const work = (name: string) =>
      inRequest(name, async () => {
        await gate.promise;
        log.info(name);
      });
    const both = Promise.all([work("r1"), work("r2")]);
    log.info("outside");
    gate.resolve();
    await both;
    expect(lines().map(({ message, requestId }) => [message, requestId])).toEqual([
      ["outside", undefined],
      ["r1", "r1"],
      ["r2", "r2"],
    ]);
  });
});
