// How a worker loads the service: without the AWS SDK, which no world needs and which takes longer to load than most
// worlds to run, and with a fault planted where one is to be.
import { registerHooks } from "node:module";
import type { Mutant } from "./mutants.ts";

const EMPTY = "data:text/javascript,export const Route53Client = 0, ChangeResourceRecordSetsCommand = 0;";

/** From now on modules are loaded so. Throws at the end of loading if a fault could not be planted exactly once. */
export function hookLoading(mutant: Mutant | undefined): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith("@aws-sdk/") ? { url: EMPTY, shortCircuit: true } : next(specifier, context),
    load(url, context, next) {
      const loaded = next(url, context);
      const edits = (mutant?.edits ?? []).filter(({ file }) => url.endsWith(`/${file}`));
      if (edits.length === 0) return loaded;
      const source = edits.reduce((text, { find, put }) => planted(text, find, put, url), sourceOf(loaded.source));
      return { ...loaded, source };
    },
  });
}

function planted(text: string, find: string, put: string, url: string): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${url} does not hold the place of the fault exactly once: ${find}`);
  return before + put + after;
}

/** What a file of the disk is loaded as; a module of our own is never anything else. */
function sourceOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined | null): string {
  return typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined);
}
