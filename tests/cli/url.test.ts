// Where commands are sent, and with what: each mistake in it is told before anything is sent, and in a sentence.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { baseForToken, baseOf } from "../../cli/url.ts";
import { run } from "./route53.ts";

const token = `lifeboat_local1_${"x".repeat(43)}`;

/** A server that answers everything with a page; its URL and what it was asked. */
async function startPage(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end("<!DOCTYPE html><title>A page</title>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // It listens on a port, not on a pipe.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function setToken(value: string): void {
  vi.stubEnv("LIFEBOAT_TOKEN", value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe("baseOf", () => {
  test.each([
    ["127.0.0.1:4700", "'127.0.0.1:4700' is no URL; say http://127.0.0.1:4700"],
    ["localhost:4700", "'localhost:4700' is no URL; say http://localhost:4700"],
    ["[::1]:4700", "'[::1]:4700' is no URL; say http://[::1]:4700"],
    ["api.example.com", "'api.example.com' is no URL; say https://api.example.com"],
    ["", "'' is no URL; it looks like http://127.0.0.1:4700"],
    ["http://", "'http://' is no URL; it looks like http://127.0.0.1:4700"],
    ["ftp://127.0.0.1", "'ftp://127.0.0.1' is no URL; it looks like http://127.0.0.1:4700"],
  ])("%j is refused", (text, says) => expect(() => baseOf(text)).toThrow(says));

  test.each(["http://127.0.0.1:4700", "https://api.example.com/x", "HTTP://localhost"])("%s is taken", (text) =>
    expect(baseOf(text).href).toBe(new URL(text).href),
  );

  test("a token goes over https, or not over a network at all", () => {
    expect(() => baseForToken("http://api.example.com")).toThrow("is not https: the token would be sent in the clear");
    expect(() => baseForToken("nonsense//")).toThrow("it looks like https://abc.execute-api");
    expect(baseForToken("http://127.0.0.1:4700").port).toBe("4700");
    expect(baseForToken("https://api.example.com").hostname).toBe("api.example.com");
  });
});

const COMMANDS = ["status", "drain lb1 --why x", "plan", "explain", "drift north"];

test.each(COMMANDS)("lifeboat %s: what is no URL is told with what to say instead", async (words) => {
  setToken(token);
  const { code, err } = await run(...words.split(" "), "--url", "127.0.0.1:4700");
  expect([code, err]).toEqual([1, "lifeboat: '127.0.0.1:4700' is no URL; say http://127.0.0.1:4700"]);
});

test.each(COMMANDS)("lifeboat %s: a server that answers with a page is not Lifeboat", async (words) => {
  setToken(token);
  const { url } = await startPage();
  const { code, err } = await run(...words.split(" "), "--url", url);
  expect([code, err]).toEqual([1, expect.stringContaining(`what answers at ${url} is not Lifeboat`)]);
});

test.each([
  ["a line break", `${token.slice(0, 30)}\n${token.slice(30)}`],
  ["a line break at its end", `${token}\n`],
  ["an ellipsis", "lifeboat_local1_xxx…"],
  ["another beginning", `Bearer ${token}`],
])("a token with %s is not sent, and not shown", async (_what, value) => {
  setToken(value);
  const { url, asked } = await startPage();
  const { code, err } = await run("drift", "north", "--url", url);
  expect([code, err]).toEqual([1, expect.stringMatching(/^lifeboat: LIFEBOAT_TOKEN is no token: one is lifeboat_ID_/)]);
  expect(err).not.toContain("xxx");
  expect(asked).toEqual([]);
});
