// The faults of what is followed elsewhere, and of who is asked for it. Pure; needs model.
import { canonicalName } from "../model/record.ts";
import { type Draft, present, repeats } from "./draft.ts";
import { judgeName } from "./name.ts";
import { formatPath, type Note } from "./path.ts";

/** Every fault of `follows` and `resolvers`, in the order of the file. */
export function judgeFollows({ pools, resolvers }: Draft): Note[] {
  const list = present(pools);
  const served = new Set(
    list.flatMap(([pool]) =>
      present(pool.names).flatMap(([entry]) => {
        const name = typeof entry === "string" ? entry : entry.name;
        return name === undefined ? [] : [canonicalName(name)];
      }),
    ),
  );
  const followed = list.flatMap(([pool, index]) =>
    present(pool.follows).map(([name, place]) => ({
      key: canonicalName(name),
      path: ["pools", index, "follows", place] as const,
    })),
  );
  const faults = followed.flatMap(({ key, path }): Note[] => {
    const text = faultOf(key, served);
    return text === undefined ? [] : [{ path, text }];
  });
  const twice = repeats(followed.map(({ key, path }) => ({ key, path }))).map(({ key, path, first }) => ({
    path,
    text: `'${key}' is followed already at ${formatPath(first)}; it can answer as one pool does, not as two`,
  }));
  return [...judgeResolvers(resolvers), ...faults, ...twice];
}

function faultOf(name: string, served: ReadonlySet<string>): string | undefined {
  if (name.startsWith("*.")) return `'${name}' is no name that can be asked for; give one that clients use`;
  const fault = judgeName(name);
  if (fault !== undefined) return fault;
  return served.has(name)
    ? `'${name}' is one of the names that Lifeboat itself serves; list here only names hosted elsewhere`
    : undefined;
}

/** `9.9.9.9`, `127.0.0.1:5353`, `2620:fe::fe`, `[2620:fe::fe]:53`: as Node's setServers takes them. */
function judgeResolvers(resolvers: Draft["resolvers"]): Note[] {
  return present(resolvers).flatMap(([text, index]): Note[] => {
    if (isServer(text)) return [];
    const path = ["resolvers", index];
    return [{ path, text: `'${text}' is not an address; write '9.9.9.9', '127.0.0.1:5353' or '[2620:fe::fe]:53'` }];
  });
}

function isServer(text: string): boolean {
  const [, six, four, plain, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+)|([\da-f:]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (four !== undefined) return four.split(".").length === 4 && isHost(four);
  const address = six ?? plain;
  return address !== undefined && address.includes(":") && isHost(`[${address}]`);
}

/** Whether it stands in a URL as it is: URLs know what an address is. */
function isHost(host: string): boolean {
  return URL.canParse(`http://${host}`) && (host.startsWith("[") || new URL(`http://${host}`).hostname === host);
}
