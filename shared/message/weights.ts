// A change of the zone's weights, as people read it. Pure; needs model.
import type { Message, Moved, WeightsEvent } from "../model/event.ts";
import type { Pool, Resolved } from "../model/resolved.ts";
import { clean, cleanLines, lookAgain, subjectOf } from "./text.ts";
import { formatDuration, formatUtc } from "./time.ts";

/** Evidence is printed for this many load balancers: SNS takes 256 KB, a tired person less. */
const SHOWN = 10;

/** What happened to a load balancer's share of the answers. */
type Turn = "out" | "back" | "changed";

/**
 * A weights event as a message: a subject of at most 100 ASCII characters and a body that says what happened, on what
 * evidence, what was done, what is served now and how to undo it. What servers said is cleaned of control characters.
 *
 * | open | moved                        | subject after "lifeboat: "                                             |
 * | ---- | ---------------------------- | ---------------------------------------------------------------------- |
 * | yes  | any                          | lb.example.com fails open: nothing looks alive, all is served          |
 * | no   | any, and all weights are 0   | lb.example.com has weights of 0 only: Route 53 answers all that is left |
 * | no   | one to 0                     | north/lb1 is out of lb.example.com (web timeout; 2 of 3 regions)       |
 * | no   | one from 0                   | north/lb1 is back in lb.example.com (after 4 min 10 s)                 |
 * | no   | one from 1 to 2              | north/lb1 has weight 2 in lb.example.com (was 1)                       |
 * | no   | several to 0, all of an island | island north is out of lb.example.com (web timeout; 2 of 3 regions)  |
 * | no   | several to 0                 | 2 load balancers are out of lb.example.com (north/lb1, south/lb3)      |
 * | no   | several from 0               | 2 load balancers are back in lb.example.com (north/lb1, south/lb3)     |
 * | no   | several, otherwise           | lb.example.com has changed (out: north/lb1; back: south/lb3)           |
 */
export function weightsMessage(event: WeightsEvent, config: Resolved): Message {
  const pool = config.pools.find(({ id }) => id === event.pool);
  const sections = [
    what(event, config),
    evidence(event.moved, config),
    done(event, pool),
    served(event, config),
    undo(event, config, pool),
    notes(event.notes),
    `Event ${event.id}. ${lookAgain(event.moved.length === 1 ? event.moved[0]?.box : undefined)}`,
  ];
  const body = sections.filter((section) => section !== "").join("\n\n");
  return { subject: subject(event, config), body: `${body}\n`, attributes: attributes(event) };
}

function turnOf({ before, after }: Moved): Turn {
  if (after === 0) return "out";
  return before === 0 ? "back" : "changed";
}

function site({ island, box }: { island: string; box: string }): string {
  return `${island}/${box}`;
}

function subject(event: WeightsEvent, config: Resolved): string {
  const { moved, name, open } = event;
  if (open) return subjectOf(`${name} fails open: nothing looks alive, all is served`);
  const [first, ...others] = moved;
  if (!first) return subjectOf(`${name} is as it was`);
  if (isAllIdle(event)) return subjectOf(`${name} has weights of 0 only: Route 53 answers all that is left`);
  if (others.length === 0) return one(first, name, config);
  const turns = new Set(moved.map(turnOf));
  const sites = moved.map(site).join(", ");
  if (turns.size === 1 && turns.has("out")) {
    return wholeIsland(event, config)
      ? subjectOf(`island ${first.island} is out of ${name}`, cause(first, config))
      : subjectOf(`${moved.length} load balancers are out of ${name}`, sites);
  }
  if (turns.size === 1 && turns.has("back"))
    return subjectOf(`${moved.length} load balancers are back in ${name}`, sites);
  const parts = (["out", "back", "changed"] as const).flatMap((turn) => {
    const list = moved.filter((one) => turnOf(one) === turn).map(site);
    return list.length > 0 ? [`${turn}: ${list.join(", ")}`] : [];
  });
  return subjectOf(`${name} has changed`, parts.join("; "));
}

function one(moved: Moved, name: string, config: Resolved): string {
  switch (turnOf(moved)) {
    case "out":
      return subjectOf(`${site(moved)} is out of ${name}`, cause(moved, config));
    case "back":
      return subjectOf(`${site(moved)} is back in ${name}`, outFor(moved));
    case "changed":
      return subjectOf(`${site(moved)} has weight ${moved.after} in ${name}`, `was ${moved.before}`);
  }
}

function outFor({ outS }: Moved): string {
  return outS === undefined ? "" : `after ${formatDuration(outS)}`;
}

/** Whether all that moved is on one island, and nothing of the pool there serves any more. */
function wholeIsland({ moved, weights }: WeightsEvent, config: Resolved): boolean {
  const islands = new Set(moved.map(({ island }) => island));
  const there = Object.keys(weights).filter((box) => islands.has(config.boxes[box]?.island ?? ""));
  return islands.size === 1 && there.every((box) => weights[box] === 0);
}

