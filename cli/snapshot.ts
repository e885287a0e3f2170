import { readFile, stat, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readDirectory } from "../shared/archive/directory.ts";
import { isGzip, LIMITS, writeArchive } from "../shared/archive/read.ts";
import {
  diffSchema,
  type DriftAnswer,
  driftAnswerSchema,
  type Entry,
  type Page,
  pageSchema,
  parsedSchema,
  uploadedSchema,
} from "../shared/model/api.ts";
import { count } from "../shared/model/count.ts";
import { UserError } from "../shared/model/errors.ts";
import { type Api, apiFlags, apiUsage, openApi } from "./api.ts";
import type { Command, Io } from "./command.ts";
import { jsonOf, safe, tableOf } from "./table.ts";
import { leftOut } from "./zen-input.ts";
import { printConfig, printDifferences, printLint } from "./zen-print.ts";

const flags = {
  ...apiFlags,
  box: { type: "string" },
  json: { type: "boolean" },
  limit: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  out: { type: "string" },
} as const;

function read(args: readonly string[], most: number) {
  const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
  const extra = positionals[most];
  if (extra === undefined) return { values, positionals };
  // Who names nothing but a load balancer means it.
  const remedy = most === 0 && values.box === undefined ? `; a load balancer is given as --box ${extra}` : "";
  throw new UserError(`'${extra}' is one argument too many${remedy}.`);
}

function pathOf(box: string | undefined): string {
  if (box === undefined || box === "")
    throw new UserError("--box is missing: the load balancer's id, as in lifeboat.config.ts.");
  return `/v1/load-balancers/${encodeURIComponent(box)}/snapshots`;
}

/** A snapshot as it was given; an empty one is a variable that was not set, and not the newest. */
function idOf<T extends string | undefined>(where: string, id: T): T {
  if (id !== "") return id;
  throw new UserError(
    `${where}: is empty; give a snapshot's id as \`npx lifeboat snapshot list\` has it, or leave it out.`,
  );
}

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

/**
 * A backup as it is, or a directory packed as the GUI would; what of it is left out is told on stderr. Secrets are taken out
 * by the API, before it stores anything.
 */
async function packedOf(path: string, io: Io): Promise<Uint8Array> {
  const about = await stat(path).catch((cause: unknown) => {
    throw new UserError(`${path}: there is no such file or directory.`, { cause });
  });
  if (about.isDirectory()) {
    const { files, members, skipped } = await readDirectory(path);
    for (const { file, says } of leftOut(skipped)) io.err(safe(`${file}: ${says}`));
    return writeArchive(files, members);
  }
  if (about.size > LIMITS.packedBytes)
    throw new UserError(`${path}: it has ${about.size} bytes; at most ${LIMITS.packedBytes} are taken.`);
  const bytes = await readFile(path);
  if (!isGzip(bytes)) throw new UserError(`${path}: not a tar.gz; give the backup as the GUI made it, or a directory.`);
  return bytes;
}

const push: Command = {
  name: "snapshot push",
  summary: "uploads a backup, or a configuration directory, of a load balancer",
  usage: `--box ID FILE|DIR ${apiUsage} [--json]`,
  run: async (args, io) => {
    const { values, positionals } = read(args, 1);
    const [path] = positionals;
    if (path === undefined) throw new UserError("give the backup (backup-….tar.gz) or the configuration directory.");
    const to = pathOf(values.box);
    const uploaded = await openApi(values).upload(to, await packedOf(path, io), uploadedSchema);
    if (values.json) io.out(jsonOf(uploaded));
    else printUploaded(io, uploaded.changed, uploaded.snapshot);
    return 0;
  },
};

function printUploaded(io: Io, changed: boolean, { box, id, takenMs, farms, problems, summary }: Entry): void {
  if (!changed) return io.out(safe(`${box}: equal to ${id} of ${timeOf(takenMs)}; noted as seen`));
  io.out(
    safe(`${box}: stored as ${id}, ${count(farms, "farm")}${problems > 0 ? `, ${count(problems, "problem")}` : ""}`),
  );
  for (const line of summary) io.out(safe(`  ${line}`));
}

const list: Command = {
  name: "snapshot list",
  summary: "the history of a load balancer's configuration",
  usage: `--box ID [--limit N] ${apiUsage} [--json]`,
  run: async (args, io) => {
    const { values } = read(args, 0);
    const page = await pagesOf(openApi(values), pathOf(values.box), limitOf(values.limit ?? "50"));
    if (values.json) io.out(jsonOf(page));
    else printHistory(io, page.snapshots, page.next !== null);
    return 0;
  },
};

/** As many as a configuration may keep. */
const LISTED_MOST = 10_000;
/** As many as the API takes. */
const PAGE_MOST = 200;

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= LISTED_MOST) return limit;
  throw new UserError(`--limit: '${text}' is not a whole number from 1 to ${LISTED_MOST}.`);
}

