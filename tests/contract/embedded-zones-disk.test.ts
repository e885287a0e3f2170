import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ChangeResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { describe, expect, it, onTestFinished } from "vitest";
import { createZones, type Zones } from "../../local/embedded/route53/zones.ts";
import { UserError } from "../../shared/model/errors.ts";
import type { DnsRecord } from "../../shared/model/record.ts";
import { change, checkIn, clientOf, startRoute53, zoneId } from "./route53-fixture.ts";

function record(name: string, ...values: string[]): DnsRecord {
  return { name: `${name}.example.com`, type: "TXT", ttlS: 60, values };
}

async function journal(...parts: string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "embedded-zones-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, ...parts, "zones.journal");
}

async function open(file: string): Promise<Zones> {
  const zones = await createZones({ file });
  onTestFinished(() => zones.close());
  return zones;
}

/** What the API shows of the zones. */
function shown(zones: Zones): object[] {
  return zones.list().map(({ id, name, reference, comment, sets }) => ({ id, name, reference, comment, sets }));
}

function names(zones: Zones): string[] {
  return zones
    .list()
    .flatMap(({ sets }) => [...sets.values()].filter(({ type }) => type === "TXT").map(({ name }) => name));
}

describe("zones on disk", () => {
  it("survive a restart, with every field and with the changes' ids", async () => {
    const file = await journal();
    const first = await createZones({ file });
    await first.create({ name: "example.com", id: zoneId, comment: "kept" });
    await first.create({ name: "example.org", id: "Z2" });
    const weighted: DnsRecord = {
      name: "lb.example.com",
      type: "A",
      setIdentifier: "é",
      weight: 0,
      ttlS: 60,
      values: ["192.0.2.1"],
      healthCheckId: await checkIn(first),
      other: { Region: "x" },
    };
    await first.change(
      zoneId,
      [
        { action: "CREATE", record: weighted },
        { action: "CREATE", record: record("gone", '"1"') },
      ],
      "why",
    );
    const { id } = await first.change(zoneId, [{ action: "DELETE", record: record("gone", '"1"') }]);
    await first.remove("Z2");
    const before = shown(first);
    await first.close();
    const second = await open(file);
    expect(shown(second)).toEqual(before);
    expect(second.get(zoneId).sets.get("lb.example.com A é")).toEqual(weighted);
    expect(second.status(id)).toMatchObject({ id });
  });

  it("in use by another copy are refused at once, and are not damaged", async () => {
    const file = await journal();
    const zones = await open(file);
    await zones.create({ name: "example.com", id: zoneId });
    const second = createZones({ file });
    await expect(second).rejects.toBeInstanceOf(UserError);
    await expect(second).rejects.toThrow("in use by another copy");
    await zones.change(zoneId, [{ action: "CREATE", record: record("a", '"1"') }]);
    await zones.close();
    expect(names(await open(file))).toEqual(["a.example.com"]);
  });

  it("can lie where a path is too long for a socket", async () => {
    const file = await journal("x".repeat(120));
    await expect(createZones({ file })).rejects.toThrow("ENOENT");
    await mkdir(join(file, ".."), { recursive: true });
    await open(file);
    await expect(createZones({ file })).rejects.toThrow("in use by another copy");
  });

  it("leave out a torn last line, and go on after it", async () => {
    const file = await journal();
    const first = await createZones({ file });
    await first.create({ name: "example.com", id: zoneId });
    await first.change(zoneId, [{ action: "CREATE", record: record("whole", '"1"') }]);
    await first.close();
    const whole = await readFile(file);
    for (const torn of ['{"kind":"batch","id":"Z0EXAMPLE","ch', '{"kind":"ba\n', "\u0000\u0000\u0000"]) {
      await writeFile(file, whole);
      await appendFile(file, torn);
      const zones = await createZones({ file });
      expect(names(zones)).toEqual(["whole.example.com"]);
      await zones.change(zoneId, [{ action: "CREATE", record: record("next", '"1"') }]);
      await zones.close();
      const again = await createZones({ file });
      expect(names(again)).toEqual(["whole.example.com", "next.example.com"]);
      await again.close();
    }
  });

  it.each([
    ["a damaged line in the middle", 'nonsense\n{"kind":"gone","id":"Z1"}\n', "damaged in line 1"],
    ["another file", '{"some":"thing"}\n', "is not a journal of hosted zones"],
  ])("refuse %s", async (_, content, sentence) => {
    const file = await journal();
    await writeFile(file, content);
    const opened = createZones({ file });
    await expect(opened).rejects.toBeInstanceOf(UserError);
    await expect(opened).rejects.toThrow(sentence);
    // The lock was let go.
    await expect(createZones({ file })).rejects.toThrow(sentence);
  });

  it("are written anew when the journal is mostly history", async () => {
    const file = await journal();
    const zones = await createZones({ file });
    await zones.create({ name: "example.com", id: zoneId });
    const line = JSON.stringify({
      kind: "batch",
      id: zoneId,
      change: "C1",
      submittedMs: 1,
      deleted: [],
      put: [record("a", '"1"')],
    });
    await zones.close();
    await appendFile(file, `${line}\n`.repeat(5100));
    const long = await open(file);
    expect((await stat(file)).size).toBeGreaterThan(500_000);
    await long.change(zoneId, [{ action: "CREATE", record: record("b", '"1"') }]);
    expect((await stat(file)).size).toBeLessThan(2000);
    await long.change(zoneId, [{ action: "CREATE", record: record("c", '"1"') }]);
    await long.close();
    expect(names(await open(file))).toEqual(["a.example.com", "b.example.com", "c.example.com"]);
  });

  it("after a kill -9 hold every acknowledged batch, and none by half; the lock of the dead is nobody's", async () => {
    const file = await journal();
    const url = (path: string): string =>
      JSON.stringify(new URL(`../../local/embedded/route53/${path}`, import.meta.url).href);
    const script = `import { createZones } from ${url("zones.ts")}; import { serveRoute53 } from ${url("endpoint.ts")};
      const zones = await createZones({ file: ${JSON.stringify(file)} });
      await zones.create({ name: "example.com", id: "${zoneId}" });
      console.log((await serveRoute53(zones, { pace: { burst: 1e6, perS: 1e6 }, changeMs: 0 })).url);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const [address] = await once(createInterface(child.stdout), "line");
    const client = clientOf(String(address));
    let acknowledged = -1;
    const writer = async (): Promise<never> => {
      for (let at = 0; ; at += 1) {
        const Changes = ["left", "right"].map((side) => change("CREATE", { Name: `${side}${at}.example.com` }));
        await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
        acknowledged = at;
        if (at === 60) child.kill("SIGKILL");
      }
    };
    await expect(writer()).rejects.toThrow(/ECONN|hang up/);
    // Its connections end before it does, and the lock is a socket as well.
    await ended;
    expect(acknowledged).toBeGreaterThanOrEqual(60);
    const { zones } = await startRoute53({ open: { file } });
    const { sets } = zones.get(zoneId);
    const halves = (at: number): boolean[] => ["left", "right"].map((side) => sets.has(`${side}${at}.example.com A `));
    for (let at = 0; at <= acknowledged; at += 1) expect(halves(at)).toEqual([true, true]);
    expect(new Set(halves(acknowledged + 1)).size).toBe(1);
  });
});
