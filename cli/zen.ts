import { parseArgs } from "node:util";
import { UserError } from "../shared/model/errors.ts";
import type { Drift } from "../shared/model/snapshot.ts";
import { checksOf } from "../shared/zen/checks.ts";
import { diffOf } from "../shared/zen/diff.ts";
import { driftOf } from "../shared/zen/drift.ts";
import { lintOf } from "../shared/zen/lint.ts";
import type { Command, Io } from "./command.ts";
import { jsonOf } from "./table.ts";
import { type Named, readBoxes } from "./zen-input.ts";
import { printConfig, printDifferences, printLint, printProbes } from "./zen-print.ts";

const USAGE = "[NAME=]FILE|DIR… [--json]";

type Show = (boxes: readonly Named[], json: boolean, io: Io) => void;

/** A command that reads boxes' files on this machine, redacts them and shows something of them. Nothing is sent. */
function zenCommand(
  word: string,
  summary: string,
  usage: string,
  counts: { least: number; most: number },
  show: Show,
): Command {
  return {
    name: `zen ${word}`,
    summary,
    usage,
    run: async (args, io) => {
      const { values, positionals } = parseArgs({
        args: [...args],
        options: { json: { type: "boolean" } },
        allowPositionals: true,
      });
      if (positionals.length < counts.least || positionals.length > counts.most) {
        const wanted = counts.least === counts.most ? `exactly ${counts.least}` : `at least ${counts.least}`;
        throw new UserError(
          `zen ${word}: give ${wanted} backup${counts.least === 1 ? "" : "s"} (backup-….tar.gz) or configuration director${counts.least === 1 ? "y" : "ies"}; usage: lifeboat zen ${word} ${usage}`,
        );
      }
      show(await readBoxes(positionals), values.json ?? false, io);
      return 0;
    },
  };
}

const some = { least: 1, most: Number.POSITIVE_INFINITY };

/** One box is the object itself; several stand by name under `boxes`. */
const parseCommand = zenCommand(
  "parse",
  "what is in a box's configuration, secrets taken out",
  USAGE,
  some,
  (boxes, json, io) => {
    const [first] = boxes;
    if (!json) for (const { name, config } of boxes) printConfig(io, name, config);
    else if (first && boxes.length === 1) io.out(jsonOf(first.config));
    else io.out(jsonOf({ boxes: Object.fromEntries(boxes.map(({ name, config }) => [name, config])) }));
  },
);

const diffCommand = zenCommand(
  "diff",
  "what changed on one box between two backups",
  "BEFORE AFTER [--json]",
  { least: 2, most: 2 },
  (boxes, json, io) => {
    const [before, after] = boxes;
    if (!before || !after) return;
    const changes = diffOf(before.config, after.config);
    if (json) io.out(jsonOf({ changes }));
    else
      printDifferences(io, ["before", "after"], changes, (change) =>
        "before" in change ? [change.before, change.after] : [],
      );
  },
);

/** Values stand under the boxes' own names too, as people write it down. */
const flat = (drift: Drift): Record<string, unknown> => ({ ...drift.values, ...drift });

const driftCommand = zenCommand(
  "drift",
  "where the boxes of an island differ",
  USAGE,
  { ...some, least: 2 },
  (boxes, json, io) => {
    const drift = driftOf(Object.fromEntries(boxes.map(({ name, config }) => [name, config])));
    const names = boxes.map(({ name }) => name).sort();
    const of = (kind: Drift["class"]): Record<string, unknown>[] => drift.filter((one) => one.class === kind).map(flat);
    if (!json) {
      printDifferences(io, names, drift, (one) =>
        "values" in one ? names.map((name) => one.values[name] ?? null) : [],
      );
      return;
    }
    const [configuration, operator, run] = [of("configuration"), of("operator"), of("run")];
    io.out(jsonOf({ config_drift: configuration, operator_state_difference: operator, run_state_only_not_drift: run }));
  },
);

const checksCommand = zenCommand(
  "checks",
  "what to probe: VIPs and the real servers behind them",
  USAGE,
  some,
  (boxes, json, io) => {
    const probes = boxes.flatMap(({ name, config }) => checksOf(name, config));
    if (json) io.out(jsonOf({ probes }));
    else printProbes(io, probes);
  },
);

const lintCommand = zenCommand("lint", "open doors, vendor's and old certificates", USAGE, some, (boxes, json, io) => {
  const nowMs = Date.now();
  const findings = boxes.flatMap(({ name, config }) =>
    lintOf(config, nowMs).map((finding) => ({ box: name, ...finding })),
  );
  if (json) io.out(jsonOf({ findings }));
  else printLint(io, findings);
});

/** Everything that needs no service: only files on this machine. */
export const zenCommands: readonly Command[] = [parseCommand, diffCommand, driftCommand, checksCommand, lintCommand];
