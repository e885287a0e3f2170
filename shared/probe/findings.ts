import type { Finding, Phase, Reason } from "../model/finding.ts";
import { shorten } from "./quote.ts";

/** Why a check is down, before it is known how long it took. */
export type Fault = { reason: Reason; phase: Phase; detail: string };

/** A fault of our own: nothing was learned of the target. */
export type Ours = { ours: string };

export type Trouble = Fault | Ours;

/** What came of a probe. A warning does not change that it is up. */
export type Outcome = Trouble | { warning?: string | undefined };

/** The outcome as a finding, after `ms` milliseconds. */
export function toFinding(outcome: Outcome, ms: number): Finding {
  if ("ours" in outcome) return unknown(outcome.ours);
  // Tenths of a millisecond are all that a network can mean.
  const rounded = Math.max(0, Math.round(ms * 10) / 10);
  if ("reason" in outcome) {
    const { reason, phase, detail } = outcome;
    return { kind: "down", ms: rounded, reason, phase, detail: shorten(detail) };
  }
  if (outcome.warning === undefined) return { kind: "up", ms: rounded };
  return { kind: "up", ms: rounded, warning: shorten(outcome.warning) };
}

export function unknown(detail: string): Finding {
  return { kind: "unknown", detail: shorten(detail) };
}

export function isTrouble(outcome: Outcome): outcome is Trouble {
  return "ours" in outcome || "reason" in outcome;
}
