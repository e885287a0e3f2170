// The header that firewalls know us by: it is sent, and its value is never told.
import { describe, expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { hideSecret } from "../../shared/probe/hide.ts";
import { quote } from "../../shared/probe/quote.ts";
import { createProber } from "../../shared/probe/probes.ts";
import { check, listen, LOOPBACK } from "./servers.ts";
import { CA, listenTls } from "./tls-servers.ts";

const value = 'kJ8"x\\-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghij';
const prober = createProber({ contact: "https://example.com/probes", header: { name: "X-Let-Me-In", value } });
const probe = (input: CheckInput) => prober.probe(check(input), LOOPBACK, new AbortController().signal);

test("http and https send it, with the contact in the User-Agent", async () => {
  const asked: string[] = [];
  const hear = (request: Buffer): string => {
    asked.push(request.toString());
    return "HTTP/1.1 200 OK\r\n\r\n";
  };
  await using plain = await listen((socket) => socket.on("data", (bytes: Buffer) => socket.write(hear(bytes))));
  await using secure = await listenTls("good", (socket) => socket.on("data", (bytes) => socket.write(hear(bytes))));
  expect(await probe({ protocol: "http", port: plain.port })).toMatchObject({ kind: "up" });
  const rule = { host: "lb.example.test", ca: CA };
  expect(await probe({ protocol: "https", port: secure.port, ...rule })).toMatchObject({ kind: "up" });
  for (const request of asked) {
    expect(request).toContain(`\r\nX-Let-Me-In: ${value}\r\n`);
    expect(request).toMatch(/\r\nuser-agent: lifeboat\/\d+\.\d+\.\d+ \(\+https:\/\/example\.com\/probes\)\r\n/);
  }
  expect(asked).toHaveLength(2);
});

test("the other protocols do not", async () => {
  const heard: string[] = [];
  await using server = await listen((socket) => {
    socket.write("220 a\r\n");
    socket.on("data", (bytes: Buffer) => heard.push(bytes.toString("latin1")));
  });
  await probe({ protocol: "smtp", port: server.port, timeoutMs: 100 });
  await probe({ protocol: "tls", port: server.port, timeoutMs: 100 });
  await probe({ protocol: "tcp", port: server.port, script: [{ expect: "220" }, { send: "x" }] });
  expect(heard.join("")).toContain("EHLO");
  expect(heard.join("")).not.toContain(value);
});

describe("a server that says it back is quoted without it", () => {
  test.each<[string, (request: string) => string, object]>([
    [
      "in the body",
      (request) => `HTTP/1.1 200 OK\r\n\r\n${request.slice(request.indexOf("X-Let"))}`,
      { contains: "absent" },
    ],
    ["in the status line", () => `HTTP/1.1 500 ${value}\r\n\r\n`, {}],
    [
      "in a header",
      () => `HTTP/1.1 200 OK\r\nX-A: ${value}\r\n\r\n`,
      { headers: [{ name: "X-A", contains: "absent" }] },
    ],
    ["instead of HTTP", () => value, {}],
    [
      "encoded for a URL, in a redirect",
      () => `HTTP/1.1 302 Found\r\nLocation: /?k=${encodeURIComponent(value)}\r\n\r\n`,
      {},
    ],
    ["in capitals", () => `HTTP/1.1 500 ${value.toUpperCase()}\r\n\r\n`, {}],
  ])("%s", async (_name, answer, options) => {
    await using server = await listen((socket) =>
      socket.on("data", (request: Buffer) => socket.end(answer(request.toString()))),
    );
    const finding = await probe({ protocol: "http", port: server.port, ...options });
    expect(finding).toMatchObject({ kind: "down", detail: expect.stringContaining("[secret]") });
    expect(JSON.stringify(finding)).not.toMatch(/kJ8/i);
  });

  const secret = `&t<7"9'\\%2bcdefghijkl`;
  test.each([
    ["as it is", secret],
    ["in capitals", secret.toUpperCase()],
    ["encoded for a URL", encodeURIComponent(secret)],
    ["encoded for a URL, in small letters", encodeURIComponent(secret).toLowerCase()],
    ["encoded for HTML by name", `&amp;t&lt;7&quot;9&apos;\\%2bcdefghijkl`],
    ["encoded for HTML by number", `&#38;t&#x3C;7&#34;9&#039;\\%2bcdefghijkl`],
    ["encoded for JSON", JSON.stringify(secret).slice(1, -1)],
    ["encoded for JSON, with no HTML in it", `\\u0026t\\u003c7\\"9\\u0027\\\\%2bcdefghijkl`],
    ["the beginning", secret.slice(0, 5)],
    ["the middle", secret.slice(7, 15)],
    ["the end", secret.slice(-8)],
  ])("%s", (_name, said) => {
    const fault = {
      reason: "body",
      phase: "response",
      detail: `the body lacks it: ${quote(`<p>${said}</p>`)}`,
    } as const;
    expect(hideSecret(fault, secret)).toHaveProperty("detail", 'the body lacks it: "<p>[secret]</p>"');
  });

  test("a long one from its middle on, also where the quote ends in it", () => {
    const long = `${"0123456789".repeat(7)}abcdefghij${"klmnopqrstuvwxyz".repeat(5)}`;
    const fault = { reason: "body", phase: "response", detail: `not this: ${quote(long.slice(65))}` } as const;
    expect(hideSecret(fault, long)).toHaveProperty("detail", 'not this: "[secret]…"');
  });

  test("what is no part of it stays", () => {
    const fault = { reason: "body", phase: "response", detail: "kJ8 and abcdef" } as const;
    expect(hideSecret(fault, value)).toEqual(fault);
    const own = { ...fault, detail: `0123456789-abcdef stands outside of ${quote("bcdefgh")}` };
    expect(hideSecret(own, value)).toEqual(own);
    expect(hideSecret({}, value)).toEqual({});
    expect(hideSecret(fault, undefined)).toBe(fault);
  });
});
