import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { commands, main } from "../../cli/main.ts";
import { reachFlags, shellWord } from "../../cli/reach.ts";
import { lengthMs, untilMs } from "../../cli/until.ts";

type Said = { code: number; out: string; err: string };

async function lifeboat(...words: string[]): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(words, { out: (text) => void out.push(text), err: (text) => void err.push(text) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("lifeboat", () => {
  it("lists every command once, each in a line", async () => {
    const { code, out } = await lifeboat("help");
    expect(code).toBe(0);
    for (const { name } of commands) expect(out).toContain(`lifeboat ${name}`);
    for (const { summary } of commands) expect(out).toContain(summary);
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThan(160);
  });

  it.each(commands.map(({ name }) => name))("'%s --help' says what it takes, and does nothing", async (name) => {
    const { code, out } = await lifeboat(...name.split(" "), "--help");
    expect(code).toBe(0);
    expect(out).toContain(`lifeboat ${name} `.trimEnd());
    expect((await lifeboat("help", ...name.split(" "))).out).toBe(out);
    expect(await lifeboat(...name.split(" "), "-h")).toEqual({ code: 0, out, err: "" });
  });

  it.each([
    [["nonsense"], 2, /there is no command 'nonsense'\.\n\n.*\n\n {2}lifeboat status /],
    [["drian", "lb1"], 2, /^lifeboat: there is no command 'drian'; did you mean:\n\n {2}lifeboat drain .*$/],
    [["expl"], 2, /^lifeboat: there is no command 'expl'; did you mean:\n\n {2}lifeboat explain .*$/],
    [["snap", "list"], 2, /did you mean:\n\n(?: {2}lifeboat snapshot \w+ +.*\n?){4}$/],
    [["help", "thwa"], 2, /did you mean:\n\n {2}lifeboat thaw /],
    [["drain"], 1, /name one load balancer/],
    [["drain", "lb1"], 1, /say why with --why/],
    [["pin", "lb1", "5", "--why", "x"], 1, /'5' is too much after 'lb1'/],
    [["drain", "lb1", "--why", "x", "--until", "soon"], 1, /--until: 'soon' is neither a length/],
    [["drain", "lb1", "--why", "x", "--weight", "3"], 1, /--weight goes with pin/],
    [["pin", "lb1", "--why", "x", "--weight", "300"], 1, /'300' is not a whole number from 0 to 255/],
    [["clear", "lb1", "--until", "2h"], 1, /^lifeboat: clear: --until goes with drain, pin and hold/],
    [["freeze", "--local", "--direct"], 1, /^lifeboat: --direct: changes Route 53 itself/],
    [["explain", "--url", "http://127.0.0.1:1", "--direct"], 1, /^lifeboat: --direct: changes Route 53 itself/],
    [["plan", "everything"], 1, /'everything' cannot be planned/],
    [["plan", "--simple"], 1, /--simple goes with release/],
    [["plan", "adopt", "--simple"], 1, /--simple goes with release/],
    [["adopt", "--simple"], 1, /--simple goes with release/],
    [["plan", "release", "--checksum", "abc"], 1, /--checksum goes with lifeboat release/],
    [["explain", "lb1", "lb2"], 1, /'lb2' is too much after 'lb1'/],
    [["status", "--colour"], 2, /usage: lifeboat status/],
    [["status", "--url", "http://127.0.0.1:1"], 1, /^lifeboat: nothing answers at .* the one to give with --url/],
    [["freeze", "--url", "http://127.0.0.1:1"], 1, /nothing answers at/],
    [["token", "create", "--scope", "read", "junk"], 2, /'junk'[^]*\nusage: lifeboat token create/],
    [["token", "list", "junk"], 2, /'junk'[^]*\nusage: lifeboat token list/],
    [["token", "list", "--scope", "read"], 2, /'--scope'[^]*\nusage: lifeboat token list/],
    [["token", "revoke", "0123456789ab", "junk"], 1, /which token\? Give its id/],
    [["token", "revoke", "0123456789ab", "--json"], 2, /'--json'[^]*\nusage: lifeboat token revoke/],
    [["plan", "--config", "no-such-file.ts"], 1, /there is no file/],
  ] as const)("%j is told what is wrong", async (words, code, error) => {
    const said = await lifeboat(...words);
    expect(said.code).toBe(code);
    expect(said.err).toMatch(error);
  });
});

describe("without a token", () => {
  it.each([
    [["drift", "north", "--local"], /the one in the `API:` line that `npm start` prints/],
    [["drift", "north", "--url", "http://127.0.0.1:4800"], /the one in the `API:` line that `npm start` prints/],
    [["snapshot", "list", "--box", "lb1", "--url", "https://lifeboat.example.com"], /make a token with `npx lifeboat/],
  ] as const)("%j says which one will do", async (words, says) => {
    vi.stubEnv("LIFEBOAT_TOKEN", "");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, err } = await lifeboat(...words);
    expect([code, err]).toEqual([1, expect.stringMatching(says)]);
  });
});

describe("what does not answer", () => {
  const nobody = {
    AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1",
    AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
  it.each([
    ["the table of `npm start`", ["token", "list", "--local"], /Is `npm start` running\? .*AWS_ENDPOINT_URL_DYNAMODB/],
    [
      "failover",
      ["explain", "--region", "eu-west-1"],
      /could not be called: .*\. Are you signed in to its account \(`aws sso login`, AWS_PROFILE\)\? .*--region.*--direct.*--local/,
    ],
  ])("%s is said to be so, with what to try", async (_what, words, says) => {
    for (const [name, value] of Object.entries(nobody)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, err } = await lifeboat(...words);
    expect([code, err]).toEqual([1, expect.stringMatching(says)]);
  });
});

describe("what is reviewed", () => {
  it("is to be done in the same place, word for word as it was asked", () => {
    expect(reachFlags({ direct: true, config: "my config.ts", stage: "dev", local: false })).toBe(
      " --direct --config 'my config.ts' --stage dev",
    );
    expect(reachFlags({ url: "http://127.0.0.1:4711", who: "o'brien" })).toBe(
      " --url http://127.0.0.1:4711 --who 'o'\\''brien'",
    );
    expect(reachFlags({})).toBe("");
    expect(shellWord("*.example.com")).toBe("'*.example.com'");
  });

  it.each([
    [
      "is to be typed as it is printed",
      {},
      /\nNothing was written. To do exactly this: npx lifeboat apply --checksum abc --url http:\S+$/,
    ],
    [
      "is not to be done where it writes nothing",
      { idle: true },
      /^apply:\n\nThere is nothing that `npx lifeboat apply`/,
    ],
  ])("%s", async (_title, more, says) => {
    const outcome = { ok: true, text: "apply:", checksum: "abc", ...more };
    const server = createServer((_request, response) => response.end(JSON.stringify(outcome))).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    // It listens on a port, not on a pipe.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { out } = await lifeboat("plan", "--url", url);
    expect(out.trim()).toMatch(says);
  });

  it("is cleared without an end", async () => {
    expect((await lifeboat("clear", "--help")).out).toMatch(/^lifeboat clear BOX \[--why TEXT\] \[--local /);
    expect((await lifeboat("drain", "--help")).out).toMatch(/^lifeboat drain BOX --why TEXT \[--until /);
  });

  it("needs no reason to be frozen", async () => {
    expect((await lifeboat("freeze", "--help")).out).toMatch(/^lifeboat freeze \[--why TEXT\]/);
  });
});

describe("untilMs", () => {
  const now = Date.parse("2026-12-24T12:00:00Z");
  it.each([
    ["30m", now + 1_800_000],
    ["2h", now + 7_200_000],
    ["3d", now + 259_200_000],
    ["90s", now + 90_000],
    ["1w", now + 604_800_000],
    ["2h30m", now + 9_000_000],
    ["1d12h", now + 129_600_000],
    ["2026-12-24T18:00Z", now + 21_600_000],
    ["2026-12-24T18:00:30.5Z", now + 21_630_500],
    ["2026-12-24T19:00+01:00", now + 21_600_000],
  ])("%s", (text, ms) => expect(untilMs(text, now)).toBe(ms));

  it.each([
    // What Date.parse takes for a year, a day or somebody's own clock.
    "45",
    "32",
    "2050",
    "2027",
    "2027-01-01",
    "2026-12-24T18:00",
    "Dec 24 2026 18:00 UTC",
    "2027-02-30T12:00Z",
    "2027-13-01T12:00Z",
    "2026-12-24T25:00Z",
    "2h30",
    "30m2h",
    "-1h",
    "2 h",
    "",
  ])("'%s' is refused, with an example", (text) => {
    expect(() => untilMs(text, now)).toThrow(/^--until: '.*' is neither a length \(30m, 2h.*2026-12-24T18:00Z/);
  });

  it.each(["2026-12-24T11:00Z", "2026-12-24T12:30+01:00", "0m"])("'%s' is past", (text) => {
    expect(() => untilMs(text, now)).toThrow(/^--until: '.*' is past/);
  });

  it.each([
    ["10m", 600_000],
    ["x", undefined],
    ["10", undefined],
  ])("a length %s is %s ms", (text, ms) => expect(lengthMs(text)).toBe(ms));
});
