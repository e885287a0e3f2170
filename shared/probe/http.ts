import type { CheckOf } from "../model/check.ts";
import { hangUp, open } from "./connect.ts";
import { exchange } from "./exchange.ts";
import { toFinding } from "./findings.ts";
import type { Probe } from "./probe.ts";

/** GET to the address with the configured Host; status, headers and body are judged, redirects are not followed. */
export const http: Probe<CheckOf<"http">> = async (check, address, stop, context) => {
  const startedMs = context.nowMs();
  const raw = open(address, check.port);
  try {
    const outcome = await exchange(check, address, { raw, socket: raw }, stop, context);
    return toFinding(outcome, context.nowMs() - startedMs);
  } finally {
    hangUp(raw);
  }
};
