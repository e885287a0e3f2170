import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { count } from "../shared/model/count.ts";
import { SoftError, UserError } from "../shared/model/errors.ts";
import { canonicalName } from "../shared/model/record.ts";
import type { HostedZone } from "../shared/model/survey.ts";
import { importZone } from "../shared/resolve/import.ts";
import { renderImport } from "../shared/resolve/import-render.ts";
import { wireSurvey } from "../shared/runtime/wire-survey.ts";
import type { Command } from "./command.ts";
import { shellWord } from "./reach.ts";
import { safe } from "./table.ts";

const FILE = "lifeboat.imported.config.ts";

/** What the file imports `defineConfig` from. */
const schema = join(import.meta.dirname, "..", "shared", "model", "config.ts");

/** `lifeboat import`: a configuration from a hosted zone and its health checks, with the operator's own credentials. */
export const importCommand: Command = {
  name: "import",
  summary: "writes a configuration from a hosted zone and its Route 53 health checks; changes nothing in AWS",
  usage: `--zone NAME|ID [--out FILE]   (default: ${FILE}; a file that is there is never overwritten)`,
  run: async (args, io) => {
    const { values } = parseArgs({ args: [...args], options: { zone: { type: "string" }, out: { type: "string" } } });
    if (values.zone === undefined)
      throw new UserError("import: say which hosted zone: --zone example.com, or --zone Z0123456789ABCDEFGHIJ.");
    const survey = wireSurvey();
    const zone = chooseZone(values.zone, await readable(survey.zones()));
    const [records, healthChecks] = await readable(Promise.all([survey.records(zone.id), survey.healthChecks()]));
    const imported = importZone({ zone, records, healthChecks });
    const notes = imported.notes.map((note) => safe(`  - ${note}`));
    if (imported.pools.length === 0) {
      // Each note is of a name that has such records.
      const why =
        notes.length > 0
          ? "each name that might be one was left out:"
          : "no name has weighted A records, or a simple one of several addresses.";
      throw new UserError([`import: nothing in ${zone.name} (${zone.id}) can be a pool: ${why}`, ...notes].join("\n"));
    }
    const out = resolve(values.out ?? FILE);
    await write(out, renderImport(imported, schemaFrom(out)));
    for (const { id, names, members, checks } of imported.pools)
      io.out(
        safe(`pool ${id}: ${names.join(", ")}: ${count(members.length, "load balancer")}, checks ${checks.join(", ")}`),
      );
    if (notes.length > 0) io.out(["not expressed:", ...notes].join("\n"));
    io.out(
      `${out} is written. Correct what is marked as guessed, then: npx lifeboat doctor --config ${shellWord(relative("", out))}`,
    );
    return 0;
  },
};

async function readable<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    if (!(error instanceof SoftError)) throw error;
    throw new UserError(`import: ${error.message}. Sign in (\`aws sso login\`, AWS_PROFILE) and run it again.`, {
      cause: error,
    });
  });
}

/** By id, or by name where one public zone has it. Throws a UserError that says what there is. */
export function chooseZone(wanted: string, zones: readonly HostedZone[]): HostedZone {
  const name = canonicalName(wanted);
  const found = zones.filter((zone) => zone.id === wanted || zone.name === name);
  const open = found.filter((zone) => !zone.private);
  const [zone, ...more] = open;
  if (zone && more.length === 0) return zone;
  if (zone)
    throw new UserError(
      `import: '${name}' has several hosted zones; say which: ${open.map(({ id }) => id).join(", ")}.`,
    );
  if (found.length > 0)
    throw new UserError(`import: '${wanted}' is a private hosted zone; only the public internet asks load balancers.`);
  const known = zones.filter((one) => !one.private).map((one) => `${one.name} (${one.id})`);
  throw new UserError(
    `import: this account has no hosted zone '${wanted}'; ${known.length === 0 ? "it has none" : `there are ${known.slice(0, 20).join(", ")}`}.`,
  );
}

function schemaFrom(out: string): string {
  const path = relative(dirname(out), schema).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

async function write(out: string, text: string): Promise<void> {
  await writeFile(out, text, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST")
      throw new UserError(`import: ${out} is there already and is not overwritten; give another one with --out.`);
    throw new UserError(`import: ${out} cannot be written: ${error.message}`, { cause: error });
  });
}
