import type { Move } from "../decide/announced.ts";
import type { Manifest } from "../model/manifest.ts";
import { mayExplain } from "../zen/news.ts";
import type { AnnouncePorts } from "./announce.ts";

/** When hundreds go out at once, no one box's configuration is the cause. */
const MOST = 10;

/**
 * What was changed in the configuration of those that went out, by box, where that was within 15 minutes before. A
 * snapshot that cannot be read must not cost the message, so it is only logged.
 */
export async function changesBefore(
  moves: readonly Move[],
  { snapshots, clock, log }: AnnouncePorts,
): Promise<Map<string, string[]>> {
  const out = moves.filter(({ after }) => after === 0);
  const found = new Map<string, string[]>();
  if (!snapshots || out.length > MOST) return found;
  const nowMs = clock.nowMs();
  const look = async (box: string): Promise<void> => {
    const [newest] = await snapshots.manifests(box, { limit: 1 });
    if (newest && mayExplain(newest.changedMs, nowMs)) found.set(box, changeLines(newest));
  };
  const read = await Promise.allSettled(out.map(({ box }) => look(box)));
  for (const one of read)
    if (one.status === "rejected") log.warn("a snapshot could not be read", { error: one.reason as unknown });
  return found;
}

/** What a snapshot says of its change. */
export function changeLines({ id, who, summary, changes }: Manifest): string[] {
  const counted = (changes?.configuration ?? 0) + (changes?.operator ?? 0);
  const more = counted - summary.length;
  return [...summary, ...(more > 0 ? [`and ${more} more`] : []), `snapshot ${id}, uploaded by ${who}`];
}
