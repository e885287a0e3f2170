import { parseArgs } from "node:util";
import { loadConfig } from "../shared/runtime/load-config.ts";
import { count } from "../shared/model/count.ts";
import { UserError } from "../shared/model/errors.ts";
import type { Resolved } from "../shared/model/resolved.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { billOf, route53Bill, totalOf } from "./bill.ts";
import type { Command } from "./command.ts";
import { PRICES_DATE } from "./prices.ts";
import { jsonOf, tableOf } from "./table.ts";

const CONFIG = "lifeboat.config.ts";
const REGIONS = [
  "eu-west-1",
  "us-east-1",
  "ap-southeast-2",
  "eu-central-1",
  "us-west-2",
  "ap-northeast-1",
  "sa-east-1",
];
const BOXES_MAX = 10_000;

/** `lifeboat cost`: what the configuration, or so many boxes, would cost a month. */
export const costCommand: Command = {
  name: "cost",
  summary: "what a month costs, part by part, beside Route 53's own checks",
  usage: "[--config FILE | --boxes N [--checks N] [--regions N]] [--interval S] [--json]",
  run: async (args, io) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: "string" },
        boxes: { type: "string" },
        checks: { type: "string" },
        interval: { type: "string" },
        regions: { type: "string" },
        json: { type: "boolean" },
      },
    });
    if (values.boxes !== undefined && values.config !== undefined)
      throw new UserError("cost: --boxes describes boxes that are not in the configuration; give it or --config");
    const intervalS = whole("interval", values.interval, 60);
    const boxes = whole("boxes", values.boxes, BOXES_MAX);
    if (boxes === undefined && (values.checks ?? values.regions) !== undefined)
      throw new UserError(
        "cost: --checks and --regions describe boxes that are not in the configuration; say --boxes N too",
      );
    const input =
      boxes === undefined
        ? await loadConfig(values.config ?? CONFIG, intervalS)
        : madeUp(
            boxes,
            whole("checks", values.checks, 6) ?? 4,
            whole("regions", values.regions, REGIONS.length) ?? 3,
            intervalS,
          );
    const { resolved } = resolveConfig(input, { cfg: 0, zones: () => ({ zoneId: "Z" }), examples: true });
    const parts = billOf(resolved);
    const route53 = route53Bill(resolved);
    if (values.json) io.out(jsonOf({ pricesOf: PRICES_DATE, parts, total: totalOf(parts), route53 }));
    else for (const line of lines(resolved, parts, route53)) io.out(line);
    return 0;
  },
};

function lines(resolved: Resolved, parts: ReturnType<typeof billOf>, route53: number): string[] {
  const { boxes, regions, intervalS } = resolved;
  const checks = Object.values(boxes).reduce((total, box) => total + box.checks.length, 0);
  const alarms = parts.filter(({ name }) => name === "alarms");
  const running = totalOf(parts) - totalOf(alarms);
  const rows = parts.map(({ name, dollars, because }) => [name, dollars.toFixed(2).padStart(8), because]);
  return [
    `${count(Object.keys(boxes).length, "load balancer")}, ${count(checks, "check")} every ${intervalS} s from ${count(regions.length, "region")}, a month of 730 hours:`,
    "",
    ...tableOf(["part", "US$", "because"], rows),
    "",
    `Lifeboat: $${totalOf(parts).toFixed(2)} ($${running.toFixed(2)}, and alarms). Route 53's own checks for the same work: $${route53.toFixed(2)}.`,
    `List prices of us-east-1 of ${PRICES_DATE}, no free tier subtracted; messages, SMS, requests to the API and the hosted zone come on top.`,
  ];
}

function whole(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new UserError(`cost: --${option} ${text} is not a whole number from 1 to ${most}`);
}

/** Boxes as most people have them: a page over HTTP, and some ports. */
function madeUp(boxes: number, checks: number, regions: number, intervalS = 30): unknown {
  const ports = [443, 25, 110, 143, 993].slice(0, checks - 1);
  const named = [
    ["page", { protocol: "http", host: "lb.example.com", timeoutMs: Math.min(2500, intervalS * 900) }],
    ...ports.map((port) => [`port${port}`, { protocol: "tcp", port, timeoutMs: Math.min(2500, intervalS * 900) }]),
  ];
  const pools = Array.from({ length: Math.ceil(boxes / 100) }, (_, at) => ({
    id: `pool${at}`,
    names: [`lb${at}.example.com`],
    checks: named.map(([name]) => name),
    loadBalancers: Array.from({ length: Math.min(100, boxes - at * 100) }, (_box, index) => {
      const number = at * 100 + index;
      return { id: `box${number}`, island: "here", address: `11.0.${Math.floor(number / 250)}.${number % 250}` };
    }),
  }));
  const names = REGIONS.slice(0, regions);
  return {
    owner: "cost",
    home: names[0],
    regions: names,
    intervalS,
    checks: Object.fromEntries(named),
    islands: { here: {} },
    pools,
  };
}
