// Knows when nothing runs any more, however one thing starts the next.

export function trackWork() {
  const running = new Set<Promise<unknown>>();
  return {
    add<T>(work: Promise<T>): Promise<T> {
      running.add(work);
      void work.catch(() => undefined).finally(() => running.delete(work));
      return work;
    },
    async idle(): Promise<void> {
      do {
        await Promise.allSettled(running);
        // What was asked for asynchronously starts in a later turn.
        await new Promise((resolve) => setTimeout(resolve, 50));
      } while (running.size > 0);
    },
  };
}
