import type { CheckOf } from "../model/check.ts";
import { converse, type Step } from "./converse.ts";
import type { Probe } from "./probe.ts";
import { type Offer, smtpReply } from "./reply.ts";

type SmtpCheck = CheckOf<"smtp">;

/** Greeting 220, EHLO 250, perhaps STARTTLS, QUIT: as RFC 5321 and RFC 3207 have it. No mail is offered. */
export const smtp: Probe<SmtpCheck> = (check, address, stop, context) =>
  converse(check.port, smtpScript(check), address, stop, context);

function smtpScript(check: SmtpCheck): Step[] {
  const ehlo = (offers?: Offer): Step[] => [
    { send: `EHLO ${check.ehlo}\r\n` },
    { read: smtpReply(250, offers), phase: "response" },
  ];
  const upgrade: Step[] = [
    ...ehlo({ anyOf: ["STARTTLS"], reason: "tls" }),
    { send: "STARTTLS\r\n" },
    { read: smtpReply(220), phase: "response" },
    { secure: check },
  ];
  return [
    ...(check.tls === "implicit" ? [{ secure: check }] : []),
    { read: smtpReply(220), phase: "banner" },
    ...(check.tls === "starttls" ? upgrade : []),
    ...ehlo(),
    { send: "QUIT\r\n" },
    { read: smtpReply(221), phase: "response", orEnd: true },
  ];
}
