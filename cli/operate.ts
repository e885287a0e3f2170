import { parseArgs } from "node:util";
import { UserError } from "../shared/model/errors.ts";
import type { Command as Ordered, OperateOutcome } from "../shared/model/operate.ts";
import type { Command, Io } from "./command.ts";
import { cutoverCommand } from "./cutover.ts";
import { operate, reachFlags, reachOptions, reachUsage, shellWord } from "./reach.ts";
import { safe } from "./table.ts";
import { untilMs } from "./until.ts";

type What = "apply" | "adopt" | "release";

const proposalOptions = {
  ...reachOptions,
  name: { type: "string", multiple: true },
  checksum: { type: "string" },
  simple: { type: "boolean" },
} as const;

const orderOptions = {
  ...reachOptions,
  why: { type: "string" },
  until: { type: "string" },
  weight: { type: "string" },
} as const;

/** Commands by which operators review, order and stop what failover does. */
export const operateCommands: readonly Command[] = [
  {
    name: "plan",
    summary: "what would be written, refused and worth a look; writes nothing",
    usage: `[adopt|release [--simple]] [--name NAME]… ${reachUsage}`,
    run: async (args, io) => {
      const { values, positionals } = parseArgs({ args: [...args], options: proposalOptions, allowPositionals: true });
      const what = whatOf(positionals);
      if (values.checksum !== undefined)
        throw new UserError(
          `plan: it only shows; --checksum goes with lifeboat ${what}, which does what was reviewed.`,
        );
      judgeSimple("plan", what, values);
      return review(what, values, io);
    },
  },
  proposal("apply", "deletes records that are no longer configured, exactly as reviewed"),
  proposal("adopt", "takes over the records that stand at the configured names, in one batch a name"),
  proposal("release", "gives names back as adopt found them, or with --simple as one record"),
  order("drain", "takes a load balancer out of DNS until it is cleared"),
  order("pin", "serves a load balancer with a weight, whatever the checks say (--weight N; default: as configured)"),
  order("hold", "leaves a load balancer's weight as it is now"),
  order("clear", "ends a drain, pin or hold, and puts back what waits for a hand"),
  cutoverCommand,
  freezing("freeze", true, "stops every change of DNS: no batch of Lifeboat's can win until thaw"),
  freezing("thaw", false, "ends a freeze"),
  {
    name: "explain",
    summary: "why DNS serves what it serves: weights, rules, and what each region says",
    usage: `[BOX] ${reachUsage}`,
    run: async (args, io) => {
      const { values, positionals } = parseArgs({ args: [...args], options: reachOptions, allowPositionals: true });
      const [box, ...more] = positionals;
      if (more.length > 0)
        throw new UserError(
          `explain: '${more.join(" ")}' is too much after '${box}': one load balancer, or none for all.`,
        );
      return print(await operate({ do: "explain", ...(box === undefined ? {} : { box }) }, values), io);
    },
  },
];

function proposal(what: What, summary: string): Command {
  return {
    name: what,
    summary,
    usage: `[--checksum SUM] [--name NAME]…${what === "release" ? " [--simple]" : ""} ${reachUsage}`,
    run: async (args, io) => {
      const { values } = parseArgs({ args: [...args], options: proposalOptions });
      const { checksum, name, simple } = values;
      judgeSimple(what, what, values);
      if (checksum === undefined) return review(what, values, io);
      const asked = { what, ...(name ? { names: name } : {}), ...(simple ? { simple } : {}) };
      return print(await operate({ do: "carry-out", ...asked, checksum }, values), io);
    },
  };
}

function judgeSimple(command: string, what: What, { simple }: { simple?: boolean }): void {
  if (simple && what !== "release")
    throw new UserError(`${command}: --simple goes with release, which gives a name back as one record.`);
}

async function review(
  what: What,
  values: { name?: string[]; simple?: boolean } & Parameters<typeof operate>[1],
  io: Io,
): Promise<number> {
  const { name, simple } = values;
  const asked = { what, ...(name ? { names: name } : {}), ...(simple ? { simple } : {}) };
  const outcome = await operate({ do: "plan", ...asked }, values);
  const code = print(outcome, io);
  if (outcome.idle) io.out(`\nThere is nothing that \`npx lifeboat ${what}\` would write.`);
  else if (outcome.checksum !== undefined) {
    const names = (name ?? []).map((one) => ` --name ${shellWord(one)}`).join("");
    const flags = `${names}${simple ? " --simple" : ""} --checksum ${outcome.checksum}${reachFlags(values)}`;
    io.out(`\nchecksum ${outcome.checksum}\nNothing was written. To do exactly this: npx lifeboat ${what}${flags}`);
  }
  return code;
}

function order(kind: Extract<Ordered, { do: "intent" }>["order"], summary: string): Command {
  const needsWhy = kind !== "clear";
  return {
    name: kind,
    summary,
    usage: `BOX ${needsWhy ? "--why TEXT" : "[--why TEXT]"}${kind === "clear" ? "" : " [--until 2h|2026-12-24T18:00Z]"}${kind === "pin" ? " [--weight N]" : ""} ${reachUsage}`,
    run: async (args, io) => {
      const { values, positionals } = parseArgs({ args: [...args], options: orderOptions, allowPositionals: true });
      const [box, ...more] = positionals;
      if (box === undefined) throw new UserError(`${kind}: name one load balancer by its id.`);
      if (more.length > 0)
        throw new UserError(
          `${kind}: '${more.join(" ")}' is too much after '${box}': one load balancer at a time, and the rest by flags (lifeboat ${kind} --help).`,
        );
      const { why = "", until, weight } = values;
      if (needsWhy && why === "")
        throw new UserError(`${kind}: say why with --why "…"; it stands in every message about ${box}.`);
      if (kind === "clear" && until !== undefined)
        throw new UserError(
          "clear: --until goes with drain, pin and hold; what is cleared is under the rules from now on.",
        );
      const end = until === undefined ? {} : { untilMs: untilMs(until, Date.now()) };
      const served = weight === undefined ? {} : { weight: weightOf(kind, weight) };
      return print(await operate({ do: "intent", box, order: kind, why, ...end, ...served }, values), io);
    },
  };
}

function freezing(name: string, on: boolean, summary: string): Command {
  return {
    name,
    summary,
    usage: `[--why TEXT] ${reachUsage}`,
    run: async (args, io) => {
      const { values } = parseArgs({ args: [...args], options: { ...reachOptions, why: { type: "string" } } });
      // Nobody is kept from stopping it for want of words.
      return print(await operate({ do: "freeze", on, why: values.why ?? "no reason given" }, values), io);
    },
  };
}

function whatOf(words: readonly string[]): What {
  const [word = "apply", ...more] = words;
  if (more.length === 0 && (word === "apply" || word === "adopt" || word === "release")) return word;
  throw new UserError(
    `plan: '${words.join(" ")}' cannot be planned; there are apply (the default), adopt and release.`,
  );
}

function weightOf(kind: string, text: string): number {
  if (kind !== "pin") throw new UserError(`${kind}: --weight goes with pin.`);
  const weight = Number(text);
  if (/^\d+$/.test(text) && weight <= 255) return weight;
  throw new UserError(`--weight: '${text}' is not a whole number from 0 to 255.`);
}

function print({ ok, text }: OperateOutcome, io: Io): number {
  io.out(safe(text));
  return ok ? 0 : 1;
}
