// The table above createGatherer, row by row, and how the calls end.
import { expect, test } from "vitest";
import { SoftError } from "../../../shared/model/errors.ts";
import type { Gathered, Message } from "../../../shared/model/event.ts";
import { createGatherer } from "../../../shared/notify/gather.ts";
import { createFakeClock } from "../../fakes/clock.ts";

const START_MS = 1_700_000_000_000;

function messageOf(name: string, page = true): Message {
  return { subject: `lifeboat: ${name}`, body: `${name}.\n`, attributes: { page: String(page), pool: name } };
}

/** A gatherer whose messages are noted with their moment (ms after the start) instead of sent. */
function start() {
  const clock = createFakeClock({ startMs: START_MS });
  const sleeps: number[] = [];
  const sent: { atMs: number; message: Gathered }[] = [];
  const refused = { is: false };
  const tell = createGatherer({
    clock: {
      nowMs: () => clock.nowMs(),
      sleep: async (ms, signal) => {
        sleeps.push(ms);
        await clock.sleep(ms, signal);
      },
    },
    send: async (message) => {
      if (refused.is) throw new SoftError(`no topic took '${message.subject}'`);
      sent.push({ atMs: clock.nowMs() - START_MS, message });
    },
  });
  /** Tells of each; the outcomes are noted as they come. */
  const outcomes: string[] = [];
  const tellAll = (messages: readonly Message[]): void => {
    for (const message of messages) {
      const name = message.subject.slice("lifeboat: ".length);
      void tell(message).then(
        () => outcomes.push(`${name} told`),
        (error: unknown) => outcomes.push(`${name} ${String(error)}`),
      );
    }
  };
  const tellNamed = (...names: string[]): void => tellAll(names.map((name) => messageOf(name)));
  const subjects = (): string[] => sent.map(({ atMs, message }) => `${atMs} ${message.subject}`);
  return { clock, tell, sleeps, sent, subjects, refused, outcomes, tellAll, tellNamed };
}

test("the first three go out at once, each by itself and as it is, and leave no timer", async () => {
  const { clock, sleeps, sent, outcomes, tellAll } = start();
  const three = ["a", "b", "c"].map((name) => messageOf(name));
  tellAll(three);
  await clock.advance(0);
  expect(sent).toEqual(three.map((message) => ({ atMs: 0, message })));
  expect(outcomes).toEqual(["a told", "b told", "c told"]);
  expect(sleeps).toEqual([]);
});

test("the fourth waits half a second for others, and goes alone as it is if none comes", async () => {
  const { clock, sleeps, sent, outcomes, tellNamed } = start();
  tellNamed("a", "b", "c", "d");
  await clock.advance(499);
  expect(outcomes).toEqual(["a told", "b told", "c told"]);
  await clock.advance(1);
  expect(sent.at(-1)).toEqual({ atMs: 500, message: messageOf("d") });
  expect(outcomes.at(-1)).toBe("d told");
  await clock.advance(60_000);
  expect(sleeps).toEqual([500]);
});

test("what waits goes out as one, and every call ends with it", async () => {
  const { clock, sleeps, subjects, outcomes, tellNamed } = start();
  tellNamed("a", "b", "c", "d", "e");
  await clock.advance(400);
  tellNamed("f");
  await clock.advance(599);
  expect(outcomes).toEqual(["a told", "b told", "c told"]);
  await clock.advance(1);
  expect(subjects().slice(3)).toEqual(["1000 lifeboat: 3 changes: d, and 2 more"]);
  expect(outcomes.slice(3)).toEqual(["d told", "e told", "f told"]);
  await clock.advance(60_000);
  expect(subjects()).toHaveLength(4);
  expect(sleeps).toEqual([500, 500]);
});

test("while more come nothing waits for longer than 2 s after the last one", async () => {
  const { clock, sleeps, subjects, tellNamed } = start();
  tellNamed("a", "b", "c");
  await clock.advance(300);
  for (const name of ["d", "e", "f", "g", "h"]) {
    tellNamed(name);
    await clock.advance(333);
  }
  expect(subjects()).toHaveLength(3);
  await clock.advance(34);
  expect(subjects()).toHaveLength(3);
  await clock.advance(1);
  expect(subjects().slice(3)).toEqual(["2000 lifeboat: 5 changes: d, and 4 more"]);
  expect(sleeps).toEqual([500, 500, 500, 200]);
});

test("whoever tells one after another waits half a second for each", async () => {
  const { clock, sent, tell } = start();
  const names = Array.from({ length: 10 }, (_, at) => `p${at}`);
  const all = async (): Promise<void> => {
    for (const name of names) await tell(messageOf(name));
  };
  await clock.run(all());
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 500, 1000, 1500, 2000, 2500, 3000, 3500]);
});

test("with an empty bucket one goes out at once when 2 s have passed since the last one", async () => {
  const { clock, subjects, tellNamed } = start();
  tellNamed("a", "b", "c");
  await clock.advance(1999);
  tellNamed("d");
  await clock.advance(2001);
  tellNamed("e", "f");
  await clock.advance(500);
  expect(subjects().slice(3)).toEqual(["2000 lifeboat: d", "4000 lifeboat: e", "4500 lifeboat: f"]);
});

