// Secrets among the arguments of a command, by what the tool's own manual says of its options. Pure; no other room.
import type { Mask } from "./redact-names.ts";

/** Tools and the letters whose argument is a secret, whatever it looks like. */
const TOOLS: readonly [RegExp, string][] = [
  [/^check_(?:ldaps?|smtp|ssmtp)(?:\.\w+)?$/, "P"],
  [/^check_(?:https?|curl)(?:\.\w+)?$/, "abP"],
  [/^check_(?:mysql\w*|pgsql|postgres|mssql\w*|oracle\w*|radius|disk_smb)(?:\.\w+)?$/, "p"],
  [/^check_(?:snmp\w*|ifstatus|ifoperstatus|hpjd|printer)(?:\.\w+)?$/, "CAXx"],
  [/^check_nt(?:\.\w+)?$/, "s"],
  [/^check_(?:jabber|sip|asterisk|ups|wmi\w*|winrm)(?:\.\w+)?$/, "pP"],
  [/^curl$/, "uUbd"],
  [/^mysql(?:admin|dump|show)?$/, "p"],
  [/^sshpass$/, "p"],
  [/^ucarp$/, "p"],
  [/^snmp\w+$/, "cAX"],
  [/^(?:trapsess|proxy)$/, "cAX"],
  [/^ldap(?:search|add|modify|whoami|delete|passwd)$/, "w"],
  [/^(?:smbclient|rpcclient)$/, "U"],
  [/^(?:redis-cli|mongo\w*)$/, "ap"],
  [/^lftp$/, "u"],
  [/^ipmitool$/, "P"],
  [/^openssl$/, "kK"],
];

/** Commands that take a password as a bare word or from a pipe: the whole line is its argument. */
const BARE = /\b(?:chpasswd|passwd\s+--stdin|htpasswd|radtest|sqlplus|wpa_passphrase)\b/;
const WITH_OPTION = /\b(?:useradd|usermod)\b/;

/** What a line of a script must have for any tool of the list to be in it. */
const HINT =
  /check_|curl|mysql|sshpass|ucarp|snmp|trapsess|proxy|ldap|smbclient|rpcclient|redis|mongo|lftp|ipmitool|openssl/;

type Word = { start: number; end: number };

/** Words as a shell splits them; the three colons of an old guardian file split too. */
function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let [start, quote] = [-1, ""];
  for (let at = 0; at <= line.length; at += 1) {
    const character = line[at] ?? "\n";
    const field = quote === "" && line.startsWith(":::", at);
    if (quote === "" ? field || /\s/.test(character) : at === line.length) {
      if (start >= 0) words.push({ start, end: at });
      start = -1;
      if (field) at += 2;
      continue;
    }
    if (start < 0) start = at;
    if (character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
  }
  return words;
}

const toolOf = (word: string): string => /[\w.-]+$/.exec(word.slice(-64).replaceAll(/["'`)]+$/g, ""))?.[0] ?? "";

/** What FarmGuardian fills in, and plain ports. */
const FILLED = /^["']?(?:HOST|PORT|\d{1,5})["']?$/;

/** `user:password`, but no URL, no path and no time of day. */
const PAIR = /^["']?[^\s:/"']{1,128}:[^/\s][^\s]*$/;

type Rule = { letters: string; guess: boolean };

const GUESS: Rule = { letters: "", guess: true };

function ruleOf(tool: string): Rule | null {
  const known = TOOLS.find(([pattern]) => pattern.test(tool));
  if (known) return { letters: known[1], guess: false };
  return tool.startsWith("check_") ? GUESS : null;
}

/** Whether the argument of an option is to be masked. Of a tool that nobody knows, `-p` is a port only if it is one. */
function hides(rule: Rule, letter: string, argument: string): boolean {
  if (/^["']?(?:HOST|PORT)["']?$/.test(argument)) return false;
  if (rule.letters.includes(letter)) return true;
  if ("auU".includes(letter)) return PAIR.test(argument);
  return rule.guess && "pPW".includes(letter) && !FILLED.test(argument);
}

/** Of a tool that nobody knows, `-port` is a longer name, and `-phunter2` is not. */
function hidesGlued(rule: Rule, letter: string, glued: string): boolean {
  if (glued === "") return false;
  return (
    rule.letters.includes(letter) || (rule.guess && "pP".includes(letter) && !/^(?:[A-Za-z]+|\d{1,5})$/.test(glued))
  );
}

function maskWord(word: string, mask: Mask): string {
  const quote = word[0] ?? "";
  const wrapped = word.length >= 2 && (quote === '"' || quote === "'") && word.endsWith(quote);
  return wrapped ? quote + mask(word.slice(1, -1)) + quote : mask(word);
}

/** Masks secret arguments. `guess`: the line is a health check, whatever its tool is called. */
export function maskCommand(line: string, guess: boolean, mask: Mask): string {
  if (BARE.test(line) || (WITH_OPTION.test(line) && /\s-p/.test(line))) {
    const lead = /^[\s#]*/.exec(line)?.[0] ?? "";
    return lead + mask(line.slice(lead.length));
  }
  if (!guess && !HINT.test(line)) return line;
  const parts: string[] = [];
  let rule = guess ? GUESS : null;
  let [done, pending] = [0, ""];
  const hide = ({ start, end }: Word): void => {
    parts.push(line.slice(done, start), maskWord(line.slice(start, end), mask));
    done = end;
  };
  for (const word of wordsOf(line)) {
    const text = line.slice(word.start, word.end);
    const option = /^-([A-Za-z]+)(.*)$/s.exec(text);
    if (pending !== "" && rule && hides(rule, pending, text)) hide(word);
    else if (option && rule) {
      const [letters, rest] = [option[1] ?? "", option[2] ?? ""];
      const first = letters[0] ?? "";
      const glued = letters.slice(1) + rest;
      if (hidesGlued(rule, first, glued)) hide({ start: word.start + 2, end: word.end });
      // Letters may be put together, the last of them with an argument: `curl -su user:password`.
      pending = rest === "" ? (letters.at(-1) ?? "") : "";
      continue;
    } else if (!text.startsWith("-")) rule = ruleOf(toolOf(text)) ?? rule;
    pending = "";
  }
  return done === 0 ? line : parts.join("") + line.slice(done);
}
