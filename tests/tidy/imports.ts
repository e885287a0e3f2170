// Which way imports may point, and what pure code may not name.
import { dirname, join } from "node:path/posix";
import { lineOf, type Source } from "./source.ts";

export const pureRooms = ["model", "decide", "plan", "schedule", "zen", "message", "resolve"];
export const ioRooms = ["probe", "store", "route53", "call", "notify", "archive"];
const rooms = [...pureRooms, ...ioRooms, "ports", "flow", "runtime"];

/** What each place may import beside itself. A pure room may also import those that its head comment names. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ...Object.fromEntries(pureRooms.filter((room) => room !== "model").map((room) => [room, ["model"]])),
  ...Object.fromEntries(ioRooms.map((room) => [room, ["ports", "model", "runtime"]])),
  // What waits to be told is told as one message.
  notify: ["ports", "model", "runtime", "message"],
  ports: ["model"],
  flow: [...pureRooms, "ports"],
  // Its wiring makes the real parts.
  runtime: ["model", "ports", ...ioRooms, "package.json"],
  functions: rooms,
  local: [...rooms, "functions"],
  // What a deployment costs follows from how large its functions are.
  cli: [...rooms, "local", "config", "stacks/sizes.ts"],
  // Deploy turns the configuration into the one resolved JSON, asks the account, and declares the table by its keys.
  stacks: ["model", "plan", "schedule", "resolve", "runtime", "store/keys.ts", "config"],
  "sst.config.ts": ["stacks", "config"],
  web: ["model"],
  examples: ["model"],
  config: ["model"],
  bench: [...rooms, "local", "functions", "stacks", "tests"],
  tests: [...rooms, "functions", "local", "cli", "stacks", "bench", "examples", "config", "web"],
};

/** Of `node:crypto`, what is a function of its arguments alone. */
const pureCrypto = ["createHash", "createHmac", "X509Certificate"];

export type Import = { from: string; names: string[]; at: number };

/** The place that a file belongs to: a room of shared, or a folder of the top. */
export function placeOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  if (top === "shared") return second === "ports.ts" ? "ports" : second;
  return file === "lifeboat.config.ts" ? "config" : top;
}

export function importsOf({ bare, code }: Source): Import[] {
  // What a string says is no import: its words are not in the code.
  const isCode = ({ index, 0: whole }: RegExpExecArray): boolean =>
    /^\s*(?:import|export|new URL)\b/.test(code.slice(index, index + whole.length));
  const statements = [...bare.matchAll(/^\s*(?:import|export)\s+([^;"']*?\bfrom\s*)?["']([^"'\n]+)["']/gm)].filter(
    isCode,
  );
  const calls = [...bare.matchAll(/\bimport\(\s*["']([^"'\n]+)["']|\bnew URL\(\s*["'](\.[^"'\n]+\.ts)["']/g)].filter(
    isCode,
  );
  return [
    ...statements.map((match) => ({ from: match[2] ?? "", names: namesOf(match[1] ?? ""), at: match.index })),
    ...calls.map((match) => ({ from: match[1] ?? match[2] ?? "", names: [], at: match.index })),
  ];
}

function namesOf(clause: string): string[] {
  const inner = /\{([^}]*)\}/.exec(clause)?.[1] ?? "";
  const words = inner.split(",").map((word) => word.trim().replace(/^type /, ""));
  const whole = clause.includes("*") ? ["*"] : [];
  return [...whole, ...words.map((word) => word.split(" as ")[0] ?? "").filter((word) => word !== "")];
}

/** Every import that points the wrong way. */
export function judgeImports(source: Source): string[] {
  const place = placeOf(source.file);
  if (source.file.startsWith("shared/") && !rooms.includes(place))
    return [`${source.file}: the house knows no such room`];
  return importsOf(source).flatMap((one) => {
    const why = one.from.startsWith(".") ? judgeRelative(source, place, one) : judgePackage(place, one);
    return why === undefined ? [] : [`${source.file}:${lineOf(source, one.at)}: imports ${one.from}: ${why}`];
  });
}

function judgeRelative(source: Source, place: string, { from }: Import): string | undefined {
  const path = join(dirname(source.file), from);
  const target = placeOf(path);
  const may = allowed[place] ?? [];
  if (target === place || may.includes(target) || may.includes(path.replace("shared/", ""))) return undefined;
  if (pureRooms.includes(place) && pureRooms.includes(target)) {
    if (place !== "model" && headOf(source).includes(target)) return undefined;
    return `the head comment names no room '${target}'`;
  }
  return `${place} may not import ${target}`;
}

/** The words of the comment lines that a file begins with. */
function headOf({ text }: Source): string[] {
  const head = /^(?:#!.*\n)?((?:\/\/.*\n)*)/.exec(text)?.[1] ?? "";
  return head.split(/\W+/);
}

function judgePackage(place: string, { from, names }: Import): string | undefined {
  if (place === "flow" || place === "ports") return `${place} takes what it needs as ports`;
  if (!pureRooms.includes(place)) return undefined;
  if (from === "zod" || from === "zod/mini" || /^node:assert(\/strict)?$/.test(from)) return undefined;
  if (from !== "node:crypto") return "a pure room names neither Node nor an SDK";
  const impure = names.filter((name) => !pureCrypto.includes(name));
  if (names.length > 0 && impure.length === 0) return undefined;
  return `of node:crypto a pure room may have ${pureCrypto.join(", ")}`;
}

/** `Date.parse` and `Date.UTC` are functions of their arguments; every other Date may know the time. */
const impure =
  /\bDate\b(?!\.(?:parse|UTC)\()|\bMath\.random\b|\bprocess\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(/g;

/** Pure rooms and flow get time and chance passed in. */
export function judgePurity(source: Source): string[] {
  const place = placeOf(source.file);
  if (!source.file.startsWith("shared/") || !(pureRooms.includes(place) || place === "flow")) return [];
  return [...source.code.matchAll(impure)].map((match) => {
    return `${source.file}:${lineOf(source, match.index)}: ${match[0]} has no place in ${place}`;
  });
}
