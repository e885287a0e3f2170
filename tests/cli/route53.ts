// The command line over an embedded Route 53, found as the SDK finds any endpoint: by the environment.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { type Embedded, startRoute53 } from "../contract/route53-fixture.ts";

export type Terminal = { code: number; out: string; err: string };

export async function run(...words: string[]): Promise<Terminal> {
  const lines = { out: [] as string[], err: [] as string[] };
  const code = await main(words, { out: (text) => lines.out.push(text), err: (text) => lines.err.push(text) });
  return { code, out: lines.out.join("\n"), err: lines.err.join("\n") };
}

export async function startAccount(options: Parameters<typeof startRoute53>[0] = {}): Promise<Embedded> {
  const embedded = await startRoute53(options);
  const environment = {
    AWS_ENDPOINT_URL_ROUTE_53: embedded.url,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  return embedded;
}

/** A folder that is gone with the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lifeboat-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** A lifeboat.config.ts of one pool of two load balancers that serves this name. */
export async function writeConfig(
  name: string,
  regions: readonly string[] = ["eu-west-1", "eu-central-1", "us-east-1"],
): Promise<string> {
  const file = join(await folder(), "lifeboat.config.ts");
  const input = {
    owner: "acme",
    home: "eu-west-1",
    regions,
    allowLocal: true,
    checks: { web: { protocol: "http" } },
    islands: { north: {} },
    pools: [
      {
        id: "web",
        names: [name],
        checks: ["web"],
        loadBalancers: [
          { id: "lb1", island: "north", address: "10.0.0.1" },
          { id: "lb2", island: "north", address: "10.0.0.2" },
        ],
      },
    ],
  };
  await writeFile(file, `export default ${JSON.stringify(input)};\n`);
  return file;
}
