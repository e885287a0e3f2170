// Which arguments of a command are secret, by what the tool's own manual says of its options. Pure; no other room.

/** Tools and the letters whose argument is a secret, whatever it looks like. */
const TOOLS: readonly [RegExp, string][] = [
  [/^check_(?:ldaps?|smtp|ssmtp)(?:\.\w+)?$/, "P"],
  [/^check_(?:https?|curl)(?:\.\w+)?$/, "abP"],
  [/^check_(?:mysql\w*|pgsql|postgres|oracle\w*|radius|disk_smb)(?:\.\w+)?$/, "p"],
  [/^check_(?:snmp[\w-]*|iftraffic\w*|breeze|ifstatus|ifoperstatus|hpjd|printer)(?:\.\w+)?$/, "CAXx"],
  [/^check_nt(?:\.\w+)?$/, "s"],
  [/^check_(?:jabber|sip|asterisk|ups|wmi\w*|winrm|mssql\w*)(?:\.\w+)?$/, "pP"],
  [/^check_(?:redis|mongo\w*)(?:\.\w+)?$/, "ap"],
  [/^curl$/, "uUbd"],
  [/^mysql(?:admin|dump|show)?$/, "p"],
  [/^(?:sshpass|ucarp|ncftp\w*|7z[ar]?)$/, "p"],
  [/^snmp\w+$/, "cAX"],
  [/^(?:trapsess|proxy)$/, "cAX"],
  [/^ldap(?:search|add|modify|whoami|delete|passwd)$/, "w"],
  [/^(?:smbclient|rpcclient)$/, "U"],
  // Their `-U user%password` and `-a user%password` are known by the look.
  [/^(?:net|wbinfo)$/, ""],
  [/^(?:redis-cli|mongo\w*)$/, "ap"],
  [/^lftp$/, "u"],
  [/^(?:ipmitool|zip|unzip|sqlcmd|bcp|isql|osql|tsql)$/, "P"],
  [/^(?:nsupdate|dig)$/, "y"],
  [/^openssl$/, "kK"],
];

/** What the name of every tool of the list has in it: a line or a word without any of these names none. */
export const HINT =
  /check_|curl|mysql|sshpass|ucarp|ncftp|7z|snmp|trapsess|proxy|ldap|smbclient|rpcclient|net|wbinfo|redis|mongo|lftp|ipmitool|zip|sql|bcp|nsupdate|dig|openssl/;

/** Commands that take a password as a bare word or from a pipe: the whole line is its argument. */
const BARE =
  /\b(?:chpasswd|passwd\s+--stdin|htpasswd|radtest|sqlplus|wpa_passphrase)\b|\|[\s\\]{0,200}(?:sudo\s(?:[^|]{0,40}\s)?)?[\w/]{0,40}passwd(?:\s|$)|\|[\s\\]{0,200}sudo\s[^|]{0,40}-\w{0,8}S\b|\bpasswd\s[^|;<]{0,80}<<</;
const WITH_OPTION = /\b(?:useradd|usermod)\b/;

/** Whether a password may stand anywhere in a line. */
export const isBare = (line: string): boolean => BARE.test(line) || (WITH_OPTION.test(line) && /\s-p/.test(line));

/**
 * `letters`: options whose argument is secret. `guess`: beyond them, what looks like a password is taken for one.
 * `community`: a bare word after `-C` is, as of all checks that ask by SNMP.
 */
export type Rule = { letters: string; guess: boolean; community: boolean };

/** A health check of whatever tool. */
export const GUESS: Rule = { letters: "", guess: true, community: false };

/** Checks to which `-C` is a command, a certificate or a limit. */
const OTHER_C =
  /^check_(?:by_ssh|s?smtp|https?|curl|ssl\w*|disk\w*|nrpe\w*|procs|swap|file_age|log\w*|mysql\w*|pgsql|postgres|load|users|mem\w*)(?:\.\w+)?$/;

