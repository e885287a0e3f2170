// Invariant 6: each net change is announced; once, where nothing was lost on the way.
import type { LifeboatEvent } from "../../shared/model/event.ts";
import type { Book } from "./book.ts";

export type Told = {
  /** `sure`: whoever announced it knows that it was. */
  hear(event: LifeboatEvent, sure: boolean): void;
  /** By box of a pool: the weight that was told by the newest epoch, and those that were told without anybody's knowing. */
  newest(pool: string): ReadonlyMap<string, readonly number[]>;
};

type Last = { weight: number; epoch: number; perhaps: readonly number[] };

/** `exactly`: nothing has died, no topic was silent and replication has been quick, ever since the world began. */
export function createTold(book: Book, exactly: () => boolean): Told {
  const told = new Map<string, Map<string, Last>>();
  const poolOf = (pool: string): Map<string, Last> => {
    const found = told.get(pool) ?? new Map<string, Last>();
    told.set(pool, found);
    return found;
  };
  return {
    hear(event, sure) {
      if (event.type !== "weights") return;
      const boxes = poolOf(event.pool);
      for (const { box, before, after } of event.moved) {
        const last = boxes.get(box);
        if (before === after) book.accuse(6, `${event.id} tells that ${box} went from ${before} to ${after}`);
        if (last && exactly() && last.epoch <= event.epoch && last.weight === after)
          book.accuse(6, `${event.id} tells that ${box} is at ${after}, which ${event.pool}/${last.epoch} has told`);
        if (last && last.epoch > event.epoch) continue;
        const perhaps = sure ? [] : [...(last?.perhaps ?? []), ...(last ? [last.weight] : []), before];
        boxes.set(box, { weight: after, epoch: event.epoch, perhaps });
      }
    },
    newest: (pool) => new Map([...poolOf(pool)].map(([box, { weight, perhaps }]) => [box, [weight, ...perhaps]])),
  };
}
