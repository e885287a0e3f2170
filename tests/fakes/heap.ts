/** What is first by `order` comes out first; of equals the one that was put in first. */
export type Heap<T> = { push(item: T): void; peek(): T | undefined; pop(): T | undefined; readonly size: number };

type Entry<T> = { item: T; at: number };

/** A binary heap. `order`: negative where the one comes before the other. */
export function createHeap<T>(order: (one: T, other: T) => number): Heap<T> {
  const entries: Entry<T>[] = [];
  let pushed = 0;
  const isBefore = (one: Entry<T>, other: Entry<T>): boolean => {
    const sign = order(one.item, other.item);
    return sign < 0 || (sign === 0 && one.at < other.at);
  };
  return {
    get size() {
      return entries.length;
    },
    peek: () => entries[0]?.item,
    push(item) {
      const entry = { item, at: pushed++ };
      let index = entries.push(entry) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        const above = entries[parent];
        if (!above || !isBefore(entry, above)) break;
        entries[index] = above;
        index = parent;
      }
      entries[index] = entry;
    },
    pop() {
      const first = entries[0];
      const last = entries.pop();
      if (!first || !last || entries.length === 0) return first?.item;
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        let next = entries[child];
        const right = entries[child + 1];
        if (next && right && isBefore(right, next)) {
          child += 1;
          next = right;
        }
        if (!next || !isBefore(next, last)) break;
        entries[index] = next;
        index = child;
      }
      entries[index] = last;
      return first.item;
    },
  };
}
