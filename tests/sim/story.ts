// What a world tells when an invariant breaks in it: the end of its story, without what is always so.
import type { Report } from "./fleet-of-worlds.ts";

const LINES = 60;
const DULL = /plans slots|probes slot|says: slot|is pinged|reconciles$/;

/** The last lines before the accusation, and how to see it again. */
export function storyOf({ seed, hours, violation, story = [] }: Report, asked: number): string {
  if (!violation) return "";
  const [heading = ""] = story;
  const told = story.slice(1).filter((line) => !DULL.test(line));
  return [
    `seed ${seed}: invariant ${violation.invariant} is broken after ${hours.toFixed(2)} h: ${violation.says}`,
    `  ${heading}`,
    "  …",
    ...told.slice(-LINES).map((line) => `  ${line.slice(0, 300)}`),
    `see it again: npm run sim -- --seed ${seed} --hours ${asked}`,
  ].join("\n");
}
