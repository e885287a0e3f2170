// A function's bundle as SST 4.17.1 makes it (pkg/runtime/node/build.go), with the same esbuild as its command embeds.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { bundling } from "../../stacks/functions.ts";

const root = join(import.meta.dirname, "../..");

/** What SST puts before every bundle. */
const BANNER = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  `const require = topLevelCreateRequire(import.meta.url);`,
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
  `const __filename = topLevelFileUrlToPath(import.meta.url)`,
  `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
  "",
].join("\n");

/** `entry`: a file of the project, or source text. Writes `bundle.mjs` into the folder; `inputs` are the files in it. */
export async function bundleFunction(
  entry: { file: string } | { source: string },
  folder: string,
): Promise<{ file: string; inputs: string[] }> {
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, "bundle.mjs");
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    ...("file" in entry
      ? { entryPoints: [join(root, entry.file)] }
      : { stdin: { contents: entry.source, resolveDir: root, loader: "ts" as const } }),
    platform: "node",
    external: ["sharp", "pg-native"],
    keepNames: bundling.esbuild.keepNames,
    bundle: true,
    metafile: true,
    sourcemap: "linked",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    minify: bundling.minify,
    banner: { js: BANNER },
    outfile,
    logLevel: "error",
  });
  return { file: outfile, inputs: Object.keys(metafile.inputs) };
}
