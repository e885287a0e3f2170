import manifest from "../../package.json" with { type: "json" };

/** Lifeboat's version, read here and nowhere else. Bundlers copy it into what they build. */
export const VERSION: string = manifest.version;
