// What an operator can still do when the service is dead: DynamoDB does not answer, nothing of Lambda's is called.
import { readFile, writeFile } from "node:fs/promises";
import { beforeEach, expect, test, vi } from "vitest";
import type { Fault } from "../../local/embedded/route53/faults.ts";
import { createStore } from "../../shared/store/store.ts";
import { clientOf, startDb } from "../contract/dynamodb-fixture.ts";
import { type Embedded, weighted, create } from "../contract/route53-fixture.ts";
import { aheadOf } from "./ahead.ts";
import { run, startAccount, writeConfig } from "./route53.ts";

const NAME = "lb.example.com";

let account: Embedded;
let config: string;
/** Of every batch, while it is set. */
let refusal: Fault | undefined;

beforeEach(async () => {
  refusal = undefined;
  account = await startAccount({
    fault: ({ name }) => (name === "ChangeResourceRecordSets" ? refusal : undefined),
  });
  // Nobody listens on port 1: the table is as gone as its region.
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1");
  // Of one region: nobody waits for what another one may have told a moment ago.
  config = await writeConfig(NAME, ["eu-west-1"]);
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

/** Weights by SetIdentifier. */
function weights(): Record<string, number | undefined> {
  const [zone] = account.zones.list();
  const records = [...(zone?.sets.values() ?? [])].filter(({ name, type }) => name === NAME && type === "A");
  return Object.fromEntries(records.map(({ setIdentifier = "", weight }) => [setIdentifier, weight]));
}

test("an order changes DNS from here although no table keeps it, and nothing but what was ordered", async () => {
  await agree("adopt");
  const pinned = await lifeboat("pin", "lb2", "--weight", "9", "--why", "trust me");
  expect([pinned.code, pinned.err]).toEqual([0, ""]);
  expect(weights()).toEqual({ lb1: 1, lb2: 9 });
  expect(pinned.out).toMatch(
    /note: no replica of the table took the order: it is carried out now and remembered by nobody/,
  );
  expect(pinned.out).toMatch(/note: nobody is told of it by --direct: /);

  const drained = await lifeboat("drain", "lb1", "--why", "rack work");
  expect([drained.code, drained.out]).toEqual([0, expect.stringMatching(/lb1 is drained\./)]);
  expect(weights()).toEqual({ lb1: 0, lb2: 9 });

  // Nothing is known of lb1, so it stays out, and that is said.
  const cleared = await lifeboat("clear", "lb1");
  expect([cleared.code, cleared.out]).toEqual([0, expect.stringMatching(/note: nothing was changed in DNS/)]);
  expect(weights()).toEqual({ lb1: 0, lb2: 9 });
});

test("a cut-over begins from here as well", async () => {
  await agree("adopt");
  await lifeboat("drain", "lb2", "--why", "is new");
  const flags = ["cutover", "--pool", "web", "--from", "lb1", "--to", "lb2"];
  const [, checksum = ""] = /checksum ([0-9a-f]+)/.exec((await lifeboat(...flags)).out) ?? [];
  const { code, out } = await lifeboat(...flags, "--checksum", checksum);
  expect(out).toMatch(/It has begun/);
  // Without a table nobody knows how they are, so that DNS does not follow.
  expect([code, out]).toEqual([1, expect.stringMatching(/! Nothing is known of lb1 and lb2: their weights stay/)]);
});

test("a clock that is wrong keeps nothing from being frozen, and the table is not taken for dead", async () => {
  await agree("adopt");
  const db = await startDb();
  await db.createTable("lifeboat-production");
  const xml =
    "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error></ErrorResponse>";
  const json = JSON.stringify({ __type: "InvalidSignatureException", message: "Signature expired" });
  vi.stubEnv("AWS_ENDPOINT_URL_ROUTE_53", await aheadOf(account.url, 403, xml));
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", await aheadOf(db.url, 400, json));
  const { code, out } = await lifeboat("freeze", "--why", "the service runs wild");
  expect([code, out]).toEqual([0, expect.stringMatching(/Every name that has a fence is frozen/)]);
  expect(out).not.toMatch(/table/);
});

test("addresses that are only examples are not written to DNS", async () => {
  const text = await readFile(config, "utf8");
  await writeFile(config, text.replace("10.0.0.1", "192.0.2.10"));
  const { code, err } = await lifeboat("adopt");
  expect([code, err]).toEqual([1, expect.stringMatching(/192\.0\.2\.10/)]);
});

test("an order that Route 53 refuses has not been done", async () => {
  await agree("adopt");
  refusal = { kind: "denied" };
  const { code, out } = await lifeboat("drain", "lb1", "--why", "rack work");
  expect(code).toBe(1);
  expect(out).toMatch(/lb\.example\.com: AccessDenied/);
  expect(weights()).toEqual({ lb1: 1, lb2: 1 });
  // The service would try again; nobody tells it, as no table keeps the order.
  expect(out).toMatch(/\n! Nobody remembers this order, so no later minute tries it again\. .* give it again\.$/);
  expect(out).not.toMatch(/note: .*SoftError/);
});

test("without a table an order makes no name that may have been given back", async () => {
  const { code, out } = await lifeboat("drain", "lb1", "--why", "rack work");
  expect(code).toBe(0);
  expect(out).toMatch(/a name without a fence is taken for one that was given back/);
  expect((await account.list()).filter((line) => line.includes(NAME))).toEqual([]);
});

test("a table that answers keeps the order, and nobody is noted as told", async () => {
  const db = await startDb();
  await db.createTable("lifeboat-production");
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", db.url);
  await agree("adopt");
  expect((await lifeboat("drain", "lb1", "--why", "rack work")).code).toBe(0);
  expect(weights()).toEqual({ lb1: 0, lb2: 1 });
  const region = "eu-west-1";
  const store = createStore({ client: clientOf(db.url), table: "lifeboat-production", region });
  expect((await store.orders()).map(({ kind }) => kind).toSorted()).toEqual(["intent", "ownership"]);
  expect(await store.announced(["web"], [region])).toEqual([]);
  expect(await store.conditions([region])).toEqual([]);
  // What was ordered before still holds when the next order is given.
  expect((await lifeboat("pin", "lb2", "--weight", "7", "--why", "x")).code).toBe(0);
  expect(weights()).toEqual({ lb1: 0, lb2: 7 });
});

test("doctor tells a record that is no longer configured from a stranger's", async () => {
  await agree("adopt");
  await account.send(create({ Name: NAME, ...weighted("old", 5, { values: ["10.0.0.9"] }) }));
  const lb2 = { id: "lb2", island: "north", address: "10.0.0.2" };
  // Another file: what was evaluated once is not read again.
  const after = config.replace(/\.ts$/, ".after.ts");
  await writeFile(after, (await readFile(config, "utf8")).replace(`,${JSON.stringify(lb2)}`, ""));
  const { out } = await run("doctor", "--config", after);
  expect(out).toMatch(/\? sibling lb\.example\.com: 'old' among its A records is of no load balancer/);
  expect(out).toContain(
    "  ? former lb.example.com: 'lb2' is no longer configured: a deploy sets it to weight 0, and `npx lifeboat apply` deletes it then",
  );
  expect(out).toMatch(/zone Z\w+: 3 found/);
});

/** The pool of the other tests, one whose zone is gone, and one whose name is in no zone of the account. */
async function writeBroken(): Promise<void> {
  const pool = (id: string, name: unknown, at: number): object => ({
    id,
    names: [name],
    checks: ["web"],
    loadBalancers: [{ id: `${id}1`, island: "north", address: `10.0.${at}.1` }],
  });
  const input = {
    owner: "acme",
    home: "eu-west-1",
    regions: ["eu-west-1"],
    allowLocal: true,
    checks: { web: { protocol: "http", host: NAME } },
    islands: { north: {} },
    pools: [
      pool("gone", { name: "lb.gone.example", zoneId: "Z0GONE" }, 1),
      pool("nowhere", "lb.nowhere.example", 2),
      pool("web", NAME, 3),
    ],
  };
  await writeFile(config, `export default ${JSON.stringify(input)};\n`);
}

test("a zone that is gone keeps no other name from being frozen, and each name that is not is named", async () => {
  await writeBroken();
  const adoption = await lifeboat("adopt", "--name", NAME);
  const [, checksum = ""] = /--checksum ([0-9a-f]+)/.exec(adoption.out) ?? [];
  expect((await lifeboat("adopt", "--name", NAME, "--checksum", checksum)).code).toBe(0);

  const { code, out } = await lifeboat("freeze", "--why", "the service runs wild");
  expect(code).toBe(1);
  expect(out).toMatch(/lb\.gone\.example is not frozen: hosted zone Z0GONE could not be read: NoSuchHostedZone/);
  expect(out).toMatch(/lb\.nowhere\.example is not frozen: 'lb\.nowhere\.example' is in no public hosted zone/);
  expect(out).toMatch(/Every other name that has a fence is frozen/);
  expect(out).not.toMatch(/SoftError/);
  const [zone] = account.zones.list();
  expect(
    [...(zone?.sets.values() ?? [])].find(({ type, name }) => type === "TXT" && name.includes(NAME))?.values[0],
  ).toMatch(/frozen=1/);
}, 60_000);

test("a plan of a zone that is gone is a sentence, and the names of the others can be planned", async () => {
  await writeBroken();
  const { code, err } = await lifeboat("plan");
  expect(code).toBe(1);
  expect(err).toMatch(/hosted zone Z0GONE could not be read: NoSuchHostedZone/);
  expect(err).toMatch(/--direct: .*in no public hosted zone.*Nothing was written\. With --name/);
  expect((await lifeboat("plan", "--name", NAME)).code).toBe(0);
});

test("a configuration that is wrong is told, and nothing is asked of AWS", async () => {
  await writeFile(config, "export default { owner: 5 };\n");
  const { code, err } = await lifeboat("plan");
  expect(code).toBe(1);
  expect(err).toMatch(/owner: /);
  expect(account.operations).toEqual([]);
});
