import type { CheckOf } from "../model/check.ts";
import { converse, type Step } from "./converse.ts";
import type { Probe } from "./probe.ts";
import { pop3Reply } from "./reply.ts";

type Pop3Check = CheckOf<"pop3">;

/** +OK, CAPA, perhaps STLS, QUIT: as RFC 1939, 2449 and 2595 have it. Nobody logs in. */
export const pop3: Probe<Pop3Check> = (check, address, stop, context) =>
  converse(check.port, pop3Script(check), address, stop, context);

function pop3Script(check: Pop3Check): Step[] {
  const upgrade: Step[] = [
    { send: "CAPA\r\n" },
    { read: pop3Reply({ multiline: true, offers: { anyOf: ["STLS"], reason: "tls" } }), phase: "response" },
    { send: "STLS\r\n" },
    { read: pop3Reply(), phase: "response" },
    { secure: check },
  ];
  return [
    ...(check.tls === "implicit" ? [{ secure: check }] : []),
    { read: pop3Reply(), phase: "banner" },
    ...(check.tls === "starttls" ? upgrade : []),
    { send: "CAPA\r\n" },
    { read: pop3Reply({ multiline: true, optional: true }), phase: "response" },
    { send: "QUIT\r\n" },
    { read: pop3Reply(), phase: "response", orEnd: true },
  ];
}
