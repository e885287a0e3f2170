import type { Heartbeat, Log } from "../ports.ts";

/** The watcher's answer is not waited for any longer; it is not looked at either. */
const TIMEOUT_MS = 3000;

/**
 * Calls the URL by GET, as healthchecks.io and its like want it. The URL is a secret: whoever has it can keep the watcher
 * quiet, so no line holds it, nor anything that a fault says of it. A failure is told once, until a call succeeds.
 */
export function createHeartbeat({ url, log }: { url: string; log: Log }): Heartbeat {
  let failing = false;
  return {
    async beat(signal) {
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        const response = await fetch(url, { signal: limit, redirect: "follow", headers: { "user-agent": "lifeboat" } });
        await response.body?.cancel();
        if (failing) log.info("the heartbeat is heard again");
        failing = false;
      } catch (error) {
        if (!failing)
          log.warn("the heartbeat's URL does not answer; the outside watcher will notice", { why: whyOf(error) });
        failing = true;
      }
    },
  };
}

/** Only the kind of a fault: its sentence may hold the address. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
  return code === "" ? error.name : code;
}
