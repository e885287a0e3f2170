// The rules of the house that a line of text shows. Each gives its faults as `file:line: what is wrong`.
import { closing, lineOf, type Source } from "./source.ts";

/** Longer, and a newcomer sees two rooms in one. */
const FILE_LINES = 300;
const FLOW_LINES = 70;

function faults(source: Source, text: string, pattern: RegExp, says: string): string[] {
  return [...text.matchAll(pattern)].map((match) => `${source.file}:${lineOf(source, match.index)}: ${says}`);
}

function isIn(file: string, ...folders: string[]): boolean {
  return folders.some((folder) => file.startsWith(folder));
}

/** Holes in the types. A directive that turns a rule off for a line says why after it. */
export function judgeTypes(source: Source): string[] {
  const { text, code } = source;
  const comments = commentsOf(source);
  return [
    ...faults(
      source,
      code,
      /(?:[<|&]|\bas)\s*any\b|:\s*any\b(?=\s*(?:[;=),]|$))|\bany\[\]/gm,
      "any tells nobody anything",
    ),
    ...faults(source, code, /[\w$)\]]!(?=\s*[.;,)\]}[(]|\s*$)/gm, "`!` asserts what the compiler cannot see"),
    ...faults(source, code, /\bas unknown as\b/g, "a cast through unknown"),
    ...faults(source, comments, /@ts-(?:ignore|nocheck)/g, "the compiler is told to look away"),
    ...faults(
      source,
      comments,
      /(?:@ts-expect-error|(?:oxlint|eslint)-disable|biome-ignore)\b(?![^\n]*(?:\s+\S+){4})/g,
      "a rule is off without a reason",
    ),
    ...(text.endsWith("\n") ? [] : [`${source.file}: the last line does not end`]),
  ];
}

