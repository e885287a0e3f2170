// The real sst.config.ts with SST's own components, bundled as the `sst` command does it, and run against an engine that
// creates nothing. Source of the recipe: SST 4.17.1, cmd/sst and pkg/project (bundle, injected globals, RPC).
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { secrets } from "./configs.ts";
import { createEngine, type Resource } from "./engine.ts";
import { platform, root, work } from "./platform.ts";

/** What a program's run registered, returned and was. */
export type Evaluation = {
  app: { name: string; stage: string; removal: string; protect: boolean; home: string; region: string };
  resources: Resource[];
  outputs: Record<string, unknown>;
};

export type EvaluateOptions = {
  stage?: string;
  /** What lifeboat.config.ts is to export instead of what it does. */
  config: unknown;
  /** A program in sst.config.ts's place. */
  program?: string;
};

const HEAD = [
  `import { createRequire as topLevelCreateRequire } from 'module';`,
  `const require = topLevelCreateRequire(import.meta.url);`,
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"`,
  `const __filename = topLevelFileUrlToPath(import.meta.url)`,
  `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))`,
].join("\n");

/** One bundle serves every stage and configuration: what differs are globals. Returns its path. */
export async function bundleProgram(program = join(root, "sst.config.ts")): Promise<string> {
  const lock: { alias: string; package: string }[] = JSON.parse(readFileSync(join(work, "provider-lock.json"), "utf8"));
  const globals = [
    ...lock.map(({ alias, package: from }) => `import * as ${alias} from "${from}";`),
    `import * as sst from "${platform}/src/components";`,
  ].join("\n");
  const outfile = join(platform, `lifeboat-${process.pid}-${Date.now()}.mjs`);
  await esbuild.build({
    stdin: {
      contents: `export { run } from "${platform}/src/auto/run.ts"; export { default as config } from "${program}";`,
      resolveDir: root,
      loader: "ts",
    },
    plugins: [
      {
        name: "lifeboat",
        setup(build) {
          build.onResolve({ filter: /lifeboat\.config\.ts$/ }, ({ path }) => ({ path, namespace: "given" }));
          build.onLoad({ filter: /.*/, namespace: "given" }, () => ({
            contents: "export default globalThis.given.config;",
          }));
          build.onLoad({ filter: /\.(js|ts|jsx|tsx)$/ }, ({ path }) => {
            const source = readFileSync(path, "utf8");
            const ours = !path.includes(".sst") && !path.includes("node_modules");
            // The extension is one of the filter's four.
            const loader = extname(path).slice(1) as esbuild.Loader;
            return { contents: ours ? `${globals}\n${source}` : source, loader };
          });
        },
      },
    ],
    banner: { js: HEAD },
    mainFields: ["module", "main"],
    format: "esm",
    platform: "node",
    nodePaths: [join(platform, "node_modules")],
    external: [
      "@pulumi/*",
      "undici",
      "@pulumiverse/*",
      "@sst-provider/*",
      "@aws-sdk/*",
      "esbuild",
      "archiver",
      "glob",
      "vite",
    ],
    define: { $app: "globalThis.given.app", $cli: "globalThis.given.cli", $dev: "false" },
    inject: [join(platform, "src/shim/run.js")],
    outfile,
    bundle: true,
    logLevel: "error",
  });
  return outfile;
}

/** What the `sst` command answers to its components while they are made. */
async function serveRpc(folder: string): Promise<string> {
  const answers: Record<string, (params: Record<string, unknown>) => unknown> = {
    "Provider.Aws.Bootstrap": ({ region }) => ({
      asset: `sst-asset-${String(region)}`,
      state: `sst-state-${String(region)}`,
    }),
    "Runtime.Build": ({ functionID, handler }) => {
      const file = String(handler).replace(/\.[^.]+$/, ".ts");
      const out = join(folder, "artifacts", `${String(functionID)}-src`);
      mkdirSync(out, { recursive: true });
      if (!existsSync(join(root, file))) return { handler: "", out, errors: [`handler not found: ${String(handler)}`] };
      writeFileSync(join(out, "bundle.mjs"), `// ${file}\n`);
      return { handler: `bundle${extname(String(handler))}`, out, errors: [], sourcemaps: [] };
    },
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, params }: { method: string; params: Record<string, unknown>[] } = JSON.parse(
      Buffer.concat(chunks).toString(),
    );
    const known = answers[method];
    const body = known ? { result: known(params[0] ?? {}) } : { error: `rpc: no method ${method}` };
    response.writeHead(200, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // The process ends when the program has nothing left to do.
  server.unref();
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}

type Program = {
  run(program: unknown): Promise<Record<string, unknown>>;
  config: {
    app(input: { stage: string }): Promise<{
      name: string;
      home: string;
      removal?: string;
      protect?: boolean;
      providers: { aws: { region: string } };
    }>;
    run: unknown;
  };
};

/** Runs a bundled program. The returned function gives what was registered, to be called when nothing is left to do. */
export async function startProgram(
  bundle: string,
  { stage = "test", config }: EvaluateOptions,
): Promise<() => Evaluation> {
  const folder = mkdtempSync(join(tmpdir(), "lifeboat-infra-"));
  process.env["SST_SERVER"] = await serveRpc(folder);
  for (const [name, value] of Object.entries(secrets)) process.env[`SST_SECRET_${name}`] = value;
  const given: Record<string, unknown> = {
    config,
    cli: {
      command: "deploy",
      dev: false,
      paths: { home: folder, root, work: folder, platform },
      state: { version: {} },
    },
  };
  Object.assign(globalThis, { given });
  const program: Program = await import(pathToFileURL(bundle).href);
  const app = await program.config.app({ stage });
  const { region } = app.providers.aws;
  const { removal = "retain", protect = false } = app;
  // What the command adds to the provider that the program names.
  const tags = { "sst:app": app.name, "sst:stage": stage };
  const provider = { ...app.providers.aws, defaultTags: { tags } };
  given["app"] = { ...app, stage, removal, protect, providers: { aws: provider } };
  const engine = createEngine(region);
  const pulumi = await engine.install(app.name, stage);
  const outputs: Record<string, unknown> = await pulumi.runtime.runInPulumiStack(() => program.run(program.config.run));
  return () => {
    rmSync(folder, { recursive: true, force: true });
    const resources = engine.resources();
    return { app: { name: app.name, stage, removal, protect, home: app.home, region }, resources, outputs };
  };
}
