// Secrets that are known by their look, without a name: credentials in URLs, bearer tokens, keys with a maker's prefix,
// crypted passwords; and SNMP's directives, which name a community by its place. Pure; no other room.
import type { Mask } from "./redact-names.ts";

/**
 * What is written without a blank or a quote: a URL stands in one. Once it has said a user, quotes may be the password's,
 * but for those that the URL stands in; a port with a quote behind it is none.
 */
const URL_USER = /[a-z][\w+.-]{0,30}:\/\/[^\s"'`:@/]{1,128}:(?!\d{1,5}["'`])/.source;
const WORD = new RegExp(
  `(?:(?<=")${URL_USER}[^\\s"]{1,256}@|(?<=')${URL_USER}[^\\s']{1,256}@|(?<!["'\\w])${URL_USER}\\S{1,256}@)?[^\\s"'\`]+`,
  "gi",
);

/** A host and what may follow it, so that an `@` behind is one of a path. A name without a dot may be a user's. */
const HOST_FIRST = /^(?:[A-Za-z0-9-]+\.[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?|[A-Za-z0-9-]+)[/?#]/;

/** `mailto:a@b` names nobody's password; a variable's name is no user. */
const LEAD = /^(?:[$\w.-]{1,64}=|mailto:|sips?:)/i;

/** What ends a list of ciphers. */
const CIPHERS = /^@(?:STRENGTH|SECLEVEL)/;

/** The part of a word that says who one is, `user:password` before an `@`; a password may hold any character. */
function credentials(word: string): { start: number; end: number } | null {
  const end = word.lastIndexOf("@");
  if (end <= 0 || CIPHERS.test(word.slice(end, end + 10))) return null;
  let at = word.indexOf("://");
  if (at < 0 || at > end) {
    const start = LEAD.exec(word)?.[0].length ?? 0;
    return /^[^:/@]{1,128}:./.test(word.slice(start, end)) ? { start, end } : null;
  }
  for (; at >= 0 && at < end; at = word.indexOf("://", at + 3)) {
    const start = at + 3;
    if (start < end && !HOST_FIRST.test(word.slice(start, start + 300))) return { start, end };
  }
  return null;
}

/** `scheme://user:password@host`, and the same without a scheme. */
function maskCredentials(line: string, mask: Mask): string {
  return line.replaceAll(WORD, (word) => {
    const found = word.includes("@") ? credentials(word) : null;
    return found ? word.slice(0, found.start) + mask(word.slice(found.start, found.end)) + word.slice(found.end) : word;
  });
}

const BEARER = /\b(Bearer|Basic|Digest|Negotiate|NTLM|Token)([ \t]{1,8})([A-Za-z0-9+/=._~-]{8,})/gi;

const RUN = /[A-Za-z0-9_.-]{16,}/g;
const PREFIX = /^(?:eyJ|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abeprs]-|sk_live_|sk-|AKIA|ASIA|AIza|SG\.)/;

/** Addresses of chat hooks are keys by themselves. */
const HOOK =
  /(hooks\.slack\.com\/(?:services|workflows)\/|\/api\/webhooks\/|\.webhook\.office\.com\/)([^\s"'<>]{1,2048})/g;

/** Parts of an address that are keys: of a bot, and of a job that reports. */
const ADDRESS_KEY =
  /(api\.telegram\.org\/(?:file\/)?bot|hc-ping\.com\/(?:ping\/)?)(REDACTED\(\w+\)|[^\s"'`<>/?#)]{1,2048})/gi;

/** Keys of `ip xfrm state … auth NAME 0x… enc NAME 0x…`; an `spi` and a mark have 8 digits at most. */
const XFRM_KEY = /\b0x\w{9,4096}/g;

/** crypt(3): `$6$salt$hash`. */
const CRYPT = /\$(?:1|2[abxy]?|5|6|7|y|apr1|md5)\$[^\s:"'$]{1,64}\$?[./A-Za-z0-9$]{8,200}/g;

/** Masks what is known by its look. */
export function maskTokens(line: string, mask: Mask): string {
  let result = line.includes("@") ? maskCredentials(line, mask) : line;
  result = result.replaceAll(HOOK, (_whole, lead: string, key: string) => lead + mask(key));
  result = result.replaceAll(ADDRESS_KEY, (_whole, lead: string, key: string) => lead + mask(key));
  if (/\bxfrm\b/.test(result)) result = result.replaceAll(XFRM_KEY, (key) => mask(key));
  result = result.replaceAll(
    BEARER,
    (_whole, scheme: string, blanks: string, key: string) => scheme + blanks + mask(key),
  );
  result = result.replaceAll(RUN, (run) => (PREFIX.test(run) ? mask(run) : run));
  return result.includes("$") ? result.replaceAll(CRYPT, (hash) => mask(hash)) : result;
}

/** Directives of snmpd.conf and the word (counted from 1) from which they are secret, and whether the rest is too. */
const DIRECTIVES: readonly [RegExp, number, boolean][] = [
  [/^(?:r[ow]community6?|trapcommunity)$/i, 1, false],
  [/^com2sec6?$/i, 3, false],
  [/^com2secunix$/i, 3, false],
  [/^(?:authcommunity|smuxpeer)$/i, 2, false],
  [/^def(?:community|(?:auth|priv)?passphrase)$/i, 1, false],
  [/^(?:trapsink|trap2sink|informsink)$/i, 2, false],
  [/^(?:createuser|usmuser)$/i, 2, true],
];

const ANY_DIRECTIVE =
  /^[\s#"]*(?:r[ow]community|com2sec|authcommunity|smuxpeer|def|trap|informsink|createuser|usmuser)/i;

/** Masks the community or password of a line of snmpd.conf, a commented one too. */
export function maskSnmp(line: string, mask: Mask): string {
  if (!ANY_DIRECTIVE.test(line)) return line;
  const words = [...line.matchAll(/"[^"]*"|[^\s#"]\S*/g)];
  const directive = DIRECTIVES.find(([name]) => name.test(words[0]?.[0] ?? ""));
  if (!directive) return line;
  const [, place, rest] = directive;
  const context = words[1]?.[0] === "-Cn" ? 2 : 0;
  const first = words[place + context];
  if (!first) return line;
  const end = rest ? line.trimEnd().length : first.index + first[0].length;
  const secret = line.slice(first.index, end);
  const bare = /^"(.*)"$/.exec(secret)?.[1];
  return line.slice(0, first.index) + mask(bare ?? secret) + line.slice(end);
}
