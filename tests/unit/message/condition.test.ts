import { describe, expect, test } from "vitest";
import { conditionMessage } from "../../../shared/message/condition.ts";
import { type Condition, type ConditionKind, conditionKinds } from "../../../shared/model/event.ts";
import { AT_MS, config } from "./base.ts";

function condition(kind: ConditionKind, subject: string, over: Partial<Condition> = {}): Condition {
  return {
    version: 1,
    type: "condition",
    id: `${kind}/${subject}/${AT_MS}`,
    kind,
    subject,
    sinceMs: AT_MS,
    atMs: AT_MS,
    region: "eu-west-1",
    on: true,
    detail: "What was seen.",
    page: true,
    ...over,
  };
}

/** A subject for every kind: when it begins, and 250 s later when it is over. */
const rows: [kind: ConditionKind, about: string, on: string, off: string][] = [
  ["held", "front", "front would lose too much at once; the rest is held", "front is no longer held"],
  ["floor", "front", "front keeps serving one that is down: the floor holds it", "front no longer needs its floor"],
  ["fail-open", "front", "front fails open: nothing looks alive, all is served", "front no longer fails open"],
  ["fail-open-ended", "front", "front no longer fails open", "front no longer fails open"],
  [
    "refused",
    "lb.acme.com",
    "lb.acme.com is not written: a record or fence stands in the way",
    "lb.acme.com is written again",
  ],
  ["danger", "lb.acme.com", "lb.acme.com needs a look", "lb.acme.com needs no look any more"],
  ["damped", "lb1", "north/lb1 is up but not put back: it left too often", "north/lb1 may be put back again"],
  ["blind", "us-east-1", "us-east-1 is blind: nothing that it asks answers", "us-east-1 sees again"],
  ["silent", "us-east-1", "us-east-1 is silent: it sends no reports", "us-east-1 reports again"],
  ["unreached", "mail", "mail has never been reached", "mail has been reached"],
  [
    "doubted",
    "port 25 from us-east-1",
    "port 25 from us-east-1 fails everywhere at once; it is not believed",
    "port 25 from us-east-1 answers again",
  ],
  ["late", "us-east-1", "us-east-1 is too slow to judge; it does not vote", "us-east-1 is quick enough to judge again"],
  [
    "dns-refuses",
    "front",
    "front could not be changed in DNS: Route 53 refuses",
    "front no longer waits for a change of DNS",
  ],
  ["frozen", "all names", "all names are frozen: nothing is written", "all names are thawed: Lifeboat steers again"],
  [
    "withheld",
    "lb1",
    "north/lb1 cannot be changed in DNS: the names are frozen",
    "north/lb1 is no longer kept from a change of DNS",
  ],
  [
    "not-insync",
    "lb.acme.com",
    "lb.acme.com has a change that Route 53 accepted and does not serve",
    "lb.acme.com has its change served",
  ],
  ["lagging", "front", "front has names that lag behind the first", "front has all its names in step"],
  ["unreadable", "front", "front cannot be read; nothing is changed", "front can be read again"],
  [
    "observe",
    "front",
    "front would change; it is in observe mode",
    "front would change no more; it is in observe mode",
  ],
  [
    "follows",
    "www.client.example",
    "www.client.example does not answer as its pool does",
    "www.client.example answers as its pool does again",
  ],
  [
    "drift",
    "north 1a2b3c4d",
    "island north is no longer configured alike on its load balancers",
    "island north has that difference no more",
  ],
  [
    "farm-gone",
    "lb1 web",
    "north/lb1 farm web has vanished from the configuration",
    "north/lb1 farm web is back in the configuration",
  ],
  ["warning", "lb1 web", "north/lb1 check web is up, but needs a look", "north/lb1 check web needs no look any more"],
  [
    "certificate",
    "lb1 www.pem",
    "north/lb1 certificate www.pem ends soon",
    "north/lb1 certificate www.pem was renewed, or is in use no more",
  ],
  [
    "lint",
    "lb1 ssh-root etc/ssh/sshd_config",
    "north/lb1 (ssh-root) is set up in a way that should not stay",
    "north/lb1 (ssh-root) is set up well again",
  ],
  [
    "changed-before",
    "lb1 1790000000000-1a2b3c4d5e6f",
    "north/lb1 was changed shortly before it went out",
    "north/lb1 was changed shortly before it went out; that is long ago",
  ],
];