test("one every 10 s comes back into the bucket, and no more than three", async () => {
  const { clock, subjects, tellNamed } = start();
  tellNamed("a", "b", "c");
  await clock.advance(9500);
  // Less than 2 s before the bucket has one again.
  tellNamed("d");
  await clock.advance(500);
  tellNamed("e");
  await clock.advance(100_000);
  tellNamed("f", "g", "h", "i");
  await clock.advance(2000);
  expect(subjects().slice(3)).toEqual([
    "9500 lifeboat: d",
    "10500 lifeboat: e",
    "110000 lifeboat: f",
    "110000 lifeboat: g",
    "110000 lifeboat: h",
    "110500 lifeboat: i",
  ]);
});

test("none overtakes those that wait, though the bucket has one again", async () => {
  const { clock, subjects, tellNamed } = start();
  tellNamed("a", "b", "c");
  await clock.advance(19_000);
  tellNamed("d");
  await clock.advance(700);
  tellNamed("e");
  await clock.advance(400);
  tellNamed("f");
  await clock.advance(1000);
  expect(subjects().slice(3)).toEqual(["19000 lifeboat: d", "20700 lifeboat: 2 changes: e, and 1 more"]);
});

test("a mass event of a minute is told three times by itself and then every 2 s; half a minute later all is as before", async () => {
  const { clock, sent, outcomes, tellNamed } = start();
  for (let pool = 0; pool < 300; pool += 1) {
    tellNamed(`p${pool}`);
    await clock.advance(200);
  }
  await clock.advance(2000);
  expect(outcomes).toHaveLength(300);
  expect(outcomes.every((one) => one.endsWith(" told"))).toBe(true);
  const gaps = sent.slice(3).map(({ atMs }, at) => atMs - (sent[at + 2]?.atMs ?? 0));
  expect(new Set(gaps)).toEqual(new Set([2000]));
  expect(sent.slice(3).every(({ message }) => message.subject.includes(" changes: "))).toBe(true);
  await clock.advance(30_000);
  tellNamed("a", "b", "c");
  expect(sent.slice(-3).map(({ message }) => message)).toEqual(["a", "b", "c"].map((name) => messageOf(name)));
});

test("those that page and those that do not go apart, the pages first", async () => {
  const { clock, sent, subjects, outcomes, tellAll, tellNamed } = start();
  tellNamed("a", "b", "c");
  tellAll([messageOf("d", false), messageOf("e"), messageOf("f", false), messageOf("g"), messageOf("h", false)]);
  await clock.advance(2000);
  expect(subjects().slice(3)).toEqual([
    "1000 lifeboat: 2 changes: e, and 1 more",
    "1000 lifeboat: 3 changes: d, and 2 more",
  ]);
  expect(sent.slice(3).map(({ message }) => message.attributes)).toEqual([
    { page: "true", pool: ["e", "g"] },
    { page: "false", pool: ["d", "f", "h"] },
  ]);
  expect(outcomes).toHaveLength(8);
});

test("one that is refused rejects all that are in it, nothing of it stays, and the next one goes out", async () => {
  const { clock, subjects, refused, outcomes, tellNamed } = start();
  tellNamed("a", "b", "c", "d", "e");
  await clock.advance(999);
  refused.is = true;
  await clock.advance(1);
  const error = "SoftError: no topic took 'lifeboat: 2 changes: d, and 1 more'";
  expect(outcomes.slice(3)).toEqual([`d ${error}`, `e ${error}`]);
  refused.is = false;
  tellNamed("f", "g");
  await clock.advance(60_000);
  expect(subjects().slice(3)).toEqual(["2000 lifeboat: 2 changes: f, and 1 more"]);
  expect(outcomes.slice(5)).toEqual(["f told", "g told"]);
});

test("a page that is refused rejects no other", async () => {
  const clock = createFakeClock();
  const tell = createGatherer({
    clock,
    send: ({ attributes }) =>
      attributes["page"] === "true" ? Promise.reject(new SoftError("refused")) : Promise.resolve(),
  });
  const names = ["a", "b", "c", "d", "e"];
  const told = names.map((name) => tell(messageOf(name, false)));
  const paged = tell(messageOf("f")).catch(String);
  await clock.advance(2000);
  expect(await Promise.all(told)).toHaveLength(5);
  expect(await paged).toBe("SoftError: refused");
});

test("a clock that is set back makes nobody wait for longer than 2 s", async () => {
  const clock = createFakeClock({ startMs: START_MS });
  const sent: string[] = [];
  let backMs = 0;
  const tell = createGatherer({
    clock: { nowMs: () => clock.nowMs() - backMs, sleep: (ms) => clock.sleep(ms) },
    send: async ({ subject }) => void sent.push(subject),
  });
  await Promise.all(["a", "b", "c"].map((name) => tell(messageOf(name))));
  backMs = 3_600_000;
  const told: Promise<void>[] = [];
  for (let atMs = 0; atMs < 2000; atMs += 400) {
    told.push(tell(messageOf("d")));
    await clock.advance(400);
  }
  await Promise.all(told);
  expect(sent).toHaveLength(4);
});
