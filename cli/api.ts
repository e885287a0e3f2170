import type * as z from "zod/mini";
import { problemSchema } from "../shared/model/api.ts";
import { UserError } from "../shared/model/errors.ts";
import { readToken } from "../shared/model/token.ts";
import { baseForToken, isLoopback, jsonOf, LOCAL_URL } from "./url.ts";

const LOCAL_TOKEN =
  "export LIFEBOAT_TOKEN=… with the one in the `API:` line that `npm start` prints, or below its table. (`npx lifeboat token create --local --data DIR` makes others, where it was started as `npm start -- --data DIR`.)";
const TIMEOUT_MS = 60_000;

/** Flags of every command that asks the API. */
export const apiFlags = { url: { type: "string" }, local: { type: "boolean" } } as const;
export const apiUsage = "[--url URL | --local]";

export type Api = {
  /** What a path answers. Throws a UserError with the API's own sentence when it refuses. */
  get<T>(path: string, schema: z.ZodMiniType<T>): Promise<T>;
  bytes(path: string): Promise<Uint8Array>;
  upload<T>(path: string, body: Uint8Array, schema: z.ZodMiniType<T>): Promise<T>;
};

/** The API at --url or LIFEBOAT_URL, or of `npm start`. The token comes from LIFEBOAT_TOKEN: a flag could be read by others. */
export function openApi(
  flags: { url?: string | undefined; local?: boolean | undefined },
  environment: NodeJS.ProcessEnv = process.env,
): Api {
  const { local = false } = flags;
  const base = flags.url ?? (local ? LOCAL_URL : environment["LIFEBOAT_URL"]);
  if (base === undefined)
    throw new UserError(
      "which API? Give --url or set LIFEBOAT_URL (the outputs of the deploy name it), or --local for `npm start`.",
    );
  const url = baseForToken(base);
  const token = environment["LIFEBOAT_TOKEN"];
  if (token === undefined || token === "")
    throw new UserError(
      `LIFEBOAT_TOKEN is not set; ${isLoopback(url) ? LOCAL_TOKEN : "make a token with `npx lifeboat token create`."}`,
    );
  if (!readToken(token))
    throw new UserError(
      "LIFEBOAT_TOKEN is no token: one is lifeboat_ID_ and 43 characters more, in one line; copy all of it.",
    );
  const ask = async (path: string, upload?: Uint8Array): Promise<Response> => {
    const authorization = `Bearer ${token}`;
    const init = upload
      ? { method: "POST", headers: { authorization, "content-type": "application/gzip" }, body: Buffer.from(upload) }
      : { headers: { authorization } };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, url), { ...init, signal, redirect: "error" }).catch((cause: unknown) => {
      throw new UserError(`nothing answers at ${base}: ${reasonOf(cause)}.`, { cause });
    });
    if (!response.ok) throw new UserError(await refusalOf(response, base));
    return response;
  };
  const read = async <T>(response: Response, schema: z.ZodMiniType<T>): Promise<T> => {
    const parsed = schema.safeParse(await jsonOf(response));
    if (parsed.success) return parsed.data;
    throw new UserError(`what answers at ${base} is not Lifeboat, or of another version.`, { cause: parsed.error });
  };
  return {
    get: async (path, schema) => read(await ask(path), schema),
    bytes: async (path) => new Uint8Array(await (await ask(path)).arrayBuffer()),
    upload: async (path, body, schema) => read(await ask(path, body), schema),
  };
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}

async function refusalOf(response: Response, base: string): Promise<string> {
  const problem = problemSchema.safeParse(await jsonOf(response));
  if (problem.success) return problem.data.detail;
  return `${base} answers with status ${response.status}${response.status === 413 ? ": the file is too large" : ""}.`;
}
