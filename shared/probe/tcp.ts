import type { CheckOf } from "../model/check.ts";
import type { Finding } from "../model/finding.ts";
import { hangUp, open } from "./connect.ts";
import { converse, type Step } from "./converse.ts";
import { timeout, troubleOf } from "./fault.ts";
import { type Outcome, toFinding } from "./findings.ts";
import type { Probe } from "./probe.ts";
import { text } from "./reply.ts";

type TcpCheck = CheckOf<"tcp">;

/**
 * Up when the port accepts a connection, which is then reset; with a script when that is played to its end. Where
 * `closed` is expected, up as long as the port does not accept.
 */
export const tcp: Probe<TcpCheck> = async (check, address, stop, context) => {
  if (check.script) return converse(check.port, scriptOf(check.script), address, stop, context);
  const finding = await connection(check, address, stop, context);
  return check.expect === "closed" ? inverted(finding) : finding;
};

const connection: Probe<TcpCheck> = (check, address, stop, { nowMs }) =>
  new Promise<Finding>((resolve) => {
    const startedMs = nowMs();
    const socket = open(address, check.port);
    const end = (outcome: Outcome): void => {
      resolve(toFinding(outcome, nowMs() - startedMs));
      hangUp(socket);
    };
    socket.on("connect", () => end({}));
    socket.on("error", (error) => end(troubleOf(error, "connect", false)));
    stop.onStop(() => end(timeout("connect", false)));
  });

/**
 * | without `closed`                                  | with       |
 * | ------------------------------------------------- | ---------- |
 * | up                                                | down, open |
 * | down, refused                                     | up         |
 * | down, timeout                                     | up, silent |
 * | down, else: reset or closed, so accepted before   | down, open |
 * | unknown                                           | unknown    |
 */
export function inverted(finding: Finding): Finding {
  if (finding.kind === "unknown") return finding;
  const { ms } = finding;
  if (finding.kind === "down" && finding.reason === "refused") return { kind: "up", ms };
  if (finding.kind === "down" && finding.reason === "timeout") return { kind: "up", ms, silent: true };
  return toFinding({ reason: "open", phase: "connect", detail: "the port accepts connections from here" }, ms);
}

/** What is expected before anything was sent is the greeting; before TLS, the whole line or tag must have come. */
function scriptOf(script: NonNullable<TcpCheck["script"]>): Step[] {
  const firstSend = script.findIndex((step) => "send" in step);
  return script.map((step, index): Step => {
    if ("send" in step) return { ...step, hidden: true };
    if ("starttls" in step) return { secure: step.starttls };
    const next = script[index + 1];
    const beforeTls = next !== undefined && "starttls" in next;
    return { read: text(step.expect, beforeTls), phase: firstSend === -1 || index < firstSend ? "banner" : "response" };
  });
}
