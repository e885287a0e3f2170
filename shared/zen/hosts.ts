// Host names out of the pattern of a HeadRequire line, which is a regular expression. Pure; no other room.

const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** `(a|b)` at the end of nothing: the choices of a pattern that is one group, or has none. */
function choices(pattern: string): string[] {
  const group = /^(.{0,253}?)\(([^()]{1,1000})\)(.{0,253})$/.exec(pattern);
  if (!group) return pattern.split("|", 50);
  const [, before = "", inside = "", after = ""] = group;
  return inside.split("|", 50).map((choice) => before + choice + after);
}

/**
 * The names that a pattern stands for, in lower case; those that are no plain name (`.*`, `[ab]`) are left out.
 * `^www\.example\.com$`, `www.example.com`, `(www|mail).example.com`, `www.example.com|example.com`.
 */
export function hostsOf(pattern: string | null): string[] {
  if (pattern === null || pattern.length > 2000) return [];
  const bare = pattern
    .replace(/^\^/, "")
    .replace(/(?:\.\*)?\$?$/, "")
    .replaceAll("\\.", ".")
    .replaceAll("\\-", "-");
  const names = choices(bare).map((choice) => choice.replace(/:\d{1,5}$/, "").trim());
  return [...new Set(names.filter((name) => NAME.test(name)).map((name) => name.toLowerCase()))];
}
