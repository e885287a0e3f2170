import type { Resolved } from "../model/resolved.ts";
import type { Log } from "../ports.ts";

/** Where the outside watcher is called. */
export const HEARTBEAT_VARIABLE = "LIFEBOAT_HEARTBEAT_URL";

/**
 * The URL to call after a good slot, `{region}` in it filled in; undefined when none is configured. One that is missing
 * or no URL is told and otherwise done without: a watcher that hears nothing says so, and probing must go on.
 */
export function readHeartbeatUrl(
  { heartbeat }: Pick<Resolved, "heartbeat">,
  region: string,
  log: Log,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (heartbeat !== true) return undefined;
  const url = environment[HEARTBEAT_VARIABLE]?.replaceAll("{region}", region);
  const fault = faultOf(url);
  if (fault === undefined) return url;
  log.error(`heartbeat is configured, and ${HEARTBEAT_VARIABLE} ${fault}: nobody outside is told that probes run`);
  return undefined;
}

function faultOf(url: string | undefined): string | undefined {
  if (url === undefined || url === "") return "is not set";
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? undefined : "is no http or https URL";
}
