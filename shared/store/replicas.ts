import type { Replicas, Store } from "../ports.ts";

/** Writes facts to every region's replica at once. A fact that has arrived by replication already is left as it is. */
export function createReplicas(options: { regions: readonly string[]; storeFor(region: string): Store }): Replicas {
  return {
    async putFacts(facts) {
      const written = await Promise.allSettled(
        options.regions.map((region) => options.storeFor(region).putFacts(facts)),
      );
      return written.flatMap((one, at) => {
        const region = options.regions[at] ?? "";
        return one.status === "rejected" ? [{ region, error: one.reason as unknown }] : [];
      });
    },
  };
}
