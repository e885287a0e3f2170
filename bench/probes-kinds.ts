// What is measured: our probes, and beside them what somebody would write with node:http, undici and node:net for the
// same question: a new connection, a timeout, one GET whose status is looked at, and the connection's end.
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { Agent, request } from "undici";
import { type CheckInput, checkSchema } from "../shared/model/check.ts";
import type { Finding } from "../shared/model/finding.ts";
import { createProber } from "../shared/probe/probes.ts";
import type { Ports } from "./probes-servers.ts";

/** Asks once; rejects if the answer is not the one that the server gives. */
export type Asking = () => Promise<void>;

const HOST = "127.0.0.1";
const TIMEOUT_MS = 2500;

const prober = createProber();
const rule = {
  host: "lb.example.test",
  ca: readFileSync(new URL("../tests/fixtures/tls/ca.pem", import.meta.url), "utf8"),
};

/** One of our probes, its check parsed beforehand as the configuration's are. */
export function probing(input: CheckInput, signal: AbortSignal): () => Promise<Finding> {
  const check = checkSchema.parse(input);
  return () => prober.probe(check, HOST, signal);
}

function up(input: CheckInput): Asking {
  const ask = probing(input, new AbortController().signal);
  return async () => {
    const finding = await ask();
    if (finding.kind !== "up") throw new Error(`${input.protocol}: ${JSON.stringify(finding)}`);
  };
}

const headers = { host: "lb.example.test", connection: "close" };

const nodeHttp =
  (port: number): Asking =>
  () =>
    new Promise((resolve, reject) => {
      const asked = get({ host: HOST, port, path: "/test.txt", agent: false, timeout: TIMEOUT_MS, headers });
      asked.on("timeout", () => asked.destroy(new Error("timeout")));
      asked.on("error", reject);
      asked.on("response", (response) => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
        asked.destroy();
      });
    });

function undici(port: number): Asking {
  const dispatcher = new Agent({ connections: null, pipelining: 0, connectTimeout: TIMEOUT_MS });
  return async () => {
    const { statusCode, body } = await request(`http://${HOST}:${port}/test.txt`, {
      dispatcher,
      reset: true,
      headersTimeout: TIMEOUT_MS,
      headers: { host: headers.host },
    });
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    await body.dump();
  };
}

const nodeNet =
  (port: number): Asking =>
  () =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: HOST, port, timeout: TIMEOUT_MS, autoSelectFamily: false });
      socket.on("timeout", () => socket.destroy(new Error("timeout")));
      socket.on("error", reject);
      socket.on("connect", () => {
        resolve();
        socket.resetAndDestroy();
      });
    });

/** Our probe and its rivals, by protocol. The first of each is ours. */
export function rivals(ports: Ports): Record<"http" | "tcp", Record<string, Asking>> {
  return {
    http: {
      "http probe": up({ protocol: "http", port: ports.web, host: headers.host }),
      "node:http": nodeHttp(ports.web),
      undici: undici(ports.web),
    },
    tcp: { "tcp probe": up({ protocol: "tcp", port: ports.web }), "node:net": nodeNet(ports.web) },
  };
}

/** The probes that have no rival here. */
export function others(ports: Ports): Record<string, Asking> {
  return {
    "http probe, body searched": up({ protocol: "http", port: ports.web, host: headers.host, contains: "OK" }),
    "https probe": up({ protocol: "https", port: ports.secure, ...rule }),
    "tls probe": up({ protocol: "tls", port: ports.secure, ...rule }),
    "smtp probe": up({ protocol: "smtp", port: ports.smtp }),
    "imap probe": up({ protocol: "imap", port: ports.imap }),
    "pop3 probe": up({ protocol: "pop3", port: ports.pop3 }),
    "dns probe (udp)": up({ protocol: "dns", port: ports.dns, name: "lb.example.test" }),
  };
}

/** Every way that a probe can end, for the leak run; one in each list is asked in turn. */
export function leakMix(ports: Ports, signal: AbortSignal): (() => Promise<Finding>)[] {
  const timeoutMs = 50;
  const inputs: CheckInput[] = [
    { protocol: "http", port: ports.web },
    { protocol: "http", port: ports.web, contains: "OK" },
    { protocol: "http", port: ports.silent, timeoutMs },
    { protocol: "http", port: ports.half, contains: "OK", timeoutMs },
    { protocol: "http", port: ports.resetting },
    { protocol: "http", port: ports.refused },
    { protocol: "https", port: ports.secure, ...rule },
    { protocol: "https", port: ports.web, ...rule },
    { protocol: "tls", port: ports.secure },
    { protocol: "tls", port: ports.silent, timeoutMs },
    { protocol: "tcp", port: ports.web },
    { protocol: "tcp", port: ports.refused },
    { protocol: "tcp", port: ports.silent, script: [{ expect: "hello" }], timeoutMs },
    { protocol: "smtp", port: ports.smtp },
    { protocol: "imap", port: ports.imap },
    { protocol: "pop3", port: ports.pop3 },
    { protocol: "pop3", port: ports.resetting },
    { protocol: "dns", port: ports.dns, name: "lb.example.test" },
    { protocol: "dns", port: ports.refused, name: "lb.example.test" },
    { protocol: "dns", port: ports.silent, name: "lb.example.test", transport: "tcp", timeoutMs },
  ];
  return inputs.map((input) => probing(input, signal));
}
