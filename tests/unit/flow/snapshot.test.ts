// Uploads over fakes: what must not fail one, what is kept, and how a change and an incident find each other.
import { describe, expect, test } from "vitest";
import { changesBefore } from "../../../shared/flow/changes.ts";
import { type SnapshotPorts, takeSnapshot } from "../../../shared/flow/snapshot.ts";
import { weightsMessage } from "../../../shared/message/weights.ts";
import { readArchive, writeArchive } from "../../../shared/archive/read.ts";
import { Problem, SoftError, UserError } from "../../../shared/model/errors.ts";
import type { Manifest } from "../../../shared/model/manifest.ts";
import { parseBox } from "../../../shared/zen/parse.ts";
import { redactionKey } from "../../../shared/zen/redact.ts";
import { createFakeClock } from "../../fakes/clock.ts";
import { createFakeAnnouncer, createFakeLog } from "../../fakes/ports.ts";
import { createFakeSnapshots } from "../../fakes/snapshots.ts";
import { createFakeTable } from "../../fakes/store.ts";
import { filesOf } from "../../zen/fixtures.ts";
import { config, event, moved } from "../message/base.ts";

const START_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const CONF = "usr/local/zenloadbalancer/config/global.conf";

function world(over: { keep?: { count: number; days: number } } = {}) {
  const clock = createFakeClock({ startMs: START_MS });
  const table = createFakeTable({ nowMs: () => clock.nowMs() });
  const [snapshots, announcer, log] = [
    createFakeSnapshots(() => clock.nowMs()),
    createFakeAnnouncer(),
    createFakeLog(),
  ];
  const store = table.storeFor("eu-west-1");
  const ports: SnapshotPorts = {
    config: over.keep ? { ...config, zen: { keep: over.keep } } : config,
    region: "eu-west-1",
    clock,
    store,
    announcer,
    log,
    snapshots,
    tarballs: { read: (bytes) => readArchive(bytes), write: writeArchive },
    redactionKey: redactionKey("k"),
  };
  const subjects = (): string[] => announcer.announced.map(({ message }) => message.subject);
  return { clock, table, store, snapshots, announcer, log, ports, subjects };
}

/** A small configuration that says `text`, changed at a time. */
function backup(text: string, mtimeMs = START_MS): Promise<Uint8Array> {
  const files = new Map([[CONF, Buffer.from(`$version="3.10.1";\n$note="${text}";\n`)]]);
  return writeArchive(files, [{ path: CONF, bytes: 1, mtimeMs, mode: 0o644 }]);
}

const upload = async (ports: SnapshotPorts, bytes: Uint8Array, box = "lb1") =>
  takeSnapshot({ box, who: "cron", bytes }, ports);

describe("an upload", () => {
  test("is kept although nothing can be told", async () => {
    const { ports, announcer, log, snapshots, subjects } = world();
    const ssh: [string, Uint8Array] = ["etc/ssh/sshd_config", Buffer.from("PermitRootLogin yes\n")];
    const bytes = await writeArchive(new Map([...filesOf("zen-2.0"), ssh]));
    announcer.broken = true;
    expect((await upload(ports, bytes)).changed).toBe(true);
    expect(await snapshots.manifests("lb1", { limit: 9 })).toHaveLength(1);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    // What could not be told then is told with the next one, though it is equal.
    announcer.broken = false;
    expect((await upload(ports, bytes)).changed).toBe(false);
    expect(subjects()).toContain("lifeboat: north/lb1 (ssh-root) is set up in a way that should not stay");
  });

  test("is kept although the one before cannot be read", async () => {
    const { ports, snapshots, clock } = world();
    await upload(ports, await backup("a"));
    const [first] = await snapshots.manifests("lb1", { limit: 1 });
    if (first) await snapshots.deleteSnapshot({ ...first, id: "other" }, false);
    await clock.advance(1000);
    const { changed, snapshot } = await upload(ports, await backup("b"));
    expect([changed, snapshot.changes, snapshot.summary]).toEqual([true, null, []]);
  });

  test("is lost when the table does not take it, and nothing is there then", async () => {
    const { ports, snapshots } = world();
    snapshots.dieBeforeManifest = true;
    await expect(upload(ports, await backup("a"))).rejects.toBeInstanceOf(SoftError);
    expect(await snapshots.manifests("lb1", { limit: 9 })).toEqual([]);
  });

  test("of no load balancer, or of too much, is refused", async () => {
    const { ports, snapshots } = world();
    await expect(upload(ports, await backup("a"), "lb9")).rejects.toMatchObject({ status: 404 });
    await expect(upload(ports, await backup("a"), "constructor")).rejects.toMatchObject({ status: 404 });
    await expect(upload(ports, Buffer.from("no gzip"))).rejects.toBeInstanceOf(UserError);
    const bytes = await backup("a");
    const read = await ports.tarballs.read(bytes);
    const large = { ...ports, tarballs: { read: async () => read, write: async () => new Uint8Array(3_800_001) } };
    await expect(upload(large, bytes)).rejects.toBeInstanceOf(Problem);
    const unreadable = { ...ports, tarballs: { ...ports.tarballs, write: async () => Buffer.from("not gzip") } };
    await expect(upload(unreadable, bytes)).rejects.toBeInstanceOf(UserError);
    expect(snapshots.contents()).toBe(0);
  });
});

