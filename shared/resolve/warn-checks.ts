// What works, but badly, of checks. Pure; needs model.
import type { Check } from "../model/check.ts";
import type { Config } from "../model/config.ts";
import type { Note } from "./path.ts";

export function warnChecks({ checks, pools }: Config): Note[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const notes = [...warnPort25(check), ...warnTls(check), ...warnPatterns(check)].map(({ path, text }) => ({
      path: ["checks", name, ...path],
      text,
    }));
    if (!pools.some((pool) => pool.checks.includes(name)))
      notes.push({ path: ["checks", name], text: "no pool lists it, so it is never asked" });
    return notes;
  });
}

function warnPort25({ port }: Check): Note[] {
  const text = "no Lambda without a VPC reaches port 25, so this check will never vote; ask 587 or 465";
  return port === 25 ? [{ path: ["port"], text }] : [];
}

/** The ports on which servers greet in the clear, and those where TLS comes first (RFC 8314, 3.1 to 3.3). */
const implicitPorts = { smtp: { 25: 465, 587: 465 }, imap: { 143: 993 }, pop3: { 110: 995 } } as const;

function warnTls(check: Check): Note[] {
  switch (check.protocol) {
    case "smtp":
    case "imap":
    case "pop3":
      return warnMail(check.tls, check.port, implicitPorts[check.protocol]);
    case "http":
      return check.port === 443 ? [{ path: ["port"], text: "servers want TLS on 443; make it protocol: 'https'" }] : [];
    case "https":
      return check.port === 80
        ? [{ path: ["port"], text: "servers speak without TLS on 80; ask 443, or make it protocol: 'http'" }]
        : [];
    case "tcp":
      return (check.script ?? []).flatMap((step, index) => {
        if (!("starttls" in step) || step.starttls.host !== undefined || step.starttls.certificate === "ignore")
          return [];
        const text = "is missing, so the certificate must be for the bare address; set the name that it is for";
        return [{ path: ["script", index, "starttls", "host"], text }];
      });
    default:
      return [];
  }
}

/** `ports`: the one where TLS comes first, by the one where servers begin in the clear. */
function warnMail(tls: string, port: number, ports: Readonly<Record<number, number>>): Note[] {
  const other = tls === "implicit" ? ports[port] : undefined;
  if (other !== undefined)
    return [
      {
        path: ["port"],
        text: `servers begin in the clear on ${port}, so TLS from the first byte fails; ask ${other}`,
      },
    ];
  if (tls === "implicit" || !Object.values(ports).includes(port)) return [];
  return [{ path: ["tls"], text: `servers want TLS from the first byte on ${port}; set 'implicit'` }];
}

/** `/ok/i` is how a pattern stands in a program; here it stands without. */
function warnPatterns(check: Check): Note[] {
  if (check.protocol !== "http" && check.protocol !== "https") return [];
  const patterns = [
    { path: ["matches"], pattern: check.matches },
    ...(check.headers ?? []).map(({ matches }, index) => ({ path: ["headers", index, "matches"], pattern: matches })),
  ];
  return patterns.flatMap(({ path, pattern = "" }) => {
    const text = `'${pattern}' also wants its slashes (and what stands after them) to be there; write only what is between them`;
    return /^\/.+\/[dgimsuvy]*$/.test(pattern) ? [{ path, text }] : [];
  });
}
