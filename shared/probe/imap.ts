import type { CheckOf } from "../model/check.ts";
import { converse, type Step } from "./converse.ts";
import type { Probe } from "./probe.ts";
import { imapGreeting, imapReply, type Offer } from "./reply.ts";

type ImapCheck = CheckOf<"imap">;

/** Greeting, CAPABILITY, perhaps STARTTLS, LOGOUT: as RFC 9051 has it. Nobody logs in. */
export const imap: Probe<ImapCheck> = (check, address, stop, context) =>
  converse(check.port, imapScript(check), address, stop, context);

function imapScript(check: ImapCheck): Step[] {
  const command = (tag: string, name: string, offers?: Offer): Step[] => [
    { send: `${tag} ${name}\r\n` },
    { read: imapReply(tag, offers), phase: "response" },
  ];
  const upgrade: Step[] = [
    ...command("a1", "CAPABILITY", { anyOf: ["STARTTLS"], reason: "tls" }),
    ...command("a2", "STARTTLS"),
    { secure: check },
  ];
  return [
    ...(check.tls === "implicit" ? [{ secure: check }] : []),
    { read: imapGreeting(), phase: "banner" },
    ...(check.tls === "starttls" ? upgrade : []),
    ...command("a3", "CAPABILITY", { anyOf: ["IMAP4REV1", "IMAP4REV2"], reason: "answer" }),
    { send: "a4 LOGOUT\r\n" },
    { read: imapReply("a4"), phase: "response", orEnd: true },
  ];
}