/** The newest snapshots, up to `most`, as one page. */
async function pagesOf(api: Api, path: string, most: number): Promise<Page> {
  const snapshots: Entry[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
    const limit = Math.min(PAGE_MOST, most - snapshots.length);
    const page: Page = await api.get(`${path}?limit=${limit}${cursor}`, pageSchema);
    snapshots.push(...page.snapshots);
    next = page.next;
  } while (next !== null && snapshots.length < most);
  return { snapshots, next };
}

function printHistory(io: Io, entries: readonly Entry[], more: boolean): void {
  if (entries.length === 0) return io.out("no snapshot yet");
  const rows = entries.map(({ id, takenMs, who, seen, changes, summary }) => {
    const many = changes ? `${changes.configuration + changes.operator}` : "";
    return [id, timeOf(takenMs), who, seen ? timeOf(seen.atMs) : "", many, summary[0] ?? ""];
  });
  for (const line of tableOf(["id", "taken (UTC)", "by", "last seen", "changes", "first change"], rows)) io.out(line);
  if (more) io.out("… and older ones: --limit");
}

const get: Command = {
  name: "snapshot get",
  summary: "one snapshot, parsed, or with --out its files as a tar.gz",
  usage: `--box ID [SNAPSHOT] [--out FILE] ${apiUsage} [--json]`,
  run: async (args, io) => {
    const { values, positionals } = read(args, 1);
    const path = `${pathOf(values.box)}/${encodeURIComponent(idOf("SNAPSHOT", positionals[0]) ?? "latest")}`;
    const api = openApi(values);
    if (values.out !== undefined) return download(api, path, values.out, io);
    const parsed = await api.get(path, parsedSchema);
    if (values.json) io.out(jsonOf(parsed));
    else {
      const { box } = parsed.snapshot;
      printConfig(io, box, parsed.config);
      printLint(
        io,
        parsed.lint.map((finding) => ({ box, ...finding })),
      );
    }
    return 0;
  },
};

/** What is there already is not overwritten. */
async function download(api: Api, path: string, out: string, io: Io): Promise<number> {
  const bytes = await api.bytes(`${path}/files`);
  await writeFile(out, bytes, { flag: "wx", mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST")
      throw new UserError(`${out} is there already and is not overwritten; give another one with --out.`);
    throw new UserError(`${out} cannot be written: ${cause.message}`, { cause });
  });
  io.out(`${out}: ${bytes.length} bytes; secrets stand there as REDACTED(…)`);
  return 0;
}

const diff: Command = {
  name: "snapshot diff",
  summary: "what changed between two snapshots of a load balancer",
  usage: `--box ID [--from SNAPSHOT] [--to SNAPSHOT] ${apiUsage} [--json]`,
  run: async (args, io) => {
    const { values } = read(args, 0);
    const query = new URLSearchParams();
    for (const end of ["from", "to"] as const) {
      const id = idOf(`--${end}`, values[end]);
      if (id !== undefined) query.set(end, id);
    }
    const { from, to, changes } = await openApi(values).get(
      `${pathOf(values.box)}/diff?${query.toString()}`,
      diffSchema,
    );
    if (values.json) io.out(jsonOf({ from, to, changes }));
    else {
      io.out(safe(`${from.id} (${timeOf(from.takenMs)}) to ${to.id} (${timeOf(to.takenMs)}):`));
      printDifferences(io, ["before", "after"], changes, (one) => ("before" in one ? [one.before, one.after] : []));
    }
    return 0;
  },
};

/** Exit code 1: there is drift, or nobody knows. */
const drift: Command = {
  name: "drift",
  summary: "where the load balancers of an island differ, by their newest snapshots",
  usage: `ISLAND ${apiUsage} [--json]`,
  run: async (args, io) => {
    const { values, positionals } = read(args, 1);
    const [island] = positionals;
    if (island === undefined || island === "")
      throw new UserError("which island? Give its id, as in lifeboat.config.ts.");
    const path = `/v1/islands/${encodeURIComponent(island)}/drift`;
    const answer = await openApi(values).get(path, driftAnswerSchema);
    if (values.json) io.out(jsonOf(answer));
    else printDrift(io, answer);
    const known = Object.values(answer.snapshots);
    const isCompared = known.length < 2 || known.filter((one) => one !== null).length > 1;
    return !isCompared || answer.drift.some((one) => one.class === "configuration") ? 1 : 0;
  },
};

/** What there is of each load balancer, then the differences; where fewer than two can be compared, that it is so. */
function printDrift(io: Io, { snapshots, drift }: DriftAnswer): void {
  const names = Object.keys(snapshots).sort();
  for (const name of names) {
    const one = snapshots[name];
    io.out(safe(one ? `${name}: ${one.id} of ${timeOf(one.takenMs)}` : `${name}: no snapshot yet`));
  }
  if (names.length < 2) return io.out("fewer than two load balancers stand there: nothing to compare");
  if (names.filter((name) => snapshots[name]).length < 2)
    return io.out("nothing was compared: it takes snapshots of two load balancers (`lifeboat snapshot push`)");
  printDifferences(io, names, drift, (one) => ("values" in one ? names.map((name) => one.values[name] ?? null) : []));
}

/** What asks the API. */
export const snapshotCommands: readonly Command[] = [push, list, get, diff, drift];