/** Orders that left nothing to serve, or a pool of nothing but standbys: its clients still get an answer. */
function isAllIdle({ weights }: WeightsEvent): boolean {
  const all = Object.values(weights);
  return all.length > 0 && all.every((weight) => weight === 0);
}

/** Whether a person, a cut-over or the rule of standbys gave the weight, whatever the checks say. */
function isMeant(moved: Moved): boolean {
  return isOrdered(moved) || moved.rule?.kind === "cutover" || moved.rule?.kind === "standby";
}

/**
 * Why it is out: `web timeout; 2 of 3 regions`, or the sentence of the rule that spoke.
 *
 * | its weight is meant | a voting check that a quorum saw down | cause                            |
 * | ------------------- | ------------------------------------- | -------------------------------- |
 * | yes                 | any                                   | the rule's sentence              |
 * | no                  | yes                                   | the one that most regions saw so |
 * | no                  | no                                    | the rule's sentence              |
 */
function cause(moved: Moved, config: Resolved): string {
  const { evidence, because } = moved;
  if (isMeant(moved)) return clean(because);
  const down = evidence.filter(({ kind, check }) => kind === "down" && config.checks[check]?.check.votes !== false);
  const checks = [...new Set(down.map(({ check }) => check))].map((check) => {
    const seen = down.filter((one) => one.check === check);
    return { check, regions: new Set(seen.map(({ region }) => region)).size, reason: seen[0]?.reason };
  });
  const worst = checks.toSorted((a, b) => b.regions - a.regions)[0];
  if (!worst || worst.regions < config.quorum) return clean(because);
  return `${worst.check}${worst.reason ? ` ${worst.reason}` : ""}; ${worst.regions} of ${config.regions.length} regions`;
}

function what(event: WeightsEvent, { owner }: Resolved): string {
  const { moved, name, atMs, region, open } = event;
  const lines = moved.map((one) => {
    const where = `${site(one)} (${one.address}${one.setIdentifier === one.box ? "" : `, '${clean(one.setIdentifier)}'`})`;
    const because = clean(one.because);
    const why = because === "" ? "." : `: ${because}`;
    switch (turnOf(one)) {
      case "out":
        return [`${where} is out of ${name}${why}`, ...changed(one)].join("\n");
      case "back":
        return `${where} is back in ${name}${one.outS === undefined ? "" : ` ${outFor(one)}`}${why}`;
      case "changed":
        return `${where} has weight ${one.after} in ${name}, before ${one.before}${why}`;
    }
  });
  const opened = open
    ? [
        `Nothing of ${name} looks alive, so all of it is served: an answer that may work is better than none. This needs a person.`,
      ]
    : isAllIdle(event)
      ? [
          `Every weight of ${name} is 0 now, and Route 53 then answers every record that is left, alike: clients still get what was to leave.`,
        ]
      : [];
  return [...opened, ...lines, `${formatUtc(atMs)}, decided in ${region}, deployment '${owner}'.`].join("\n");
}

/** The likeliest cause of all, where there was one: what somebody had just changed. */
function changed({ change = [] }: Moved): string[] {
  return change.length === 0
    ? []
    : ["  Its configuration was changed just before:", ...change.map((line) => `    ${clean(line)}`)];
}

function evidence(moved: readonly Moved[], { regions }: Resolved): string {
  const shown = moved.slice(0, SHOWN).flatMap((one) => {
    if (one.evidence.length === 0) return [];
    const width = Math.max(...one.evidence.map(({ check }) => check.length));
    const regionWidth = Math.max(...regions.map((region) => region.length));
    const lines = one.evidence.map(({ region, check, kind, detail }) =>
      `  ${check.padEnd(width)}  ${region.padEnd(regionWidth)}  ${kind.padEnd(7)}  ${clean(detail)}`.trimEnd(),
    );
    return [`${site(one)}:`, ...lines];
  });
  if (shown.length === 0) return "";
  const more = moved.length > SHOWN ? [`… and ${moved.length - SHOWN} more.`] : [];
  return ["What the regions saw:", ...shown, ...more].join("\n");
}

/** In mode delete who is at 0 has no record, unless nobody serves: then what is left stays. */
function done(event: WeightsEvent, pool: Pool | undefined): string {
  const { name, moved, epoch } = event;
  const others = (pool?.names ?? []).map((one) => one.name).filter((other) => other !== name);
  const lines = moved.map((one) => {
    const gone = one.after === 0 && pool?.withdraw === "delete" && !isAllIdle(event);
    return `  ${site(one)}: ${gone ? "its record was deleted" : `weight ${one.before} -> ${one.after}`}`;
  });
  const follow = others.length > 0 ? [`The same follows for ${others.join(", ")}.`] : [];
  const ttl = pool ? [`Clients may keep the answer that they have for ${pool.ttlS} s (its TTL).`] : [];
  return [`What was done in Route 53 for ${name} (epoch ${epoch}):`, ...lines, ...follow, ...ttl].join("\n");
}

