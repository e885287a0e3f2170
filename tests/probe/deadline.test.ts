import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { defaultContext } from "../../shared/probe/probe.ts";
import { runProbe } from "../../shared/probe/probes.ts";
import { ask, askOnce, check, freePort, listen, LOOPBACK } from "./servers.ts";

/** Keeps the event loop from turning. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("whose fault it is that time ran out", () => {
  test("the check's own timeout: down", async () => {
    await using server = await listen(() => {});
    expect(await ask({ protocol: "http", port: server.port, timeoutMs: 60 })).toMatchObject({
      kind: "down",
      reason: "timeout",
    });
  });

  test("the caller's signal: unknown", async () => {
    const caller = new AbortController();
    await using server = await listen(() => caller.abort());
    const finding = await runProbe(check({ protocol: "http", port: server.port }), LOOPBACK, caller.signal);
    expect(finding).toEqual({ kind: "unknown", detail: "out of time before the answer could come" });
  });

  test("a signal that had aborted before: nothing is asked", async () => {
    await using server = await listen(() => {});
    const finding = await runProbe(check({ protocol: "tcp", port: server.port }), LOOPBACK, AbortSignal.abort());
    expect(finding).toEqual({ kind: "unknown", detail: "out of time before the probe could start" });
    expect(server.sockets).toHaveLength(0);
  });

  test("a timer that fires 251 ms late by our clock: unknown; 250 ms: down", async () => {
    await using server = await listen(() => {});
    const late = async (byMs: number): Promise<string> => {
      // Calls: the deadline's start, the probe's start, the timer; the last sees the delay.
      let calls = 0;
      const nowMs = (): number => (++calls >= 3 ? 60 + byMs : 0);
      const asked = check({ protocol: "http", port: server.port, timeoutMs: 60 });
      return (await runProbe(asked, LOOPBACK, new AbortController().signal, { ...defaultContext, nowMs })).kind;
    };
    expect(await late(250)).toBe("down");
    expect(await late(251)).toBe("unknown");
  });

  test("a loop that stood still in the middle, though the timer is punctual: unknown", async () => {
    await using server = await listen((socket) => socket.once("data", () => block(600)));
    const finding = await askOnce({ protocol: "http", port: server.port, timeoutMs: 900 });
    expect(finding).toEqual({ kind: "unknown", detail: "we were too busy to see an answer in time", late: true });
  });

  test("an answer that waited while the loop stood still is an answer", async () => {
    await using server = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      block(300);
    });
    expect(await ask({ protocol: "http", port: server.port, timeoutMs: 200 })).toMatchObject({ kind: "up" });
  });
});

describe("faults of ours are unknown", () => {
  test("no descriptor left", async () => {
    await using server = await listen(() => {});
    const script = `
      import { openSync } from "node:fs";
      import { runProbe } from "${new URL("../../shared/probe/probes.ts", import.meta.url).href}";
      const signal = new AbortController().signal;
      const ask = (protocol) => runProbe({ protocol, port: ${server.port}, path: "/", statuses: [200], timeoutMs: 1000, votes: true }, "${LOOPBACK}", signal);
      await ask("tcp");
      try { for (;;) openSync("/dev/null"); } catch {}
      console.log(JSON.stringify([await ask("tcp"), await ask("http")]));`;
    const child = spawn("sh", ["-c", 'ulimit -n 64; exec "$0" --input-type=module -e "$1"', process.execPath, script]);
    let out = "";
    child.stdout.on("data", (text) => (out += String(text)));
    await once(child, "close");
    const unknown = { kind: "unknown", detail: expect.stringContaining("EMFILE") };
    expect(JSON.parse(out)).toEqual([unknown, unknown]);
  });

  test("a bug in a probe", async () => {
    const broken = { ...defaultContext, userAgent: "a\nb" };
    const asked = check({ protocol: "http", port: await freePort() });
    const finding = await runProbe(asked, LOOPBACK, new AbortController().signal, broken);
    expect(finding).toEqual({ kind: "unknown", detail: "the probe itself failed: ERR_INVALID_CHAR" });
  });
});
