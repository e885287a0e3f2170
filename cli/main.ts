import { UserError } from "../shared/model/errors.ts";
import { didYouMean } from "../shared/resolve/suggest.ts";
import type { Command, Io } from "./command.ts";
import { costCommand } from "./cost.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { operateCommands } from "./operate.ts";
import { statusCommand } from "./status.ts";
import { snapshotCommands } from "./snapshot.ts";
import { safe } from "./table.ts";
import { tokenCommands } from "./token.ts";
import { zenCommands } from "./zen.ts";

/** Every command there is; the longest name that fits the words wins. */
export const commands: readonly Command[] = [
  statusCommand,
  doctorCommand,
  costCommand,
  importCommand,
  ...operateCommands,
  ...zenCommands,
  ...snapshotCommands,
  ...tokenCommands,
];

/** Runs one command line; resolves to the exit code. What the user can mend is one message without a stack. */
export async function main(words: readonly string[], io: Io): Promise<number> {
  if (words[0] === "help" && words.length > 1) return main([...words.slice(1), "--help"], io);
  if (words.length === 0 || words[0] === "help" || words[0] === "--help" || words[0] === "-h") {
    io.out(help());
    return 0;
  }
  const fits = commands.filter(({ name }) => name.split(" ").every((part, index) => words[index] === part));
  const command = fits.sort((a, b) => b.name.length - a.name.length)[0];
  if (!command) {
    io.err(noCommand(words));
    return 2;
  }
  const args = words.slice(command.name.split(" ").length);
  if (args.includes("--help") || args.includes("-h")) {
    io.out(`lifeboat ${command.name} ${command.usage}\n\n${command.summary}`);
    return 0;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    const usage = error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    if (!(error instanceof UserError) && !usage) throw error;
    io.err(`lifeboat: ${safe(error.message)}${usage ? `\nusage: lifeboat ${command.name} ${command.usage}` : ""}`);
    return usage ? 2 : 1;
  }
}

/** Of words that begin as several commands do (`zen foo`), those commands; else what may be meant, or all there are. */
function noCommand([first = "", second]: readonly string[]): string {
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    const meant = meantBy(first);
    const none = `lifeboat: there is no command '${safe(first)}'`;
    return meant.length === 0 ? `${none}.\n\n${help()}` : `${none}; did you mean:\n\n${listed(meant).join("\n")}`;
  }
  const asked = second === undefined || second.startsWith("-") ? first : `${first} ${second}`;
  return `lifeboat: there is no command '${safe(asked)}'; there are:\n\n${listed(group).join("\n")}`;
}

/** The commands that begin so, or of whose first words this is a slip of the fingers. */
function meantBy(word: string): Command[] {
  const begun = word === "" ? [] : commands.filter(({ name }) => name.startsWith(word));
  if (begun.length > 0) return begun;
  const firstOf = ({ name }: Command): string => name.split(" ")[0] ?? "";
  const meant = didYouMean(word, commands.map(firstOf));
  return commands.filter((command) => firstOf(command) === meant);
}

function listed(some: readonly Command[]): string[] {
  const width = Math.max(...some.map(({ name }) => name.length));
  return some.map(({ name, summary }) => `  lifeboat ${name.padEnd(width)}  ${summary}`);
}

function help(): string {
  const lines = listed(commands);
  const head = "lifeboat: health checks and DNS failover for load balancers";
  return [head, "", ...lines, "", "lifeboat COMMAND --help says what a command takes."].join("\n");
}

if (import.meta.main) {
  // Whoever reads may have seen enough (`| head`): that is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  const io: Io = {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
  };
  process.exitCode = await main(process.argv.slice(2), io);
}
