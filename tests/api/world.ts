// The whole service on one machine with its HTTP port, the CLI as an operator uses it, and a plain HTTP client.
import { serveControl } from "../../local/control.ts";
import { main } from "../../cli/main.ts";
import { writeArchive } from "../../shared/archive/read.ts";
import { startWorld, type World } from "../local/world.ts";

export const KEY = "a key of the tests, as long as it has to be";

export type ApiWorld = World & {
  url: string;
  /** Sends a request with this token, or without any. */
  ask(method: string, path: string, options?: Ask): Promise<Answer>;
  upload(box: string, body: Uint8Array, token?: string): Promise<Answer>;
  /** Runs `lifeboat` with the service's table and API; what it printed. */
  cli(...words: string[]): Promise<{ code: number; out: string; err: string }>;
  /** A token with this scope, made by the CLI. */
  token(scope: string): Promise<string>;
  /** Everything that any of these has ever answered or printed. */
  said(): string;
};

type Ask = { token?: string | undefined; body?: Uint8Array; headers?: Record<string, string> };
export type Answer = {
  status: number;
  headers: Headers;
  bytes: Uint8Array;
  /** The body as JSON; undefined where it is none. */
  json: unknown;
};

/** A slow interval, and by default one region: what is probed is not the point here. */
export async function startApi({ regions = ["eu-west-1"] } = {}): Promise<ApiWorld> {
  const world = await startWorld({
    key: KEY,
    change: (config) => ({
      ...config,
      intervalS: 60,
      regions,
      islands: { north: { note: "Hall 1." }, south: {} },
      checks: { ...config.checks, mail: { protocol: "tcp", port: 25, votes: false } },
      pools: config.pools.map((pool) => ({
        ...pool,
        checks: [...pool.checks, "mail"],
        loadBalancers: pool.loadBalancers.map((box) => ({ ...box, vips: ["10.30.1.10"] })),
      })),
    }),
  });
  const control = await serveControl({ port: 0, service: world.service, demo: undefined, lines: [] });
  const said: string[] = [];
  const ask = async (method: string, path: string, { token, body, headers = {} }: Ask = {}): Promise<Answer> => {
    const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(new URL(path, control.url), {
      method,
      headers: { ...authorization, ...headers },
      ...(body ? { body: Buffer.from(body) } : {}),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    said.push(Buffer.from(bytes).toString("latin1"), JSON.stringify([...response.headers]));
    return { status: response.status, headers: response.headers, bytes, json: jsonOf(bytes) };
  };
  const environment = {
    LIFEBOAT_KEY: KEY,
    LIFEBOAT_TOKEN: world.service.token,
    LIFEBOAT_URL: control.url,
    AWS_ENDPOINT_URL_DYNAMODB: world.service.addresses.dynamodb,
  };
  const cli = async (...words: string[]) => {
    const out: string[] = [];
    const err: string[] = [];
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const code = await main(words, { out: (text) => out.push(text), err: (text) => err.push(text) });
      return { code, out: out.join("\n"), err: err.join("\n") };
    } finally {
      for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
      said.push(...out, ...err);
    }
  };
  return {
    ...world,
    url: control.url,
    ask,
    cli,
    upload: (box, body, token = world.service.token) =>
      ask("POST", `/v1/load-balancers/${box}/snapshots`, {
        token,
        body,
        headers: { "content-type": "application/gzip" },
      }),
    async token(scope) {
      const { code, out, err } = await cli("token", "create", "--scope", scope, "--local");
      if (code !== 0) throw new Error(err);
      return out;
    },
    said: () => said.join("\n"),
    close: async () => {
      await control.close();
      await world.close();
    },
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A backup of these files, all changed at one time. */
export function backupOf(files: ReadonlyMap<string, Uint8Array>, mtimeMs = 1_700_000_000_000): Promise<Uint8Array> {
  const members = [...files].map(([path, bytes]) => ({ path, bytes: bytes.length, mtimeMs, mode: 0o644 }));
  return writeArchive(files, members);
}

/** The files with one of them changed; throws where the text is not there. */
export function altered(
  files: ReadonlyMap<string, Uint8Array>,
  name: string,
  from: string,
  to: string,
): Map<string, Uint8Array> {
  const path = [...files.keys()].find((one) => one.endsWith(`/${name}`));
  const text = Buffer.from((path && files.get(path)) ?? "").toString("latin1");
  if (path === undefined || !text.includes(from)) throw new Error(`no '${from}' in ${name}`);
  return new Map([...files, [path, Buffer.from(text.replaceAll(from, to), "latin1")]]);
}
