// What `lifeboat status` and the live table show of one and the same state.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { renderScreen } from "../../local/screen.ts";
import { hintsOf } from "../../local/terminal.ts";
import type { Status } from "../../shared/model/status.ts";
import { formatToken } from "../../shared/model/token.ts";
import { run } from "./route53.ts";

const status: Status = {
  atMs: 0,
  owner: "acme",
  intervalS: 10,
  quorum: 1,
  frozen: { who: "ann", why: "rack work", atMs: 1_800_000_000_000 },
  regions: [{ region: "eu-west-1", reportAgeS: 3, blind: false }],
  pools: [
    {
      id: "web",
      open: false,
      names: [
        {
          name: "lb.example.com",
          records: [
            { setIdentifier: "lb1", value: "192.0.2.1", weight: 1, share: 1 / 3 },
            { setIdentifier: "lb2", value: "192.0.2.2", weight: 2, share: 2 / 3 },
          ],
        },
      ],
      boxes: [box("lb1", 1, 1), box("lb2", 0, 2)],
    },
  ],
};

function box(id: string, weight: number, inDns: number): Status["pools"][number]["boxes"][number] {
  const verdict = weight === 0 ? "out" : "in";
  const seen = [{ region: "eu-west-1", state: "up" as const, detail: "" }];
  return { id, island: "north", address: "192.0.2.1", weight, inDns: [inDns], verdict, because: "", seen };
}

const FROZEN = "The names are frozen by ann since 2027-01-15 08:00:00 UTC: rack work; nothing is written until";

/** The URL of a service in this state. */
async function served(state: Status): Promise<string> {
  const server = createServer((_request, response) => response.end(JSON.stringify(state))).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  // It listens on a port, not on a pipe.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("status says what DNS has where that is not what was decided, and that the names are frozen", async () => {
  const { out } = await run("status", "--url", await served(status));
  expect(out).toContain(FROZEN);
  expect(out).toContain("lb1 (north, 192.0.2.1): in, weight 1: ");
  expect(out).toContain("lb2 (north, 192.0.2.1): out, weight 0 by the rules, 2 in DNS: ");
});

test("of a pool that fails open both say that what operators have set aside is not served", async () => {
  const [pool] = status.pools;
  const open: Status = { ...status, pools: pool ? [{ ...pool, open: true }] : [] };
  const { code, out } = await run("status", "--url", await served(open));
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/pool web {2}FAIL OPEN: all that are not set aside are served\n/),
  ]);
  const screen = renderScreen({ status: open, lines: [], workers: {}, hints: [], columns: 200, rows: 40 });
  expect(screen).toContain("FAIL OPEN: all that are not set aside are served");
});

test("so does the live table", () => {
  const screen = renderScreen({ status, lines: [], workers: { "eu-west-1": "up" }, hints: [], columns: 200, rows: 40 });
  const lines = stripVTControlCharacters(screen).split("\n");
  expect(lines.filter((line) => line.startsWith("lb1 "))).toEqual([expect.stringMatching(/ 1 +up *$/)]);
  expect(lines.filter((line) => line.startsWith("lb2 "))).toEqual([
    expect.stringMatching(/0 by the rules, 2 in DNS +up *$/),
  ]);
  expect(lines).toContainEqual(expect.stringContaining(FROZEN));
});

test("the live table fits a small terminal, says what is left out, and is drawn where nobody knows the size", () => {
  const [pool] = status.pools;
  const boxes = Array.from({ length: 40 }, (_, at) => box(`lb${at}`, 0, 0));
  const many: Status = { ...status, pools: pool ? [{ ...pool, boxes }] : [] };
  const lines = [{ atMs: 0, text: "demo: lb1 kill" }];
  const draw = (columns: number, rows: number): string[] => {
    const screen = renderScreen({ status: many, lines, workers: {}, hints: ["[q] quits"], columns, rows });
    return stripVTControlCharacters(screen).split("\n");
  };
  const small = draw(60, 24);
  expect(small.length).toBeLessThanOrEqual(24);
  expect(Math.max(...small.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(small).toContainEqual(expect.stringMatching(/^… and \d+ lines more: npx lifeboat/));
  expect(small).toContainEqual(expect.stringMatching(/demo: lb1 kill$/));
  // Of a line that is cut the weight is left.
  expect(small).toContainEqual(expect.stringMatching(/^lb1 .* 0 \(out\)/));
  expect(small.at(-1)).toBe("[q] quits");
  // A pseudo terminal without a size has 0 of both.
  expect(draw(0, 0)).toEqual(draw(80, 24));
});

test("what the keys do, and the token that nothing else shows for long, fit a terminal of 80 columns", () => {
  const token = formatToken("local0123456789", new Uint8Array(32));
  const hints = hintsOf({ port: 5353, name: "lb.example.test", token, boxes: ["lb1", "lb2", "lb3", "lb4"] }, "kill");
  expect(Math.max(...hints.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(hints).toContainEqual(expect.stringContaining(token));
  expect(hints.join(" ")).toMatch(/dig @127\.0\.0\.1 -p 5353 .*now kill; then 1 lb1, .*\[r\] .*\[q\] quits$/);
  expect(hintsOf({ port: 5353, name: "lb.example.test", token, boxes: [] }, "kill").join(" ")).not.toMatch(/\[[kr]\]/);
});
