import { getEventListeners } from "node:events";
import { decode, encode, TRUNCATED_RESPONSE } from "dns-packet";
import { expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { runProbe } from "../../shared/probe/probes.ts";
import { dnsAnswer, dnsOverUdp, ways } from "./good-servers.ts";
import { answering, check, deafPort, freePort, listen, LOOPBACK } from "./servers.ts";
import { CA, listenTls } from "./tls-servers.ts";

const PROBES = 5000;
const IN_FLIGHT = 50;

/** How many of each kind of resource keep this process busy; streams of the test runner's own are not ours to count. */
function busy(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|UDP|Timeout|Immediate|TLS|GetAddrInfo/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Resolves when the loop has turned so often that whatever was closed is gone, or nothing more is going. */
async function settle(until: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !until(); turn++) await new Promise((resolve) => setImmediate(resolve));
}

test(`${PROBES} probes of every protocol and outcome leave no socket, timer or listener`, async () => {
  const before = busy();
  const caller = new AbortController();
  {
    const OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    await using web = await answering(OK);
    await using broken = await answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    await using silent = await listen(() => {});
    await using resetting = await listen((socket) => socket.resetAndDestroy());
    await using secured = await listenTls("good", (socket) => socket.on("data", () => socket.write(OK)));
    await using mail = await listen((socket) => socket.write("220 a\r\n"));
    await using named = await dnsOverUdp((query) => dnsAnswer(decode(query)));
    await using truncating = await dnsOverUdp((query) =>
      encode({ ...decode(query), flags: TRUNCATED_RESPONSE, type: "response" }),
    );
    await using upgrading = (await ways["smtp with STARTTLS"]?.serve()) ?? (await listen(() => {}));
    await using deaf = await deafPort();
    const refused = await freePort();
    const rule = { host: "lb.example.test", ca: CA };
    const inputs: CheckInput[] = [
      { protocol: "http", port: web.port, contains: "hello" },
      { protocol: "http", port: web.port },
      { protocol: "http", port: broken.port, contains: "hello", timeoutMs: 50 },
      { protocol: "http", port: silent.port, timeoutMs: 50 },
      { protocol: "http", port: resetting.port },
      { protocol: "http", port: refused },
      { protocol: "http", port: deaf.port, timeoutMs: 50 },
      { protocol: "https", port: secured.port, ...rule },
      { protocol: "https", port: web.port, ...rule, timeoutMs: 50 },
      { protocol: "tls", port: secured.port, ...rule },
      { protocol: "tls", port: secured.port },
      { protocol: "tls", port: silent.port, timeoutMs: 50 },
      { protocol: "tcp", port: web.port },
      { protocol: "tcp", port: refused },
      { protocol: "tcp", port: deaf.port, timeoutMs: 50 },
      { protocol: "smtp", port: mail.port, timeoutMs: 50 },
      { protocol: "imap", port: mail.port },
      { protocol: "pop3", port: resetting.port },
      { protocol: "dns", port: refused, name: "lb.example.test" },
      { protocol: "dns", port: web.port, name: "lb.example.test", transport: "tcp" },
      { protocol: "dns", port: truncating.port, name: "lb.example.test" },
      { protocol: "dns", port: named.port, name: "lb.example.test" },
      { protocol: "smtp", port: upgrading.port, tls: "starttls", ...rule },
    ];
    const queue = Array.from({ length: PROBES }, (_, index) => inputs[index % inputs.length]).values();
    let answers = 0;
    const worker = async (): Promise<void> => {
      for (const input of queue) {
        if (!input) continue;
        await runProbe(check(input), LOOPBACK, caller.signal);
        answers += 1;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    expect(answers).toBe(PROBES);
    expect(getEventListeners(caller.signal, "abort")).toHaveLength(0);
  }
  // A timer of the test runner may have gone meanwhile; what matters is that there is nothing more.
  const more = () => Object.entries(busy()).filter(([kind, count]) => count > (before[kind] ?? 0));
  await settle(() => more().length === 0);
  expect(more()).toEqual([]);
}, 120_000);
