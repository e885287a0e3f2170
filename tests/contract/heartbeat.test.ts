// The outgoing heartbeat over real HTTP.
import type { RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { createHeartbeat } from "../../shared/notify/heartbeat.ts";
import { HEARTBEAT_VARIABLE, readHeartbeatUrl } from "../../shared/runtime/heartbeat.ts";
import { createFakeLog } from "../fakes/ports.ts";
import { serve } from "./http-fixture.ts";

const SECRET = "3f1c0a52-6c0e-4f0e-9d55-secret-path";

async function watcher(listener: RequestListener): Promise<string> {
  return `${await serve(listener)}/ping/${SECRET}`;
}

const never = new AbortController().signal;

describe("a beat", () => {
  test("is a GET of the URL; nothing is logged while it is heard", async () => {
    const seen: string[] = [];
    const url = await watcher((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end("OK");
    });
    const log = createFakeLog();
    const heartbeat = createHeartbeat({ url, log });
    await heartbeat.beat(never);
    await heartbeat.beat(never);
    expect(seen).toEqual([`GET /ping/${SECRET}`, `GET /ping/${SECRET}`]);
    expect(log.lines).toEqual([]);
  });

  test("the answer is not looked at", async () => {
    const url = await watcher((_request, response) => response.writeHead(503).end("x".repeat(100_000)));
    const log = createFakeLog();
    await createHeartbeat({ url, log }).beat(never);
    expect(log.lines).toEqual([]);
  });

  test("a failure is told once, without the URL, and so is its end", async () => {
    let broken = true;
    const url = await watcher((request, response) => (broken ? request.socket.destroy() : response.end()));
    const log = createFakeLog();
    const heartbeat = createHeartbeat({ url, log });
    await heartbeat.beat(never);
    await heartbeat.beat(never);
    broken = false;
    await heartbeat.beat(never);
    await heartbeat.beat(never);
    expect(log.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
    expect(JSON.stringify(log.lines)).not.toContain(SECRET);
    expect(JSON.stringify(log.lines)).not.toContain("127.0.0.1");
  });

  test("a watcher that hangs is left with the signal", async () => {
    const arrived = Promise.withResolvers<void>();
    const url = await watcher(() => arrived.resolve());
    const abort = new AbortController();
    const log = createFakeLog();
    const beat = createHeartbeat({ url, log }).beat(abort.signal);
    await arrived.promise;
    abort.abort();
    await beat;
    expect(log.lines.map(({ fields }) => fields)).toEqual([{ why: "AbortError" }]);
  });
});

const urls: [
  what: string,
  heartbeat: true | undefined,
  value: string | undefined,
  url: string | undefined,
  says: string,
][] = [
  ["none is configured", undefined, "https://hc.example/x", undefined, ""],
  ["it is", true, "https://hc.example/x", "https://hc.example/x", ""],
  ["one a region", true, "https://hc.example/x/lifeboat-{region}", "https://hc.example/x/lifeboat-eu-west-1", ""],
  ["it is not set", true, undefined, undefined, "is not set"],
  ["it is empty", true, "", undefined, "is not set"],
  ["it is no URL", true, SECRET, undefined, "is no http or https URL"],
  ["it is another kind of URL", true, `ftp://${SECRET}/`, undefined, "is no http or https URL"],
];

test.each(urls)("the URL where %s", (_what, heartbeat, value, url, says) => {
  const log = createFakeLog();
  const config = heartbeat === undefined ? {} : { heartbeat };
  expect(readHeartbeatUrl(config, "eu-west-1", log, { [HEARTBEAT_VARIABLE]: value })).toBe(url);
  expect(log.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(
    says === ""
      ? []
      : [`error heartbeat is configured, and ${HEARTBEAT_VARIABLE} ${says}: nobody outside is told that probes run`],
  );
  expect(JSON.stringify(log.lines)).not.toContain(SECRET);
});
