import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { main } from "../../cli/main.ts";

let server: Server | undefined;
afterEach(() => server?.close());

type Said = { code: number; out: string; err: string };

async function cutover(...words: string[]): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (said: string) => void out.push(said), err: (said: string) => void err.push(said) };
  return { code: await main(["cutover", ...words], io), out: out.join("\n"), err: err.join("\n") };
}

/** A service that answers so, and remembers what it was asked. */
async function answering(answer: unknown): Promise<{ url: string; asked: unknown[] }> {
  const asked: unknown[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body));
      response.end(JSON.stringify(answer));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  return { url: `http://127.0.0.1:${typeof bound === "object" && bound ? bound.port : 0}`, asked };
}

const move = ["--pool", "web", "--from", "v1,v2", "--to", "n1"];
const many = Array.from({ length: 21 }, (_, at) => at + 1).join(",");

describe("lifeboat cutover", () => {
  it.each<[string[], RegExp]>([
    [[], /name the pool with --pool/],
    [["--pool", ""], /name the pool with --pool/],
    [[...move, "--percent", "10,200"], /--percent: '10,200' is no list of whole numbers from 1 to 99/],
    [[...move, "--percent", "0x10"], /--percent: '0x10' is no list/],
    [[...move, "--percent", "10.5"], /--percent: '10.5' is no list/],
    [[...move, "--percent", "1e1"], /--percent: '1e1' is no list/],
    [[...move, "--percent=-5"], /--percent: '-5' is no list/],
    [[...move, "--percent", "0"], /--percent: '0' is no list/],
    [[...move, "--percent", "100"], /--percent: '100' is no list.*100 follows by itself/],
    [[...move, "--percent", "10,,50"], /--percent: '10,,50' is no list/],
    [[...move, "--percent", ""], /--percent: '' is no list/],
    [[...move, "--percent", many], /--percent: 21 steps are too many; 20 are the most/],
    [[...move, "--percent", "50,10"], /--percent: must rise from step to step/],
    [[...move, "--percent", "50,50"], /--percent: must rise from step to step/],
    [[...move, "--every", "0m"], /--every: '0m' is no length of a minute or more/],
    [[...move, "--every", "30s"], /--every: '30s' is no length of a minute or more/],
    [["--pool", "web", "--back", "--from", "v1", "--every", "1m"], /--back: takes no --from or --every/],
  ])("%j is refused by name", async (words, message) => {
    const { code, err } = await cutover(...words, "--url", "http://127.0.0.1:1");
    expect(err).toMatch(message);
    expect(code).toBe(1);
  });

  it("prints what was reviewed, and the commands that do exactly that and that go back", async () => {
    const { url, asked } = await answering({ ok: true, text: "the steps", checksum: "abc" });
    const { code, out } = await cutover(
      ...move,
      "--percent",
      "10, 50",
      "--every",
      "2h",
      "--why",
      "Ann's rack",
      "--url",
      url,
    );
    expect({ code, lines: out.split("\n").map((line) => line.trim()) }).toEqual({
      code: 0,
      lines: [
        "the steps",
        "",
        "checksum abc",
        "Nothing was ordered. To do exactly this:",
        `npx lifeboat cutover --pool web --from v1,v2 --to n1 --percent '10, 50' --every 2h --why 'Ann'\\''s rack' --checksum abc --url ${url}`,
        "To go back, at any time after that:",
        `npx lifeboat cutover --pool web --back --url ${url}`,
      ],
    });
    const command = {
      do: "cutover",
      pool: "web",
      from: ["v1", "v2"],
      to: ["n1"],
      percent: [10, 50],
      everyS: 7200,
      back: false,
    };
    expect(asked).toEqual([expect.objectContaining({ command: { ...command, why: "Ann's rack" } })]);
  });

  it("prints no commands where it was ordered or refused", async () => {
    const { url } = await answering({ ok: false, text: "no such pool" });
    expect(await cutover(...move, "--url", url)).toEqual({ code: 1, out: "no such pool", err: "" });
    server?.close();
    const other = await answering({ ok: true, text: "It has begun.", checksum: "abc" });
    expect(await cutover(...move, "--checksum", "abc", "--url", other.url)).toEqual({
      code: 0,
      out: "It has begun.",
      err: "",
    });
  });

  it("--back asks for nothing else", async () => {
    const { url, asked } = await answering({ ok: true, text: "It is over." });
    expect((await cutover("--pool", "web", "--back", "--why", "slow", "--url", url)).code).toBe(0);
    expect(asked).toEqual([
      expect.objectContaining({ command: expect.objectContaining({ pool: "web", back: true, why: "slow" }) }),
    ]);
  });
});
