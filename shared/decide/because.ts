// Verdicts in words for a tired person. Rooms: model.
import type { CheckVerdict, Evidence, Verdict } from "../model/verdict.ts";

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/**
 * What the regions found, in one clause without a full stop.
 *
 * | verdict                       | clause                                                              |
 * | ----------------------------- | ------------------------------------------------------------------- |
 * | out                           | http is down from eu-west-1 and us-east-1: connection refused       |
 * | out, two checks say the same  | http and smtp are down from eu-west-1 and us-east-1: connection refused |
 * | in                            | http and tcp are up from a quorum of regions                        |
 * | undecided, a check is reached | the regions do not agree on http: up from 1, down from 1, unknown from 1 |
 * | undecided, none is reached    | none of its checks has been reached from a quorum of regions        |
 */
export function evidenceClause(verdict: Verdict): string {
  const voting = verdict.checks.filter(({ votes }) => votes);
  const reached = voting.filter((check) => check.reached);
  if (verdict.state === "out") {
    const down = voting.filter(({ state }) => state === "down");
    return down.length > 0 ? downClauses(down).join("; ") : "it is down";
  }
  if (verdict.state === "in") {
    const names = reached.map(({ check }) => check);
    return `${listed(names) || "everything"} ${names.length > 1 ? "are" : "is"} up from a quorum of regions`;
  }
  const open = reached.find(({ state }) => state !== "up");
  if (!open) return "none of its checks has been reached from a quorum of regions";
  return `the regions do not agree on ${open.check}: ${tally(open.evidence)}`;
}

/** Checks that say the same in the same regions are one finding, not six. */
function downClauses(checks: readonly CheckVerdict[]): string[] {
  const alike = Map.groupBy(checks, ({ evidence }) => {
    const down = evidence.filter(({ finding }) => finding.kind === "down");
    const detail = down[0]?.finding.kind === "down" ? `: ${down[0].finding.detail}` : "";
    return `down from ${listed(down.map(({ region }) => region))}${detail}`;
  });
  return [...alike].map(([what, ones]) => {
    return `${listed(ones.map(({ check }) => check))} ${ones.length > 1 ? "are" : "is"} ${what}`;
  });
}

function tally(evidence: readonly Evidence[]): string {
  const kinds = ["up", "down", "unknown"] as const;
  const counts = kinds.map((kind) => ({ kind, n: evidence.filter(({ finding }) => finding.kind === kind).length }));
  return counts
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => `${kind} from ${n}`)
    .join(", ");
}
