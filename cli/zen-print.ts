import { count } from "../shared/model/count.ts";
import type {
  BoxConfig,
  Change,
  Drift,
  DifferenceClass,
  DifferenceValue,
  Farm,
  Lint,
  ZenProbe,
} from "../shared/model/snapshot.ts";
import { endpoint } from "../shared/zen/compare-backends.ts";
import type { Io } from "./command.ts";
import { apart, safe, tableOf } from "./table.ts";

const CLASSES: Readonly<Record<DifferenceClass, string>> = {
  configuration: "configuration",
  operator: "operator state (maintenance)",
  run: "run state (what a box found out by itself, no difference)",
};

const shown = (value: DifferenceValue): string => (value === null ? "-" : String(value));

function serversOf(farm: Farm): string {
  const all = farm.services.flatMap(({ name, backends }) =>
    backends.map(({ ip, port, maintenance, state }) => {
      const marks = maintenance ? " (maintenance)" : state === "fgDOWN" || state === "down" ? ` (${state})` : "";
      return `${name === null || farm.services.length < 2 ? "" : `${name}:`}${endpoint({ ip, port })}${marks}`;
    }),
  );
  return all.join(", ");
}

/** What was read of one box. */
export function printConfig(io: Io, name: string, config: BoxConfig): void {
  io.out(safe(`${name}: ${config.product} ${config.version ?? "of unknown release"}, ${config.config_dir}`));
  const farms = Object.entries(config.farms).map(([farm, about]) => {
    const vip = endpoint({ ip: about.vip ?? "?", port: about.ports === "" ? null : about.ports });
    return [farm, about.profile, vip, about.boot === "down" ? "stopped" : "", about.algorithm ?? "", serversOf(about)];
  });
  const header = ["farm", "profile", "vip", "", "algorithm", "real servers"];
  for (const line of farms.length === 0 ? ["no farms"] : tableOf(header, farms)) io.out(`  ${line}`);
  for (const { file, names, expiresMs } of config.certificates) {
    const until = Number.isFinite(expiresMs) ? new Date(expiresMs).toISOString().slice(0, 10) : "?";
    io.out(safe(`  certificate ${file}: ${names.slice(0, 5).join(", ")}, until ${until}`));
  }
  for (const { file, says } of config.problems) io.out(safe(`  problem ${file}: ${says}`));
  const { fileCount, lineCount, files, lines } = config.unknown;
  if (fileCount > 0)
    io.out(
      safe(`  not known: ${count(fileCount, "file")} (${files.slice(0, 5).join(", ")}${fileCount > 5 ? ", …" : ""})`),
    );
  if (lineCount > 0) io.out(`  not known: ${count(lineCount, "line")}`);
  for (const { file, line, text } of lines.slice(0, 5)) io.out(safe(`    ${file}:${line}: ${text}`));
}

type Difference = Change | Drift;

/** Differences by class, a column a box (or before and after). */
export function printDifferences(
  io: Io,
  columns: readonly string[],
  differences: readonly Difference[],
  valuesOf: (difference: Difference) => readonly DifferenceValue[],
): void {
  if (differences.length === 0) io.out("no difference");
  for (const [kind, title] of Object.entries(CLASSES)) {
    const own = differences.filter((difference) => difference.class === kind);
    if (own.length === 0) continue;
    io.out(`${title}:`);
    const rows = own.map((difference) => {
      const { farm, service, backend, what, file } = difference;
      const values = apart(valuesOf(difference).map(shown));
      return [farm ?? "", service ?? "", backend ?? "", what, ...values, file ?? ""];
    });
    for (const line of tableOf(["farm", "service", "backend", "what", ...columns, "file"], rows)) io.out(`  ${line}`);
  }
}

/** Probes of one or several boxes. */
export function printProbes(io: Io, probes: readonly ZenProbe[]): void {
  if (probes.length === 0) io.out("nothing to probe");
  const rows = probes.map(({ box, farm, role, proto, target, hosts, skip, proposal }) => {
    const remark =
      skip === null ? (proposal && role === "backend" ? "public: propose with votes: false" : "") : `skip: ${skip}`;
    return [box, farm, role, proto, target, hosts.slice(0, 3).join(", "), remark];
  });
  if (probes.length > 0)
    for (const line of tableOf(["box", "farm", "role", "proto", "target", "hosts", ""], rows)) io.out(line);
}

/** Findings of one or several boxes. */
export function printLint(io: Io, findings: readonly (Lint & { box: string })[]): void {
  if (findings.length === 0) io.out("nothing found");
  for (const { box, severity, subject, says } of findings) io.out(safe(`${box}: ${severity}: ${subject}: ${says}`));
}
