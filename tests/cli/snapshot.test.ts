// What the commands that ask the API make of its answers, and of what is typed.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { formatToken } from "../../shared/model/token.ts";
import { folder, run, type Terminal } from "./route53.ts";

/** A command line over an API that answers everything with this, or with what this makes of the query. */
async function asked(
  answer: object | Uint8Array | ((query: URLSearchParams) => object),
  ...words: string[]
): Promise<Terminal> {
  const server = createServer(({ url = "" }, response) => {
    const said = typeof answer === "function" ? answer(new URL(url, "http://api").searchParams) : answer;
    response.end(said instanceof Uint8Array ? said : JSON.stringify(said));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  vi.stubEnv("LIFEBOAT_TOKEN", formatToken("0123456789ab", randomBytes(32)));
  onTestFinished(() => void (vi.unstubAllEnvs(), server.close()));
  // It listens on a port, not on a pipe.
  return run(...words, "--url", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const entry = (box: string) => ({
  id: "1800000000000-0123456789ab",
  box,
  takenMs: 1_800_000_000_000,
  who: "box",
  digest: "0".repeat(64),
  product: "zen",
  version: "3.10.1",
  farms: 1,
  files: 1,
  unknown: { files: 0, lines: 0 },
  problems: 0,
  changedMs: null,
  changes: null,
  summary: [],
  bytes: 1,
  seen: null,
});

/**
 * | load balancers | with a snapshot | says                     | code |
 * | -------------- | --------------- | ------------------------ | ---- |
 * | one            | any             | nothing to compare       | 0    |
 * | two            | none, one       | that nothing is compared | 1    |
 * | three          | two             | no difference of the two | 0    |
 */
test.each([
  [
    "one",
    { lb1: entry("lb1") },
    0,
    / of 2027-01-15 08:00\nfewer than two load balancers stand there: nothing to compare$/,
  ],
  ["none of two", { lb1: null, lb2: null }, 1, /lb2: no snapshot yet\nnothing was compared: [^\n]*$/],
  ["one of two", { lb1: entry("lb1"), lb2: null }, 1, /lb2: no snapshot yet\nnothing was compared: [^\n]*$/],
  ["two of three", { lb1: entry("lb1"), lb2: entry("lb2"), lb3: null }, 0, /lb3: no snapshot yet\nno difference$/],
])("drift over snapshots of %s says no difference only of what was compared", async (_of, snapshots, code, says) => {
  const said = await asked({ island: "north", snapshots, drift: [] }, "drift", "north");
  expect(said).toEqual({ code, out: expect.stringMatching(says), err: "" });
});

test("where long values differ is never what is cut off, and a file's name is whole", async () => {
  const list = (weight: number): string =>
    `${"10.30.2.31 weight 1, ".repeat(6)}10.30.2.99 weight ${weight}, 10.30.2.100 weight 5`;
  const file = `${"a-very-long-folder/".repeat(4)}imap_l4xnat.cfg`;
  const change = {
    class: "configuration",
    farm: "imap",
    service: null,
    backend: null,
    field: "backends",
    what: "backends differ",
    file,
    minor: false,
    before: list(3),
    after: list(4),
  };
  const { out } = await asked(
    { from: entry("lb1"), to: entry("lb1"), changes: [change] },
    "snapshot",
    "diff",
    "--box",
    "lb1",
  );
  expect(out).toMatch(/…\S* ?\S* ?weight 3, 10\.30\.2\.100 weight 5 +….*weight 4, 10\.30\.2\.100 weight 5/);
  expect(out).toContain(file);
});

test("a file that is there already is said to be there", async () => {
  const out = join(await folder(), "lb1.tar.gz");
  await writeFile(out, "mine");
  const { code, err } = await asked(new Uint8Array([1]), "snapshot", "get", "--box", "lb1", "--out", out);
  expect([code, err]).toEqual([
    1,
    `lifeboat: ${out} is there already and is not overwritten; give another one with --out.`,
  ]);
});

test("a load balancer without --box is told the flag", async () => {
  const { err } = await asked({}, "snapshot", "list", "lb1");
  expect(err).toBe("lifeboat: 'lb1' is one argument too many; a load balancer is given as --box lb1.");
});

test.each([
  ["450", 450, /older ones: --limit$/],
  ["1000", 700, /0123456789ab.*$/],
  [undefined, 50, /older ones: --limit$/],
])("a history of 700 is listed to --limit %s, over as many pages as it takes", async (limit, most, ends) => {
  const page = (query: URLSearchParams): object => {
    const from = Number(query.get("cursor") ?? 0);
    const size = Math.min(Number(query.get("limit")), 200, 700 - from);
    const next = from + size < 700 ? String(from + size) : null;
    return { snapshots: Array.from({ length: size }, () => entry("lb1")), next };
  };
  const words = ["snapshot", "list", "--box", "lb1", ...(limit === undefined ? [] : ["--limit", limit])];
  const { code, out } = await asked(page, ...words);
  expect([code, out.split("\n").filter((line) => line.includes("0123456789ab")).length]).toEqual([0, most]);
  expect(out).toMatch(ends);
});

test.each(["0", "10001", "many", "1.5"])("--limit %s is refused", async (limit) => {
  const { code, err } = await asked({}, "snapshot", "list", "--box", "lb1", "--limit", limit);
  expect([code, err]).toEqual([1, `lifeboat: --limit: '${limit}' is not a whole number from 1 to 10000.`]);
});
