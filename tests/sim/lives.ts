// How load balancers live: they fail alone, by island and all together, flap, restart, and answer some regions only.
import type { Resolved } from "../../shared/model/resolved.ts";
import type { Chance } from "./chance.ts";
import type { Ailment, Fleet } from "./fleet.ts";
import type { Loop } from "./loop.ts";

const MINUTE_MS = 60_000;

type Ports = { loop: Loop; chance: Chance; fleet: Fleet; config: () => Resolved; say: (what: () => string) => void };

/** Lets them live until the time given; `meanMs`: how often something happens. */
export function startLives({ loop, chance, fleet, config, say }: Ports, meanMs: number, untilMs: number): void {
  const ailment = (): Ailment => chance.of(["refuse", "hang", "status", "refuse"]);
  const ail = (boxes: readonly string[], what: Ailment, lastsMs: number, where?: readonly string[]): void => {
    say(
      () =>
        `-- ${boxes.join(", ")}: ${what} for ${Math.round(lastsMs / 1000)} s${where ? ` from ${where.join(", ")}` : ""}`,
    );
    for (const box of boxes) fleet.set(box, what, where);
    loop.after(lastsMs, () => {
      say(() => `-- ${boxes.join(", ")}: mended`);
      for (const box of boxes) fleet.set(box, undefined, where);
    });
  };
  const lasts = (): number =>
    chance.is(0.15) ? chance.between(15, 60) * MINUTE_MS : chance.wait(5 * MINUTE_MS) + 20_000;
  const happen = (): void => {
    const { boxes, regions } = config();
    const all = Object.keys(boxes);
    const box = chance.of(all);
    const island = Object.values(boxes).filter((one) => one.island === boxes[box]?.island);
    const kind = chance.of([
      "one",
      "one",
      "one",
      "island",
      "island",
      "all",
      "flap",
      "some",
      "restart",
      "rolling",
      "next",
    ] as const);
    switch (kind) {
      case "one":
        return ail([box], ailment(), lasts());
      case "island":
        return ail(
          island.map(({ id }) => id),
          ailment(),
          lasts(),
        );
      case "all":
        return ail(all, ailment(), chance.wait(3 * MINUTE_MS) + 20_000);
      case "restart":
        return ail([box], "refuse", 2000);
      case "some":
        return ail([box], ailment(), lasts(), regions.slice(0, chance.whole(1, regions.length)));
      case "rolling":
        // One after the other, as velocity must slow it down.
        return all.forEach((one) => void loop.after(chance.between(0, 90_000), () => ail([one], ailment(), lasts())));
      case "next":
        return ail(chance.some(all, 0.5), ailment(), lasts());
      case "flap":
        return flap(box, chance.whole(3, 8), chance.of([4000, 20_000, 75_000, 150_000]));
      default:
        return kind satisfies never;
    }
  };
  const flap = (box: string, times: number, everyMs: number): void => {
    if (times === 0) return;
    ail([box], ailment(), everyMs / 2);
    loop.after(everyMs * chance.between(0.8, 1.3), () => flap(box, times - 1, everyMs));
  };
  const next = (): void => {
    if (loop.nowMs() >= untilMs) return;
    happen();
    loop.after(chance.wait(meanMs), next);
  };
  loop.after(chance.wait(meanMs) + 3 * MINUTE_MS, next);
}
