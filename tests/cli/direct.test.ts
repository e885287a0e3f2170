// What an operator can still do when the service is dead: DynamoDB does not answer, nothing of Lambda's is called.
import { writeFile } from "node:fs/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { type Embedded, weighted, create } from "../contract/route53-fixture.ts";
import { run, startAccount, writeConfig } from "./route53.ts";

const NAME = "lb.example.com";

let account: Embedded;
let config: string;

beforeEach(async () => {
  account = await startAccount();
  // Nobody listens on port 1: the table is as gone as its region.
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
  config = await writeConfig(NAME);
});

function lifeboat(...words: string[]): ReturnType<typeof run> {
  return run(...words, "--direct", "--config", config, "--who", "ann");
}

/** Has what was reviewed done, and returns what was said of it. */
async function agree(what: string, ...flags: string[]): Promise<string> {
  const review = await lifeboat(what, ...flags);
  const [, checksum = ""] = /--checksum ([0-9a-f]+)/.exec(review.out) ?? [];
  const done = await lifeboat(what, ...flags, "--checksum", checksum);
  expect([done.code, done.err]).toEqual([0, ""]);
  return done.out;
}

test("a name is adopted, frozen, thawed and given back without a table", async () => {
  await account.send(create({ Name: NAME, ...weighted("lb1", 5, { values: ["10.0.0.1"] }) }));
  const before = await account.list();

  const { code, out } = await lifeboat("adopt");
  expect(code).toBe(0);
  expect(out).toMatch(/note: the table: .* could not be read/);
  expect(out).toMatch(/\+ TXT _lifeboat\.lb\.example\.com \(fence\)/);
  expect(await account.list()).toEqual(before);

  expect(await agree("adopt")).toMatch(/lb\.example\.com: written/);
  expect(await account.list()).toEqual(
    expect.arrayContaining([`${NAME}. A lb1`, `${NAME}. A lb2`, `_lifeboat.${NAME}. TXT`]),
  );

  expect((await lifeboat("freeze", "--why", "the service runs wild")).out).toMatch(
    /Every name that has a fence is frozen/,
  );
  const frozen = await lifeboat("plan");
  expect(frozen.out).toMatch(/! frozen/);
  expect((await lifeboat("thaw")).code).toBe(0);

  expect(await agree("release", "--simple")).toMatch(/written/);
  expect((await account.list()).filter((line) => line.includes(NAME))).toEqual([`${NAME}. A`]);
});

test("a freeze that nothing keeps is no success: the name has no fence, and no replica took the order", async () => {
  await account.send(create({ Name: NAME, ...weighted("lb1", 5, { values: ["10.0.0.1"] }) }));
  const { code, out } = await lifeboat("freeze", "--why", "too early");
  expect(code).toBe(1);
  expect(out).toMatch(/lb\.example\.com has no fence and no replica took the order/);
});

test("a configuration that is wrong is told, and nothing is asked of AWS", async () => {
  await writeFile(config, "export default { owner: 5 };\n");
  const { code, err } = await lifeboat("plan");
  expect(code).toBe(1);
  expect(err).toMatch(/owner: /);
  expect(account.operations).toEqual([]);
});
