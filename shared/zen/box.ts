// The one way in: a box's files to its configuration and to the files that may be stored, secrets taken out of both.
// Pure; no other room.
import type { BoxConfig } from "../model/snapshot.ts";
import { parseBox } from "./parse.ts";
import { configDirectory } from "./place.ts";
import { redactFiles } from "./redact.ts";

export type Box = { config: BoxConfig; files: Map<string, Uint8Array> };

/**
 * Redacts and reads the files of a backup or a directory (path → bytes). `key` is `redactionKey` of LIFEBOAT_KEY.
 * Throws a UserError for what is no Zen configuration, or what no load balancer would write.
 */
export function readBox(files: ReadonlyMap<string, Uint8Array>, { key }: { key: Uint8Array }): Box {
  const redacted = redactFiles(files, configDirectory(files.keys()), key);
  return { config: parseBox(redacted), files: redacted };
}