/** A word that may be a community: no path, no number and no list. */
const COMMUNITY = /^["']?(?![\d.]{1,20}[%kMGT]?["']?$)[^\s"'/,:]{1,128}["']?$/;

/** The rule of a tool by its name, or null for what is none. A known check is guessed at beside what is known of it. */
export function ruleOf(tool: string): Rule | null {
  if (!HINT.test(tool)) return null;
  const known = TOOLS.find(([pattern]) => pattern.test(tool));
  const guess = tool.startsWith("check_");
  if (!known && !guess) return null;
  return { letters: known?.[1] ?? "", guess, community: guess && !OTHER_C.test(tool) };
}

/** What FarmGuardian fills in, plain ports, and the releases of SNMP. */
const FILLED = /^["']?(?:HOST|PORT|\d{1,5}|2c)["']?$/;

/** `user:password`, but no URL, no path and no time of day; `user%password`, as Samba writes it; Oracle's `user/password@`. */
const PAIR = /^["']?(?:[^\s:/"']{1,128}:[^/\s]|[\w.@\\-]{1,128}%[^\s%"']|[\w.$#]{1,128}\/[^\s/@]{1,512}@)/;
const PAIR_OPTIONS = new Set(["a", "u", "U", "--user", "--proxy-user", "--login", "--connect"]);

/** `file:password`, of a client's certificate. */
const FILE_PAIR = /^["']?[^\s:"']{1,512}:(?!\/\/)/;
const FILE_PAIR_OPTIONS = new Set(["E", "--cert", "--proxy-cert"]);

/** Where in the argument of an option (`p`, `--user`) the secret begins; -1 without one. */
export function secretFrom(rule: Rule, option: string, argument: string): number {
  if (/^["']?(?:HOST|PORT)["']?$/.test(argument)) return -1;
  if (rule.letters.includes(option)) return 0;
  if (PAIR_OPTIONS.has(option)) return PAIR.test(argument) ? 0 : -1;
  if (FILE_PAIR_OPTIONS.has(option)) return FILE_PAIR.exec(argument)?.[0].length ?? -1;
  if (rule.community && option === "C") return COMMUNITY.test(argument) && !FILLED.test(argument) ? 0 : -1;
  // Of a tool that nobody knows, `-p` is a port only if it is one.
  return rule.guess && "pPW".includes(option) && !FILLED.test(argument) ? 0 : -1;
}

/** Whether what is glued to a letter is secret. Of a tool that nobody knows, `-port` is a longer name, `-ph0nter` not. */
export function hidesGlued(rule: Rule, letter: string, glued: string): boolean {
  if (glued === "") return false;
  return (
    rule.letters.includes(letter) || (rule.guess && "pP".includes(letter) && !/^(?:[A-Za-z]+|\d{1,5})$/.test(glued))
  );
}

/** After these options of check_oracle the words are SID, user, password. */
const PLACED_OPTIONS = new Set(["--tablespace", "--cache"]);

/** How many words behind a long option a password stands; 0 for none. */
export const wordsAhead = (option: string): number => (PLACED_OPTIONS.has(option) ? 3 : 0);

/** What a check sends: a line of POP, IMAP, SMTP, NNTP or Redis that logs in; a line ends with `\r` or `\n`, spelt out. */
const LOGIN =
  /((?:^|\\[rn])(?:[\w.]{1,16}[ ])?(?:PASS|AUTHINFO PASS|AUTH|AUTHENTICATE|LOGIN)[ ]{1,8})((?:(?!\\[rn])[^]){1,4096})/gi;

/** A way to log in that is named without a secret. */
const MECHANISM = /^(?:TLS|SSL|LOGIN|PLAIN|CRAM-MD5)$/i;

/** Masks what a login is told. */
export function maskLogin(sent: string, mask: (secret: string) => string): string {
  return sent.replaceAll(LOGIN, (whole: string, lead: string, secret: string) =>
    MECHANISM.test(secret) ? whole : lead + mask(secret),
  );
}
