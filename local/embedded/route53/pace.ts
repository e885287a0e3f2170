// How fast Route 53 lets one account ask. Source: Route 53 developer guide, "Quotas" (API requests).
import { AwsError } from "../loopback.ts";

/** A bucket that holds `burst` requests and fills at `perS` a second. Before 2026 it was 5 a second and no burst. */
export type Pace = { burst: number; perS: number };

export const currentPace: Pace = { burst: 50, perS: 10 };
export const legacyPace: Pace = { burst: 5, perS: 5 };

/** Returns what is to be called for each request; it throws Throttling when the bucket is empty. */
export function createThrottle({ burst, perS }: Pace, nowMs: () => number): () => void {
  let tokens = burst;
  let atMs = nowMs();
  return () => {
    const ms = nowMs();
    tokens = Math.min(burst, tokens + ((ms - atMs) / 1000) * perS);
    atMs = ms;
    if (tokens < 1) throw new AwsError("Throttling", "Rate exceeded");
    tokens -= 1;
  };
}