test("a certificate that ends is told of by nightly uploads every week, then every day, and as ended when it has", async () => {
  const { ports, announcer, clock } = world();
  const [box, dayMs] = [filesOf("zevenet-5.0"), 86_400_000];
  const bytes = await writeArchive(box);
  const endMs = parseBox(box).certificates.find(({ file }) => file === "mail.pem")?.expiresMs ?? 0;
  const night = (daysLeft: number): number => endMs - (daysLeft + 0.5) * dayMs;
  const told: (number | string)[] = [];
  const early = { ...ports, clock: { ...clock, nowMs: () => nowMs } };
  let nowMs = night(22);
  // Each is a little earlier in the night than the one before.
  for (let daysLeft = 22; daysLeft >= -3; daysLeft -= 1, nowMs = night(daysLeft) - (22 - daysLeft) * MINUTE_MS) {
    const before = announcer.announced.length;
    await upload(early, bytes);
    for (const { message } of announcer.announced.slice(before)) {
      if (message.subject.includes("certificate mail.pem"))
        told.push(daysLeft, message.subject.replace(/.*mail\.pem /, ""));
    }
  }
  const soon = [21, 14, 7, 6, 5, 4, 3, 2, 1, 0].flatMap((daysLeft) => [daysLeft, "ends soon"]);
  expect(told).toEqual([...soon, ...[-1, -2, -3].flatMap((daysLeft) => [daysLeft, "has ended"])]);
});

test("what is over the count goes with its content, unless a newer one has the same", async () => {
  const { ports, snapshots, clock } = world({ keep: { count: 3, days: 400 } });
  for (const text of ["a", "b", "c", "a", "d"]) {
    await upload(ports, await backup(text));
    await clock.advance(1000);
  }
  const kept = await snapshots.manifests("lb1", { limit: 9 });
  expect(kept.map(({ takenMs }) => (takenMs - START_MS) / 1000)).toEqual([4, 3, 2]);
  expect(snapshots.contents()).toBe(3);
  for (const manifest of kept) expect((await snapshots.content(manifest)).length).toBeGreaterThan(0);
});

test("what was replaced too long ago goes, with an equal upload too; the newest stays", async () => {
  const { ports, snapshots, clock } = world({ keep: { count: 100, days: 2 } });
  for (const text of ["a", "b"]) {
    await upload(ports, await backup(text));
    await clock.advance(1000);
  }
  await clock.advance(3 * 86_400_000);
  await upload(ports, await backup("b"));
  expect((await snapshots.manifests("lb1", { limit: 9 })).map(({ takenMs }) => takenMs - START_MS)).toEqual([1000]);
});

describe("a change and an incident", () => {
  const changedMs = START_MS - 60 * MINUTE_MS;
  const withdrawn = (afterMin: number) => ({
    kind: "step" as const,
    id: `front/1/lb1/withdrawn/${afterMin}`,
    atMs: changedMs + afterMin * MINUTE_MS,
    pool: "front",
    box: "lb1",
    step: "withdrawn" as const,
    region: "eu-west-1",
    detail: "web is down in 2 of 3 regions",
    epoch: 1,
  });

  test.each([
    [5, 1],
    [15, 1],
    [16, 0],
  ])("an incident %s min after a change that is uploaded later: told %s times", async (afterMin, times) => {
    const { ports, store, announcer, clock } = world();
    await upload(ports, await backup("a", changedMs - 86_400_000));
    await clock.advance(1000);
    await store.putFacts([withdrawn(afterMin), { ...withdrawn(5), id: "other", box: "lb2" }]);
    await upload(ports, await backup("b", changedMs));
    await upload(ports, await backup("b", changedMs));
    const told = announcer.announced.filter(({ message }) => message.subject.includes("shortly before it went out"));
    expect(told).toHaveLength(times);
    for (const { message } of told) {
      expect(message.subject).toBe("lifeboat: north/lb1 was changed shortly before it went out");
      expect(message.body).toContain(`It went out ${afterMin} min after the change (web is down in 2 of 3 regions).`);
      expect(message.body).toContain("uploaded by cron");
    }
  });

  const manifest = async (ports: SnapshotPorts, changed: number): Promise<Manifest | undefined> => {
    await upload(ports, await backup("a", changed));
    return (await ports.snapshots.manifests("lb1", { limit: 1 }))[0];
  };
  const move = (box: string, after: number) => ({ box, island: "north", before: 1, after });

  test("a change that is known when the incident begins stands in its message", async () => {
    const { ports } = world();
    const known = await manifest(ports, START_MS - 10 * MINUTE_MS);
    const changes = await changesBefore([move("lb1", 0), move("lb2", 0)], ports);
    expect([...changes]).toEqual([["lb1", [`snapshot ${known?.id}, uploaded by cron`]]]);
    const { body } = weightsMessage(event([moved("lb1", 1, 0, { change: changes.get("lb1") })]), config);
    expect(body).toContain(`Its configuration was changed just before:\n    snapshot ${known?.id}, uploaded by cron\n`);
  });

  test("an old change, a return and an unreadable table leave the message as it is", async () => {
    const { ports, log } = world();
    await manifest(ports, START_MS - 16 * MINUTE_MS);
    expect((await changesBefore([move("lb1", 0)], ports)).size).toBe(0);
    expect((await changesBefore([move("lb1", 1)], ports)).size).toBe(0);
    const broken = { manifests: () => Promise.reject(new SoftError("no")) };
    expect((await changesBefore([move("lb1", 0)], { ...ports, snapshots: broken })).size).toBe(0);
    expect(log.lines.map(({ message }) => message)).toContain("a snapshot could not be read");
    const { snapshots: _, ...without } = ports;
    expect((await changesBefore([move("lb1", 0)], without)).size).toBe(0);
  });
});
