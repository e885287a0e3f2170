import { suffixOf } from "./names.ts";

export type Region = { name: string; suffix: string; provider: aws.Provider };

/** Every resource is made with its region's provider: those without one would land at home. */
export function makeRegions(names: readonly string[]): Region[] {
  return names.map((name) => {
    const suffix = suffixOf(name);
    const tags = { "sst:app": $app.name, "sst:stage": $app.stage };
    return { name, suffix, provider: new aws.Provider(`Aws${suffix}`, { region: name, defaultTags: { tags } }) };
  });
}