test("a certificate that has ended is not said to end soon", () => {
  const ended = condition("certificate", "lb1 www.pem", { expired: true });
  const { subject, body } = conditionMessage(ended, config);
  expect(subject).toBe("lifeboat: north/lb1 certificate www.pem has ended");
  expect(body).toMatch(/^north\/lb1 certificate www\.pem has ended\.\n/);
  expect(conditionMessage({ ...ended, on: false }, config).subject).toMatch(/www\.pem was renewed/);
});

test("the table has a row for every kind", () => {
  expect(rows.map(([kind]) => kind).toSorted()).toEqual(conditionKinds.toSorted());
});

describe.each(rows)("%s of %s", (kind, about, on, off) => {
  test("begins", () => {
    const { subject, body, attributes } = conditionMessage(condition(kind, about), config);
    expect(subject).toBe(`lifeboat: ${on}`);
    expect(body.startsWith(`${on}.\nWhat was seen.\n`)).toBe(true);
    expect(body).toContain("Seen since 2026-09-21 14:13:20 UTC; told by eu-west-1, deployment 'acme'.");
    expect(attributes).toEqual({ type: "condition", kind, state: "on", page: "true", subject: about });
  });

  test("is over", () => {
    const over = condition(kind, about, { on: false, page: false, atMs: AT_MS + 250_000 });
    const { subject, body, attributes } = conditionMessage(over, config);
    expect(subject).toBe(`lifeboat: ${off} (after 4 min 10 s)`);
    expect(body).toContain("It had begun so:\n  What was seen.");
    expect(body).toContain("It held since 2026-09-21 14:13:20 UTC, for 4 min 10 s;");
    expect(attributes).toMatchObject({ state: "over", page: "false" });
  });
});

test("the runbook note of the load balancer's island stands in the body", () => {
  expect(conditionMessage(condition("damped", "lb1"), config).body).toContain(
    "From the runbook:\n  Hall 1.\n  Call the duty phone.",
  );
  expect(conditionMessage(condition("damped", "lb3"), config).body).not.toContain("From the runbook");
});

test.each([
  ["damped", "front lb1", "`npx lifeboat explain lb1` shows"],
  ["warning", "lb1 web", "`npx lifeboat explain lb1` shows"],
  ["held", "front", "`npx lifeboat explain` shows"],
  ["silent", "us-east-1", "`npx lifeboat explain` shows"],
] as const)("%s of %s ends with a command that works wherever the service runs", (kind, subject, command) => {
  expect(conditionMessage(condition(kind, subject), config).body).toContain(command);
});

test("who or what ended it comes before how it had begun", () => {
  const over = condition("frozen", "all names", { on: false, ended: "Thawed by bob." });
  expect(conditionMessage(over, config).body).toContain("Thawed by bob.\nIt had begun so:\n  What was seen.");
});

test("a pool that is named as a load balancer is stays the pool", () => {
  const [pool] = config.pools;
  const named = { ...config, pools: pool ? [{ ...pool, id: "lb1" }] : [] };
  expect(conditionMessage(condition("held", "lb1"), named).subject).toContain("lifeboat: lb1 would");
});

test("text from elsewhere is cleaned, and an empty subject still makes an attribute", () => {
  const given = condition("danger", "a\u0000\nb\u202e", { detail: "one\u001b[2J\ntwo\u0085" });
  const { subject, body } = conditionMessage(given, config);
  expect(subject).toBe("lifeboat: a b needs a look");
  expect(body).toContain("a b needs a look.\none [2J\ntwo\n");
  expect(conditionMessage(condition("danger", ""), config).attributes["subject"]).toBe("-");
  expect(conditionMessage(condition("danger", "constructor"), config).subject).toBe(
    "lifeboat: constructor needs a look",
  );
});

test("a long subject is cut to 100 characters", () => {
  const { subject } = conditionMessage(condition("not-insync", `${"a".repeat(63)}.${"b".repeat(63)}.com`), config);
  expect(subject).toHaveLength(100);
});
