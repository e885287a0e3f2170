// Answers of web servers that are not quite in order, or that node:http makes something else of.
import { createServer, type RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import type { CheckInput } from "../../shared/model/check.ts";
import { runProbe } from "../../shared/probe/probes.ts";
import { answering, ask, check, close, dripping, listen, LOOPBACK, portOf } from "./servers.ts";

type Http = Omit<Extract<CheckInput, { protocol: "http" }>, "protocol" | "port">;

const http = (port: number, options: Http = {}): CheckInput => ({ protocol: "http", port, ...options });

/** An answer of these lines before the body `hello`. */
const saying = (...lines: string[]): Buffer =>
  Buffer.from(["HTTP/1.1 200 OK", "Content-Length: 5", ...lines, "", "hello"].join("\r\n"), "latin1");

/** Node's own server, as an application would be behind a load balancer. */
async function serving(listener: RequestListener) {
  const server = createServer(listener);
  const dispose = async (): Promise<void> => {
    const closed = close(server, []);
    server.closeAllConnections();
    await closed;
  };
  return { port: await portOf(server, LOOPBACK), [Symbol.asyncDispose]: dispose };
}

describe("a bug of ours in the judging is unknown, and the process lives", () => {
  test.each<[string, Http, string]>([
    ["of the head", {}, "headers"],
    ["of the body, as it comes", { contains: "ell" }, "matches"],
    ["of the body, at its end", { contains: "bye" }, "matches"],
  ])("%s", async (_name, options, broken) => {
    await using server = await answering(saying());
    const asked = check(http(server.port, options));
    Object.defineProperty(asked, broken, {
      get: () => {
        throw new Error("a bug");
      },
    });
    const finding = await runProbe(asked, LOOPBACK, new AbortController().signal);
    expect(finding).toEqual({ kind: "unknown", detail: "the probe itself failed: a bug" });
  });
});

describe("a body that is longer than its Content-Length: that length is judged", () => {
  const heads = {
    close: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
    "keep-alive": "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
  };
  const another = `${heads["keep-alive"]}other`;
  const sent: [string, string[]][] = [
    ["all at once", ["hello surplus"]],
    ["after the head", ["", "hello surplus"]],
    ["within the body", ["he", "llo surplus"]],
    ["the surplus apart", ["hello", " surplus"]],
    ["a line feed", ["hello\r\n"]],
    ["a second answer", [`hello${another}`]],
    ["a second answer apart", ["hello", another]],
  ];
  const rules: [Http, object][] = [
    [{ contains: "hello" }, { kind: "up" }],
    [{ contains: "surplus" }, { reason: "body", detail: 'the body does not contain "surplus": "hello"' }],
    [{ contains: "other" }, { reason: "body", detail: 'the body does not contain "other": "hello"' }],
  ];
  const cases = Object.entries(heads).flatMap(([connection, head]) =>
    sent.flatMap(([name, [first = "", ...rest]]) =>
      rules.map((rule) => [connection, name, ...rule, [head + first, ...rest]] as const),
    ),
  );

  test.each(cases)("%s, %s: %j", async (_connection, _name, options, expected, parts) => {
    await using server = await listen(dripping(parts));
    expect(await ask(http(server.port, options))).toMatchObject(expected);
  });

  test("an application that counts characters", async () => {
    const body = "OK: grüße\n";
    await using server = await serving((_, response) => {
      response.writeHead(200, { "content-length": body.length });
      response.end(body);
    });
    expect(await ask(http(server.port, { contains: "OK" }))).toMatchObject({ kind: "up" });
    expect(await ask(http(server.port, { matches: "^OK: gr" }))).toMatchObject({ kind: "up" });
    expect(await ask(http(server.port, { contains: "bye" }))).toMatchObject({ reason: "body" });
  });

  test("chunks, and more after the last", async () => {
    await using server = await answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n0\r\n\r\nllo",
    );
    expect(await ask(http(server.port, { contains: "he" }))).toMatchObject({ kind: "up" });
  });
});

describe("headers", () => {
  test.each([
    [12_000, { kind: "up" }],
    [17_000, { kind: "down", reason: "answer", detail: "the headers are longer than 16384 bytes" }],
  ])("of %i bytes", async (bytes, expected) => {
    await using server = await answering(saying(`Content-Security-Policy: ${"x".repeat(bytes)}`));
    expect(await ask(http(server.port))).toMatchObject(expected);
  });

  test.each(["Constructor", "toString", "valueOf", "hasOwnProperty"])("a rule for %s", async (name) => {
    await using server = await answering(saying());
    const missing = { kind: "down", reason: "answer", detail: `the header ${name} is missing` };
    expect(await ask(http(server.port, { headers: [{ name }] }))).toMatchObject(missing);
    expect(await ask(http(server.port, { headers: [{ name, present: false }] }))).toMatchObject({ kind: "up" });
  });

  test.each(["Server", "Content-Type", "X-A"])("%s twice: one of the values will do, or both", async (name) => {
    await using server = await answering(saying(`${name}: first`, `${name.toLowerCase()}: second`));
    for (const rule of [{ contains: "second" }, { matches: "^second$" }, { matches: "^first$" }, { contains: "t, s" }])
      expect(await ask(http(server.port, { headers: [{ name, ...rule }] }))).toMatchObject({ kind: "up" });
    const finding = await ask(http(server.port, { headers: [{ name, contains: "third" }] }));
    const detail = `the header ${name} does not contain "third": "first, second"`;
    expect(finding).toMatchObject({ kind: "down", detail });
  });

  const inUtf8 = (text: string): string => Buffer.from(text).toString("latin1");
  test.each<[string, Http, object]>([
    [inUtf8("grün"), { headers: [{ name: "X-A", contains: "ün" }] }, { kind: "up" }],
    [inUtf8("grün"), { headers: [{ name: "X-A", matches: "^gr.n$" }] }, { kind: "up" }],
    [inUtf8("grün"), { headers: [{ name: "X-A", present: false }] }, { detail: /"gr\\xc3\\xbcn"$/ }],
    ["gr\u00fcn", { headers: [{ name: "X-A", contains: "ün" }] }, { detail: /: "gr\\xfcn"$/ }],
  ])("beyond ASCII are judged as the bytes that came: %j by %j", async (value, options, expected) => {
    await using server = await answering(saying(`X-A: ${value}`));
    const finding = await ask(http(server.port, options));
    const { detail, ...rest } = { detail: /^/, ...expected };
    expect(finding).toMatchObject(rest);
    expect("detail" in finding ? finding.detail : "").toMatch(detail);
  });

  test("so are the status's text and where a redirect leads", async () => {
    const answer = "HTTP/1.1 301 Gr\u00fcn\r\nLocation: /gr\u00fcn\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n";
    await using server = await answering(Buffer.from(answer, "latin1"));
    const detail = 'expected 200, got 301 "Gr\\xfcn", to "/gr\\xfcn"';
    expect(await ask(http(server.port))).toMatchObject({ reason: "status", detail });
  });
});

test.each([
  ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"],
  ["a folded header", saying("X-A: a", " b")],
  ["Content-Length beside chunks", saying("Transfer-Encoding: chunked")],
])("as docs/checks.md says, it is no answer: %s", async (_name, answer) => {
  await using server = await answering(answer);
  expect(await ask(http(server.port))).toMatchObject({ kind: "down", reason: "answer", phase: "response" });
});
