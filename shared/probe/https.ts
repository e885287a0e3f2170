import type { CheckOf } from "../model/check.ts";
import { exchange } from "./exchange.ts";
import { isTrouble, type Outcome, toFinding } from "./findings.ts";
import type { Probe, ProbeContext, Stop } from "./probe.ts";
import { Wire } from "./wire.ts";

type HttpsCheck = CheckOf<"https">;

/** TLS first, judged apart (phase `tls`); only what has the right certificate is sent the request. Then as http. */
export const https: Probe<HttpsCheck> = async (check, address, stop, context) => {
  const startedMs = context.nowMs();
  const wire = new Wire(address, check.port, stop);
  try {
    const outcome = await request(check, address, wire, stop, context);
    return toFinding(outcome, context.nowMs() - startedMs);
  } finally {
    wire.hangUp();
  }
};

async function request(
  check: HttpsCheck,
  address: string,
  wire: Wire,
  stop: Stop,
  context: ProbeContext,
): Promise<Outcome> {
  const connected = await wire.connected();
  if (isTrouble(connected)) return connected;
  const secured = await wire.secure(check, address, context.wallMs, ["http/1.1"]);
  if (isTrouble(secured)) return secured;
  const outcome = await exchange(check, address, wire.release(), stop, context);
  return isTrouble(outcome) ? outcome : secured;
}
