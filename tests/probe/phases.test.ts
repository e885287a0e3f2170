// Every protocol, cut at every point of what its server says: reset, closed, or silent from there on.
import { describe, expect, test } from "vitest";
import type { Finding } from "../../shared/model/finding.ts";
import { type Cut, cutting } from "./cutting.ts";
import { ways } from "./good-servers.ts";
import { ask } from "./servers.ts";

/** Points at which a conversation of so many bytes is cut: near its ends more closely, where the plain text is. */
function points(total: number): number[] {
  const every = (from: number, to: number, step: number): number[] =>
    Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
  const all = [
    ...every(0, 4, 1),
    ...every(4, 120, 4),
    ...every(120, total, 24),
    ...every(total - 60, total, 12),
    total - 1,
  ];
  return [...new Set(all)].filter((at) => at >= 0 && at < total).toSorted((a, b) => a - b);
}

/** What was found for each point, all at once. */
async function cutEverywhere(name: string, cut: Cut, timeoutMs: number): Promise<{ at: number; finding: Finding }[]> {
  const { ask: asking, serve } = ways[name] ?? {};
  if (!asking || !serve) throw new Error(`no way of this name: ${name}`);
  await using server = await serve();
  const total = await (async () => {
    await using whole = await cutting(server.port, "stall", Number.MAX_SAFE_INTEGER);
    expect(await ask(asking(whole.port))).toMatchObject({ kind: "up" });
    return whole.passed();
  })();
  const all = points(total);
  const some = cut === "close" ? all : all.filter((_, index) => index % 5 === 0);
  return await Promise.all(
    some.map(async (at) => {
      await using between = await cutting(server.port, cut, at);
      return { at, finding: await ask(asking(between.port, { timeoutMs })) };
    }),
  );
}

const REASONS: Record<Cut, readonly string[]> = { reset: ["reset", "blocked"], close: ["reset"], stall: ["timeout"] };

/** TLS handshakes differ by a few bytes, with their signatures. */
const SIGNATURE_BYTES = 16;

describe.each(Object.keys(ways))("%s", (name) => {
  test.each<[Cut, number]>([
    ["reset", 5000],
    ["close", 5000],
    ["stall", 400],
  ])("%s anywhere", async (cut, timeoutMs) => {
    const found = await cutEverywhere(name, cut, timeoutMs);
    const downs = found.flatMap(({ at, finding }) => (finding.kind === "down" ? [{ at, ...finding }] : []));
    // The end of the farewell is not waited for, nor what is of no interest of an answer.
    const enough = found.find(({ finding }) => finding.kind === "up")?.at ?? Number.POSITIVE_INFINITY;
    expect(found.filter(({ finding }) => finding.kind === "unknown")).toEqual([]);
    expect(found[0]?.finding.kind).toBe("down");
    expect(downs.filter(({ at }) => at > enough + SIGNATURE_BYTES)).toEqual([]);
    for (const { at, reason, ms } of downs) {
      expect(REASONS[cut], `after ${at} bytes`).toContain(reason);
      expect(ms, `after ${at} bytes`).toBeLessThan(timeoutMs + 250);
    }
    // A reset overtakes what was sent before it, and silence takes time: only an end in good order shows how far it came.
    const phases = cut === "close" ? downs.map(({ phase }) => phase) : [];
    const passed = phases.filter((phase, index) => phase !== phases[index - 1]).join(" ");
    expect(passed).toMatch(cut === "close" ? (ways[name]?.phases ?? /^$/) : /^$/);
  });
});