/** A cast that narrows says in a comment above it, within four lines, why it cannot be wrong. To unknown nothing can be. */
export function judgeCasts(source: Source): string[] {
  const { file, text, code, bare } = source;
  if (!isIn(file, "shared/", "functions/", "local/", "cli/", "stacks/")) return [];
  const lines = text.split("\n");
  const bareLines = bare.split("\n");
  const casts = [...code.matchAll(/\bas (?!const\b|unknown\b)[\w{([]/g)].filter(
    ({ index }) => !isImport(bareLines, lineOf(source, index) - 1),
  );
  return casts.flatMap(({ index }) => {
    const line = lineOf(source, index) - 1;
    const near = [0, 1, 2, 3, 4].map((up) => line - up);
    const said = near.some((one) => (lines[one] ?? "").trim() !== (bareLines[one] ?? "").trim());
    return said ? [] : [`${file}:${line + 1}: a cast without a reason above it`];
  });
}

/** Whether a line belongs to an import or export, where `as` names something. */
function isImport(lines: readonly string[], line: number): boolean {
  const start = lines.slice(0, line + 1).findLastIndex((one) => /^(?:import|export)\b/.test(one));
  const end = lines.slice(Math.max(start, 0)).findIndex((one) => /\bfrom\s*["']|;\s*$/.test(one));
  return start >= 0 && /^(?:import\b|export (?:type )?[{*])/.test(lines[start] ?? "") && line <= start + end;
}

function commentsOf({ text, bare }: Source): string {
  return text
    .split("")
    .map((one, at) => (one === bare[at] && one !== "\n" ? " " : one))
    .join("");
}

export function judgeLength(source: Source): string[] {
  const lines = source.text.split("\n").length - 1;
  const long = isIn(source.file, "shared/", "functions/", "local/", "cli/", "stacks/") && lines > FILE_LINES;
  return [...(long ? [`${source.file}: ${lines} lines; ${FILE_LINES} are the most`] : []), ...judgeFlow(source)];
}

function judgeFlow(source: Source): string[] {
  if (!isIn(source.file, "shared/flow/")) return [];
  return [...source.code.matchAll(/^(?:export )?(?:async )?function (\w+)[^]*?^\}/gm)].flatMap((match) => {
    const lines = match[0].split("\n").length;
    return lines > FLOW_LINES ? [`${source.file}: ${match[1]} has ${lines} lines; ${FLOW_LINES} are the most`] : [];
  });
}

/** One file spells the table's keys, so that they can be changed and read in one place. To Zen `sk` is something else. */
export function judgeKeys(source: Source): string[] {
  if (isIn(source.file, "shared/zen/")) return [];
  if (source.file === "shared/store/keys.ts" || !isIn(source.file, "shared/", "functions/", "cli/", "stacks/"))
    return [];
  return faults(source, source.bare, /\b(?:pk|sk)\b/g, "the table's keys are spelled in shared/store/keys.ts only");
}

/** Clients are made where their region, retries and time limits are decided. */
export function judgeClients(source: Source): string[] {
  const { file, code } = source;
  if (!isIn(file, "shared/", "functions/", "stacks/") || isIn(file, "shared/runtime/")) return [];
  const made = /\bnew [A-Z]\w*Client\(|\bDynamoDBDocument(?:Client)?\.from\(/g;
  return faults(source, code, made, "SDK clients are made in shared/runtime only");
}

/** `.only` never; what is skipped says why in a comment on its line or the one before. */
export function judgeSkips(source: Source): string[] {
  const { file, text, code } = source;
  const test =
    /\b(?:it|test|describe|suite)(?:\.\w+)*\.(only|skip|todo|fails|skipIf|runIf)\b|\b(?:context|ctx)\.(skip)\(/g;
  const lines = text.split("\n");
  return [...code.matchAll(test)].flatMap((match) => {
    const line = lineOf(source, match.index);
    if (match[1] === "only") return [`${file}:${line}: .only leaves the other tests out`];
    const said = [lines[line - 1], lines[line - 2]].some((one) => one !== undefined && /\/\/ .{10}/.test(one));
    return said ? [] : [`${file}:${line}: a test is left out without a reason`];
  });
}

/** Every test asserts: itself, or by calling something of its file that does. */
export function judgeAssertions(source: Source): string[] {
  const { file, code } = source;
  const asserting = assertingNames(code);
  return [
    ...code.matchAll(
      /(?<![\w.$])(?:it|test)(?:\.(?:each|for|concurrent|sequential|only|skip|skipIf|runIf|todo|fails))*(?=[(`])/g,
    ),
  ].flatMap((match) => {
    const body = callAt(code, match.index + match[0].length);
    if (body === "" || /\.(?:skip|todo)$/.test(match[0])) return [];
    const calls = [...body.matchAll(/\b(\w+)\b/g)].map(([, name]) => name ?? "");
    if (calls.some((name) => /^(?:expect|assert)/.test(name) || asserting.has(name))) return [];
    return [`${file}:${lineOf(source, match.index)}: a test without an assertion`];
  });
}

/** A call with all its brackets, as `it.each(table)("name", run)`. */
function callAt(code: string, at: number): string {
  let end = at;
  while (code[end] === "(" || code[end] === "`") {
    end = code[end] === "`" ? code.indexOf("`", end + 1) + 1 : closing(code, end) + 1;
  }
  return code.slice(at, end);
}

/** Functions of the file, at any depth, whose lines hold an assertion. */
function assertingNames(code: string): Set<string> {
  const lines = code.split("\n");
  const names = lines.flatMap((line, index) => {
    const [, indent = "", name] = /^(\s*)(?:export )?(?:async )?(?:function|const) (\w+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const rest = lines.slice(index + 1);
    const length = rest.findIndex(
      (next) => next.trim() !== "" && indentOf(next) <= indent.length && !/^\s*[)\]}]/.test(next),
    );
    const body = [line, ...rest.slice(0, length < 0 ? rest.length : length)].join("\n");
    return /\b(?:expect|assert)\w*\b/.test(body) ? [name] : [];
  });
  return new Set(names);
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

// Written in pieces, as this file is judged as well.
const places = [
  "/wo_rk/",
  "/ro_ot/",
  "/t_mp/",
  "shared/des_ign.md",
  "shared/ho_use.md",
  "shared/fa_cts",
  "shared/proto_types",
];
const machine = new RegExp(places.map((place) => place.replace("_", "").replaceAll(".", "\\.")).join("|"), "g");

/** Paths that only the machine of whoever wrote it has. What a Zen box keeps in its own is no such path. */
export function judgePlaces(file: string, text: string): string[] {
  if (/\bzen\b/.test(file)) return [];
  return [...text.matchAll(machine)].map(
    (match) => `${file}:${text.slice(0, match.index).split("\n").length}: names ${match[0]}`,
  );
}

const top = "shared|functions|stacks|tests|local|cli|web|bench|docs|examples|\\.ci";
const path = new RegExp(`^(?:(?:${top})(?:/[\\w.@*{},-]+)*/?|[\\w.-]+\\.(?:ts|mjs|json|md))$`);

/** Every path that a document cites in backticks or links to. `exists` gets it relative to the top, perhaps with `*`. */
export function judgeCitations(file: string, text: string, exists: (path: string) => boolean): string[] {
  const folder = file.split("/").slice(0, -1);
  const prose = text.replace(/^```[^]*?^```/gm, (block) => block.replace(/[^\n]/g, " "));
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)].flatMap((match) => {
    const cited = (match[1] ?? "").replace(/:\d+$/, "");
    return path.test(cited) ? [{ cited, paths: [cited, [...folder, cited].join("/")], at: match.index }] : [];
  });
  const linked = [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].flatMap((match) => {
    const cited = match[1] ?? "";
    const target = new URL(cited, `file:///${file}`);
    return target.protocol === "file:" ? [{ cited, paths: [target.pathname.slice(1)], at: match.index }] : [];
  });
  return [...quoted, ...linked]
    .filter(({ paths }) => !paths.some(exists))
    .map(({ cited, at }) => `${file}:${prose.slice(0, at).split("\n").length}: cites ${cited}, which is not there`);
}

/** Exact versions only: what was tested is what is installed. */
export function judgeVersions(manifest: { [list: string]: unknown }): string[] {
  return ["dependencies", "devDependencies", "optionalDependencies"].flatMap((list) => {
    const wanted = Object.entries(manifest[list] ?? {});
    return wanted
      .filter(([, version]) => !/^\d+\.\d+\.\d+/.test(String(version)))
      .map(([name]) => `${list}: ${name} is a range`);
  });
}
