import * as z from "zod/mini";
import { revocationSchema, tokenSchema, tokenUseSchema } from "../model/token.ts";
import type { Tokens } from "../ports.ts";
import { keys, partitions, prefixes, type Range } from "./keys.ts";
import { absent, openTable, type StoreOptions } from "./table.ts";

/** A busy token's use is written no more often than this: it is to show what nobody uses any more. */
const USE_EVERY_MS = 600_000;

/** The tokens of the API in the table. A token or revocation that cannot be read rejects: nobody is let in by mistake. */
export function createTokens(options: StoreOptions): Tokens {
  const table = openTable(options);
  const written = new Map<string, number>();
  const list = async <T>(partition: string, schema: z.ZodMiniType<T>, range?: Range): Promise<T[]> =>
    table.all(await table.query(partition, { ...(range && { range }), consistent: true }), schema);
  return {
    async token(id) {
      const [item, revocation] = await Promise.all([table.get(keys.token(id)), table.get(keys.revocation(id))]);
      const [token] = item ? await table.all([item], tokenSchema) : [];
      return token && { token, revoked: revocation !== undefined };
    },
    async tokens() {
      const [tokens, revocations, uses] = await Promise.all([
        list(partitions.tokens(), tokenSchema, { prefix: prefixes.token }),
        list(partitions.tokens(), revocationSchema, { prefix: prefixes.revoked }),
        list(partitions.uses(), tokenUseSchema),
      ]);
      return { tokens, revocations, uses };
    },
    async putToken(token) {
      await table.put(keys.token(token.id), { value: token, condition: absent });
    },
    async putRevocation(revocation) {
      await table.put(keys.revocation(revocation.id), { value: revocation, condition: absent });
    },
    async putUse(id, atMs) {
      const before = written.get(id);
      if (before !== undefined && atMs - before < USE_EVERY_MS) return;
      written.set(id, atMs);
      await table.put(keys.tokenUse(id, table.region), { value: { id, region: table.region, atMs } });
    },
  };
}
