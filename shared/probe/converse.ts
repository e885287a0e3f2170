import type { Finding, Phase } from "../model/finding.ts";
import type { CertificateRule } from "./certificate.ts";
import { isTrouble, type Outcome, toFinding } from "./findings.ts";
import { hideSent } from "./hide.ts";
import type { ProbeContext, Stop } from "./probe.ts";
import type { Parser } from "./reply.ts";
import { Wire } from "./wire.ts";

/**
 * A step of a dialogue: say, hear, or speak TLS from here on. A parser serves once: scripts are made for each probe.
 * `hidden`: the words of it, which may be secret, are not quoted where the server says them back.
 */
export type Step =
  | { send: string | Buffer; hidden?: boolean }
  | { read: Parser; phase: Phase; orEnd?: boolean }
  | { secure: CertificateRule };

/** Connects and plays the script; up when it is played to its end. The connection is ended with RST. */
export async function converse(
  port: number,
  script: readonly Step[],
  address: string,
  stop: Stop,
  { nowMs, wallMs }: ProbeContext,
): Promise<Finding> {
  const startedMs = nowMs();
  const wire = new Wire(address, port, stop);
  try {
    const outcome = await play(wire, script, address, wallMs);
    return toFinding(hideSent(outcome, script.flatMap(hiddenIn)), nowMs() - startedMs);
  } finally {
    wire.hangUp();
  }
}

function hiddenIn(step: Step): string[] {
  return "send" in step && step.hidden ? [step.send.toString()] : [];
}

async function play(wire: Wire, script: readonly Step[], address: string, wallMs: () => number): Promise<Outcome> {
  let outcome = await wire.connected();
  let warning: string | undefined;
  for (const step of script) {
    if (isTrouble(outcome)) return outcome;
    warning ??= outcome.warning;
    outcome = await playStep(wire, step, address, wallMs);
  }
  return isTrouble(outcome) ? outcome : { warning: warning ?? outcome.warning };
}

async function playStep(wire: Wire, step: Step, address: string, wallMs: () => number): Promise<Outcome> {
  if ("read" in step) return wire.read(step.read, step.phase, step.orEnd);
  if ("secure" in step) return wire.secure(step.secure, address, wallMs);
  wire.send(step.send);
  return {};
}
