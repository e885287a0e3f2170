import { parseArgs } from "node:util";
import { UserError } from "../shared/model/errors.ts";
import type { Command, Io } from "./command.ts";
import { operate, reachFlags, reachOptions, reachUsage, shellWord } from "./reach.ts";
import { safe } from "./table.ts";
import { lengthMs } from "./until.ts";

/** As failover takes them. */
const STEPS_MAX = 20;

const moveOptions = {
  from: { type: "string" },
  to: { type: "string" },
  percent: { type: "string" },
  every: { type: "string" },
  checksum: { type: "string" },
} as const;

const options = {
  ...reachOptions,
  ...moveOptions,
  pool: { type: "string" },
  back: { type: "boolean", default: false },
  why: { type: "string", default: "" },
} as const;

type Values = ReturnType<typeof parse>;

/** Moves a pool: without a checksum it is only shown, with the commands that do it and that go back. */
export const cutoverCommand: Command = {
  name: "cutover",
  summary: "moves a pool from some load balancers to others, by weights in steps; --back goes back at once",
  usage: `--pool ID (--from A,B --to C,D [--percent 10,50] [--every 10m] [--checksum SUM] | --back) [--why TEXT] ${reachUsage}`,
  run: async (args, io) => moveOver(parse(args), io),
};

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options }).values;
}

async function moveOver(values: Values, io: Io): Promise<number> {
  const { pool, from = "", to = "", percent = "10,50", every = "10m", back, checksum, why } = values;
  if (pool === undefined || pool === "") throw new UserError("cutover: name the pool with --pool.");
  const beside = Object.keys(moveOptions).filter((name) => Object.hasOwn(values, name));
  if (back && beside.length > 0)
    throw new UserError(
      `--back: takes no ${beside.map((name) => `--${name}`).join(" or ")}; it ends the move that was ordered.`,
    );
  const steps = { from: listOf(from), to: listOf(to), percent: percentsOf(percent), everyS: secondsOf(every) };
  const reviewed = checksum === undefined ? {} : { checksum };
  const outcome = await operate({ do: "cutover", pool, ...steps, back, why, ...reviewed }, values);
  io.out(safe(outcome.text));
  if (outcome.ok && !back && checksum === undefined)
    io.out(safe(`\n${commandsOf({ ...values, percent, every }, outcome.checksum ?? "")}`));
  return outcome.ok ? 0 : 1;
}

/** The commands that do what was reviewed, and that go back: as they were given, to the same service. */
function commandsOf(values: Values, checksum: string): string {
  const told = (names: readonly (keyof Values)[]): string =>
    names
      .flatMap((name) => {
        const value = values[name];
        if (value === undefined || value === false || value === "") return [];
        return value === true ? [` --${name}`] : [` --${name} ${shellWord(value)}`];
      })
      .join("");
  const move = told(["pool", "from", "to", "percent", "every", "why"]);
  return [
    `checksum ${checksum}`,
    "Nothing was ordered. To do exactly this:",
    `  npx lifeboat cutover${move} --checksum ${checksum}${reachFlags(values)}`,
    "To go back, at any time after that:",
    `  npx lifeboat cutover${told(["pool"])} --back${reachFlags(values)}`,
  ].join("\n");
}

function percentsOf(text: string): number[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.some((word) => !/^[1-9]\d?$/.test(word)))
    throw new UserError(
      `--percent: '${text}' is no list of whole numbers from 1 to 99, such as 10,50; 100 follows by itself.`,
    );
  const percents = words.map(Number);
  if (percents.length > STEPS_MAX)
    throw new UserError(`--percent: ${percents.length} steps are too many; ${STEPS_MAX} are the most.`);
  if (percents.some((one, at) => at > 0 && one <= (percents[at - 1] ?? 0)))
    throw new UserError(`--percent: must rise from step to step, such as 10,50: '${text}'.`);
  return percents;
}

function secondsOf(text: string): number {
  const ms = lengthMs(text);
  if (ms !== undefined && ms >= 60_000) return ms / 1000;
  throw new UserError(`--every: '${text}' is no length of a minute or more, such as 10m or 2h.`);
}

function listOf(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