/** Route 53 answers by weight over sum; when all weights are 0, all are answered alike (developer guide, weighted records). */
function served({ name, weights }: WeightsEvent, config: Resolved): string {
  const entries = Object.entries(weights);
  const sum = entries.reduce((total, [, weight]) => total + weight, 0);
  const width = Math.max(0, ...entries.map(([box]) => site({ box, island: config.boxes[box]?.island ?? "?" }).length));
  const lines = entries.map(([box, weight]) => {
    const where = site({ box, island: config.boxes[box]?.island ?? "?" });
    const share = sum === 0 ? "" : `, ${Number(((100 * weight) / sum).toFixed(1))} % of the answers`;
    return `  ${where.padEnd(width)}  ${config.boxes[box]?.address ?? ""}  weight ${weight}${share}`;
  });
  return [`What ${name} answers now:`, ...lines].join("\n");
}

/**
 * How each that went out, or that an operator set to a weight, comes back under the rules. Those with the same way share it.
 *
 * | rule                             | the way                                                            |
 * | -------------------------------- | ------------------------------------------------------------------ |
 * | drained, pinned, hold            | `lifeboat clear`, or by itself when the order ends                 |
 * | cutover                          | `lifeboat cutover --back`                                          |
 * | standby                          | by itself, when no regular one serves                              |
 * | damped                           | by the restore rule, not before the bar ends                       |
 * | none or another; restore: manual | `lifeboat clear`, once it is up                                    |
 * | none or another                  | by the restore rule                                                |
 */
function undo({ moved }: WeightsEvent, { quorum }: Resolved, pool: Pool | undefined): string {
  const concerned = moved.filter((one) => turnOf(one) === "out" || isOrdered(one));
  if (!pool || concerned.length === 0) return "";
  const byWay = Map.groupBy(concerned, (one) => wayBack(one, quorum, pool).join("\n"));
  const shown = [...byWay].slice(0, SHOWN).flatMap(([way, ones]) => {
    const lines = way.split("\n").map((line) => `  ${line}`);
    return byWay.size === 1
      ? lines
      : [
          `  ${ones.slice(0, SHOWN).map(site).join(", ")}${ones.length > SHOWN ? ", …" : ""}:`,
          ...lines.map((line) => `  ${line}`),
        ];
  });
  const more = byWay.size > SHOWN ? ["  `npx lifeboat explain` shows the others."] : [];
  return ["How it comes back:", ...shown, ...more].join("\n");
}

function isOrdered({ rule }: Moved): boolean {
  return rule?.kind === "drained" || rule?.kind === "pinned" || rule?.kind === "hold";
}

function wayBack(moved: Moved, quorum: number, pool: Pool): string[] {
  const { rule } = moved;
  const clear = `\`npx lifeboat clear ${clean(moved.box)}\``;
  const end = rule?.untilS === undefined ? undefined : formatUtc(rule.untilS * 1000);
  if (isOrdered(moved)) {
    return [
      end === undefined
        ? `Not by itself: an order outranks the checks. ${clear} puts it under the rules again.`
        : `By itself at ${end}, when the order ends and the rules count again; before that with ${clear}.`,
    ];
  }
  if (rule?.kind === "cutover") {
    const back = `\`npx lifeboat cutover --pool ${clean(pool.id)} --back\``;
    return [`With ${back}, which ends the cut-over; by itself only where the floor needs it.`];
  }
  if (rule?.kind === "standby") return ["By itself: it stands by, and serves as soon as no regular one does."];
  const { afterS, successes, mode } = pool.restore;
  const regions = quorum === 1 ? "one region has" : `${quorum} regions have`;
  const risen = `once ${regions} seen it up for ${formatDuration(afterS)} and ${successes} times in a row each`;
  const barred = rule?.kind === "damped" && end !== undefined;
  const notBefore = barred ? `, and not before ${end}, because it left too often (unless the floor needs it)` : "";
  return [
    mode === "manual"
      ? `Not by itself, unless the floor needs it: its pool restores by hand. ${clear} puts it back, ${risen}${notBefore}.`
      : `By itself, ${risen}${notBefore}.`,
    "If it is well and the check is wrong: correct the check in lifeboat.config.ts, or give it `votes: false`, and deploy.",
  ];
}

function notes(list: readonly string[]): string {
  const lines = list.flatMap(cleanLines);
  return lines.length === 0 ? "" : ["From the runbook:", ...lines.map((line) => `  ${line}`)].join("\n");
}

/** To filter a subscription by. SNS wants no empty value. */
function attributes(event: WeightsEvent): Record<string, string> {
  const { moved, pool, name, open } = event;
  const turns = new Set(moved.map(turnOf));
  const turn = turns.size === 1 ? [...turns].join("") : "changed";
  const islands = [...new Set(moved.map(({ island }) => island))];
  const boxes = moved.map(({ box }) => box);
  return {
    type: "weights",
    change: open ? "fail-open" : turn,
    page: String(
      open || (moved.length > 0 && isAllIdle(event)) || moved.some((one) => turnOf(one) === "out" && !isMeant(one)),
    ),
    pool,
    name,
    ...(islands.length === 1 ? { island: islands.join("") } : {}),
    ...(boxes.length === 1 ? { box: boxes.join("") } : {}),
  };
}
