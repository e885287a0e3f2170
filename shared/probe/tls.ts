import type { CheckOf } from "../model/check.ts";
import { converse } from "./converse.ts";
import type { Probe } from "./probe.ts";

/** Up when the handshake is done and the certificate will do. */
export const tls: Probe<CheckOf<"tls">> = (check, address, stop, context) =>
  converse(check.port, [{ secure: check }], address, stop, context);
