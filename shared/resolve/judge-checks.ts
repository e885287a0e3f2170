// The faults of checks, alone and with the pools that ask them. Pure; needs model.
import { canonical6 } from "./address6.ts";
import { type Draft, type DraftPool, firstName, present } from "./draft.ts";
import type { Note, Path } from "./path.ts";

type DraftCheck = NonNullable<NonNullable<Draft["checks"]>[string]>;

/** The faults of checks that one field alone cannot show. */
export function judgeChecks({ checks, pools }: Draft): Note[] {
  if (checks && Object.keys(checks).length === 0)
    return [{ path: ["checks"], text: 'is empty; define at least one check, such as web: { protocol: "http" }' }];
  return Object.entries(checks ?? {}).flatMap(([name, check]) => {
    if (check === undefined) return [];
    const path = ["checks", name];
    const askers = present(pools).flatMap(([pool]) => (pool.checks?.includes(name) ? [pool] : []));
    return [...judgeHost(check, askers, [...path, "host"]), ...judgeAnswers(check, [...path, "contains"])];
  });
}

function judgeHost(check: DraftCheck, askers: readonly DraftPool[], path: Path): Note[] {
  const what = hostOf(check);
  if (what === undefined) return [];
  const isAny = (host: string): boolean => host.startsWith("*.");
  if (what.host !== undefined)
    return isAny(what.host)
      ? [{ path, text: `'${what.host}' is no ${what.is}; set the one that load balancers expect` }]
      : [];
  const hosts = new Map(askers.flatMap((pool) => firstName(pool).map((host) => [host, pool.id ?? ""])));
  const any = [...hosts.keys()].find(isAny);
  if (any) return [{ path, text: `is missing, and '${any}' is no ${what.is}; set the one that load balancers expect` }];
  if (hosts.size < 2) return [];
  const list = [...hosts].map(([host, id]) => `'${host}' (${id})`).join(" and ");
  const text = `is missing, and its pools would ${what.use}: ${list}; set one, or define a check for each`;
  return [{ path, text }];
}

/** What a check does with a host; undefined where it does nothing with one. */
function hostOf(check: DraftCheck) {
  switch (check.protocol) {
    case "http":
    case "https":
      return { host: check.host, is: "Host header", use: "send different Host headers" };
    case "tls":
      return { host: check.host, ...CERTIFICATE };
    case "smtp":
    case "imap":
    case "pop3":
      return check.tls === "starttls" || check.tls === "implicit" ? { host: check.host, ...CERTIFICATE } : undefined;
    case "tcp":
    case "dns":
    case undefined:
      return undefined;
  }
}

const CERTIFICATE = { is: "name to ask of a certificate", use: "ask certificates for different names" };

/** What must be among the answers, where all of them are given already. */
function judgeAnswers(check: DraftCheck, path: Path): Note[] {
  // An answer that could not be read may be the one.
  if (check.protocol !== "dns" || check.equals === undefined || check.equals.includes(undefined)) return [];
  const all = new Set(present(check.equals).map(([answer]) => looseForm(answer)));
  return present(check.contains).flatMap(([answer, index]) => {
    const text = `'${answer}' is not among \`equals\`, so no answer could be right; add it there, or remove \`contains\``;
    return all.has(looseForm(answer)) ? [] : [{ path: [...path, index], text }];
  });
}

/** No two answers that a probe takes for the same differ in it: case, final dots and the forms of IPv6 do not count. */
function looseForm(answer: string): string {
  return canonical6(answer) ?? answer.toLowerCase().replaceAll(/\.(?=\s|$)/g, "");
}
