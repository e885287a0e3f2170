// Which DNS names can be served. Pure; names no other room.

/** A name has at most 253 characters (RFC 1035, 2.3.4), and its fence's name must fit as well. */
const NAME_MAX = 253;
const LABEL_MAX = 63;
const FENCE_LABEL = "_lifeboat.";
const ANY_FENCE_LABEL = "_lifeboat-any.";

/**
 * Why a canonical name (lower case, no final dot) cannot be served, as a sentence that begins with the name, or undefined.
 *
 * | name                     | verdict                              |
 * | ------------------------ | ------------------------------------ |
 * | lb.example.com           | fine                                 |
 * | *.example.com            | fine: the first label may be `*`     |
 * | a.*.example.com, *a.b.c  | `*` elsewhere is an ordinary letter  |
 * | bücher.example           | to be written as punycode            |
 * | _x.example.com           | no host's name                       |
 * | lb                       | no domain                            |
 * | 1.2.3.4                  | an address                           |
 * | labels over 63, over 253 | too long, the fence's name included  |
 */
export function judgeName(name: string): string | undefined {
  const because = fault(name);
  return because === undefined ? undefined : `'${name.slice(0, 100)}' ${because}`;
}

function fault(name: string): string | undefined {
  if (/[^\x21-\x7e]/.test(name)) return unicodeFault(name);
  if (/^[\d.]+$/.test(name)) return "is an address; give the DNS name that clients ask for";
  if (/^[^/:]+:\d+$/.test(name)) return "has a port; give only the name, and the port to a check";
  if (name.includes("/") || name.includes(":")) return "is a URL; give only its host name";
  const labels = name.split(".");
  if (labels.length < 2) return "has no domain; give the whole name, such as 'lb.example.com'";
  const hosts = labels[0] === "*" ? labels.slice(1) : labels;
  if (hosts.some((label) => label === "")) return "has an empty label; remove the doubled or leading dot";
  if (hosts.some((label) => label.includes("*")))
    return "has a '*' that is not its whole first label; DNS knows only '*.example.com'";
  if (hosts.some((label) => label.includes("_")))
    return "has an underscore, which no host name may have; clients would refuse it";
  const long = hosts.find((label) => label.length > LABEL_MAX);
  if (long) return `has a label of ${long.length} characters; DNS allows ${LABEL_MAX}`;
  if (hosts.some((label) => !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)))
    return "has a label that is not letters, digits and inner hyphens; correct it";
  const max = labels[0] === "*" ? NAME_MAX - ANY_FENCE_LABEL.length + "*.".length : NAME_MAX - FENCE_LABEL.length;
  if (name.length > max) return `is ${name.length} characters long; ${max} leave room for the name of its fence`;
  return undefined;
}

function unicodeFault(name: string): string {
  const ascii = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : "";
  return ascii.includes("xn--")
    ? `has letters beyond ASCII; write it as DNS does: '${ascii}'`
    : "has spaces or characters that no DNS name may have; correct it";
}
