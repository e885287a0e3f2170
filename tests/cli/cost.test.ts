import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { main } from "../../cli/main.ts";
import { PRICES_DATE } from "../../cli/prices.ts";

type Bill = { parts: { name: string; dollars: number }[]; total: number; route53: number; pricesOf: string };

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const io = {
    out: (text: string) => void (said.out += `${text}\n`),
    err: (text: string) => void (said.err += `${text}\n`),
  };
  return { code: await main(["cost", ...words], io), ...said };
}

async function bill(...words: string[]): Promise<Bill> {
  const { code, out, err } = await run(...words, "--json");
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out);
}

const part = ({ parts }: Bill, name: string): number => parts.find((one) => one.name === name)?.dollars ?? Number.NaN;

describe("lifeboat cost", () => {
  it("stays under $6 and alarms for ten boxes with four checks at 10 s from three regions, where Route 53 asks $115", async () => {
    const ten = await bill("--boxes", "10", "--interval", "10");
    expect(ten.total - part(ten, "alarms")).toBeLessThan(6);
    expect(ten.route53).toBe(115);
    expect(ten.pricesOf).toBe(PRICES_DATE);
  });

  it("names every part, and adds them up", async () => {
    const two = await bill("--boxes", "2");
    expect(two.parts.map(({ name }) => name)).toEqual([
      "probe",
      "planning",
      "reconcile",
      "Scheduler",
      "SQS",
      "table: writes",
      "table: reads",
      "history",
      "replication",
      "egress",
      "logs",
      "alarms",
    ]);
    for (const { name, dollars } of two.parts) expect([name, dollars > 0]).toEqual([name, true]);
    expect(two.total).toBeCloseTo(
      two.parts.reduce((sum, { dollars }) => sum + dollars, 0),
      9,
    );
  });

  it.each([
    // Two boxes: 8 checks at $0.75 and 2 calculated ones at $0.50.
    [["--boxes", "2"], 7],
    [["--boxes", "2", "--interval", "10"], 23],
    [["--boxes", "1", "--checks", "1", "--interval", "60"], 1.25],
  ])("Route 53's own checks for %j cost $%d", async (words, wanted) =>
    expect((await bill(...words)).route53).toBe(wanted),
  );

  it("grows with what is asked: egress by the boxes, alarms by the regions, slots by the interval", async () => {
    const [base, boxes, regions, often] = await Promise.all([
      bill("--boxes", "50"),
      bill("--boxes", "100"),
      bill("--boxes", "50", "--regions", "5"),
      bill("--boxes", "50", "--interval", "10"),
    ]);
    expect(part(boxes, "egress") / part(base, "egress")).toBeCloseTo(2, 9);
    expect(part(regions, "alarms") / part(base, "alarms")).toBeCloseTo(5 / 3, 9);
    expect(part(often, "egress") / part(base, "egress")).toBeCloseTo(3, 9);
    expect(part(often, "Scheduler")).toBe(part(base, "Scheduler"));
  });

  it("reads the configuration, and counts a string to be found and HTTPS as Route 53 would", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lifeboat-cost-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "lifeboat.config.mjs");
    const config = {
      owner: "o",
      home: "eu-west-1",
      regions: ["eu-west-1", "us-east-1", "eu-central-1"],
      checks: {
        page: { protocol: "http", contains: "ok" },
        shop: { protocol: "https", host: "lb.example.com" },
      },
      islands: { i: {} },
      pools: [
        {
          id: "p",
          names: ["lb.example.com"],
          checks: ["page", "shop"],
          loadBalancers: [{ id: "b", island: "i", address: "192.0.2.1" }],
        },
      ],
    };
    await writeFile(file, `export default ${JSON.stringify(config)};\n`);
    // Two checks, one with a string, one with HTTPS, one calculated.
    expect((await bill("--config", file)).route53).toBe(2 * 0.75 + 2 * 2 + 0.5);
    const { out } = await run("--config", file);
    expect(out).toContain("1 load balancer, 2 checks every 30 s from 3 regions");
    expect(out).toContain("Route 53's own checks for the same work: $6.00");
  });

  it.each([
    [["--boxes", "0"], "--boxes 0 is not a whole number from 1 to 10000"],
    [["--boxes", "ten"], "--boxes ten is not a whole number"],
    [["--regions", "3"], "say --boxes N too"],
    [["--boxes", "5", "--config", "nowhere.ts"], "give it or --config"],
    [["--boxes", "1", "--interval", "7"], "intervalS"],
    [["--config", "nowhere.ts"], "there is no file"],
  ])("%j is refused", async (words, wanted) => {
    const { code, err } = await run(...words);
    expect(code).toBe(1);
    expect(err).toContain(wanted);
  });
});
