// What is written and would change nothing: refused, as nothing is accepted and ignored. Pure; needs model.
import { type Draft, present } from "./draft.ts";
import type { Note, Path } from "./path.ts";
import { isRecord, own } from "./shape.ts";

type DraftCheck = NonNullable<NonNullable<Draft["checks"]>[string]>;

/** What a certificate must satisfy; see `certificate` in model/check.ts. */
const certificateOptions = ["certificate", "ca", "minDays", "warnDays"] as const;

export function judgeUnused({ checks }: Draft, input: unknown): Note[] {
  return Object.entries(checks ?? {}).flatMap(([name, check]) => {
    const written = at(at(input, "checks"), name);
    return check === undefined
      ? []
      : unusedOf(check, written).map(({ path, text }) => ({ path: ["checks", name, ...path], text }));
  });
}

function unusedOf(check: DraftCheck, written: unknown): Note[] {
  switch (check.protocol) {
    case "http":
      return unusedRules(check.headers);
    case "https":
      return [...unusedRules(check.headers), ...unusedCertificate(check.certificate, written, [])];
    case "tls":
      return unusedCertificate(check.certificate, written, []);
    case "smtp":
    case "imap":
    case "pop3":
      return check.tls === "none" ? unusedMail(written) : unusedCertificate(check.certificate, written, []);
    case "tcp":
      return present(check.script).flatMap(([step, index]) => {
        if (!("starttls" in step)) return [];
        const path = ["script", index, "starttls"];
        return unusedCertificate(step.starttls?.certificate, at(at(at(written, "script"), index), "starttls"), path);
      });
    case "dns":
    case undefined:
      return [];
  }
}

function unusedMail(written: unknown): Note[] {
  const text = "changes nothing without TLS; set tls to 'starttls' or 'implicit', or remove it";
  return optionsIn(written).map((option) => ({ path: [option], text }));
}

function unusedCertificate(certificate: string | undefined, written: unknown, path: Path): Note[] {
  if (certificate !== "ignore") return [];
  const text = "changes nothing where certificate is 'ignore'; remove one of them";
  return optionsIn(written).flatMap((option) => (option === "certificate" ? [] : [{ path: [...path, option], text }]));
}

function unusedRules(headers: Extract<DraftCheck, { protocol?: "http" | undefined }>["headers"]): Note[] {
  return present(headers).flatMap(([rule, index]) => {
    const text = "changes nothing of a header that must not be there (`present: false`); remove one of them";
    return rule.present === false
      ? (["contains", "matches"] as const).flatMap((option) =>
          rule[option] === undefined ? [] : [{ path: ["headers", index, option], text }],
        )
      : [];
  });
}

function optionsIn(written: unknown): readonly string[] {
  return certificateOptions.filter((option) => at(written, option) !== undefined);
}

/** A part of what was written. */
function at(whole: unknown, key: string | number): unknown {
  if (Array.isArray(whole)) return whole[Number(key)];
  return isRecord(whole) ? own(whole, String(key)) : undefined;
}
