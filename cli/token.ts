import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { SoftError, UserError } from "../shared/model/errors.ts";
import { deriveKey, KEY_MIN } from "../shared/model/secret.ts";
import { formatToken, hashToken, readToken, scopeSchema } from "../shared/model/token.ts";
import type { Tokens } from "../shared/ports.ts";
import { wireTokens } from "../shared/runtime/wire-tokens.ts";
import type { Command } from "./command.ts";
import { jsonOf, safe, tableOf } from "./table.ts";

const LOCAL_ENDPOINT = "http://127.0.0.1:4701";

const LOCAL_TABLE =
  "Is `npm start` running? Where its --dynamodb-port is another one than 4701, set AWS_ENDPOINT_URL_DYNAMODB to what it prints as `DynamoDB:`.";

const where = {
  table: { type: "string" },
  region: { type: "string" },
  local: { type: "boolean" },
  data: { type: "string" },
} as const;
type Where = { table?: string; region?: string; local?: boolean; data?: string };

const WHERE = "[--table TABLE --region REGION | --local [--data DIR]]";

const outputsSchema = z.object({ table: z.string(), home: z.string() });

/** What the last deploy left behind, where this is the folder that it was made from. */
function deployed(): { table?: string; region?: string } {
  try {
    const { table, home } = outputsSchema.parse(JSON.parse(readFileSync(".sst/outputs.json", "utf8")));
    return { table, region: home };
  } catch {
    return {};
  }
}

/** The table, by the operator's own AWS credentials, or that of `npm start` (AWS_ENDPOINT_URL_DYNAMODB: another port). */
async function withTokens<T>({ table, region, local }: Where, work: (tokens: Tokens) => Promise<T>): Promise<T> {
  const endpoint = local ? { endpoint: process.env["AWS_ENDPOINT_URL_DYNAMODB"] ?? LOCAL_ENDPOINT } : {};
  const known = local ? { table: "lifeboat", region: "eu-west-1" } : deployed();
  const place = { table: table ?? known.table, region: region ?? known.region };
  if (place.table === undefined || place.region === undefined)
    throw new UserError(
      "which table? Give --table and --region as the deploy's outputs name them, or --local for `npm start`.",
    );
  const { tokens, close } = wireTokens({ table: place.table, region: place.region, ...endpoint });
  try {
    return await work(tokens);
  } catch (cause) {
    if (!(cause instanceof SoftError)) throw cause;
    throw new UserError(local ? `${cause.message}. ${LOCAL_TABLE}` : cause.message, { cause });
  } finally {
    close();
  }
}

function secretFor({ data }: Where): string {
  const secret = process.env["LIFEBOAT_KEY"] ?? (data === undefined ? undefined : keptIn(data));
  if (secret === undefined)
    throw new UserError(
      "LIFEBOAT_KEY is not set: the deployment's secret, by which tokens are hashed. Of `npm start -- --data DIR` it is in DIR/key; give --data DIR.",
    );
  if (secret.length < KEY_MIN) throw new UserError(`LIFEBOAT_KEY is shorter than ${KEY_MIN} characters.`);
  return secret;
}

function keptIn(data: string): string {
  const file = join(data, "key");
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new UserError(`${file} cannot be read; is it the --data of \`npm start\`?`, { cause });
  }
}

/** Who revokes is for the record only: whoever may write the table may write any name. */
const whoami = (): string => userInfo().username;

const create: Command = {
  name: "token create",
  summary: "makes a token of the API and shows it once",
  usage: `--scope read|admin|snapshot:BOX [--name NAME] ${WHERE} [--json]`,
  run: async (args, io) => {
    const options = {
      ...where,
      scope: { type: "string" },
      name: { type: "string" },
      json: { type: "boolean" },
    } as const;
    const { values } = parseArgs({ args: [...args], options });
    const scope = scopeSchema.safeParse(values.scope);
    if (!scope.success)
      throw new UserError(
        "--scope: say read, admin, or snapshot:BOX for uploads of one load balancer and nothing else.",
      );
    const name = z
      .string()
      .min(1)
      .max(100)
      .safeParse(values.name ?? scope.data.replace("snapshot:", ""));
    if (!name.success) throw new UserError("--name: give 1 to 100 characters.");
    const secret = secretFor(values);
    const id = randomBytes(6).toString("hex");
    const text = formatToken(id, randomBytes(32));
    const hash = hashToken(deriveKey(secret, "tokens"), readToken(text)?.secret ?? "");
    const token = { id, name: name.data, scope: scope.data, hash, createdMs: Date.now() };
    await withTokens(values, (tokens) => tokens.putToken(token));
    if (values.json) io.out(jsonOf({ id, name: name.data, scope: scope.data, token: text }));
    else {
      io.err(safe(`token ${id} of '${name.data}' for ${scope.data}; it is shown this once:`));
      io.out(text);
    }
    return 0;
  },
};

const list: Command = {
  name: "token list",
  summary: "the tokens there are, and when each was last used",
  usage: `${WHERE} [--json]`,
  run: async (args, io) => {
    const { values } = parseArgs({ args: [...args], options: { ...where, json: { type: "boolean" } } });
    const { tokens, revocations, uses } = await withTokens(values, (open) => open.tokens());
    const rows = tokens
      .toSorted((a, b) => a.createdMs - b.createdMs)
      .map(({ id, name, scope, createdMs }) => {
        const used = Math.max(0, ...uses.filter((use) => use.id === id).map(({ atMs }) => atMs));
        const revokedMs = revocations.find((one) => one.id === id)?.atMs ?? null;
        return { id, name, scope, createdMs, usedMs: used || null, revokedMs };
      });
    if (values.json) io.out(jsonOf({ tokens: rows }));
    else {
      const day = (ms: number | null): string => (ms === null ? "" : new Date(ms).toISOString().slice(0, 16));
      const cells = rows.map((row) => [
        row.id,
        row.name,
        row.scope,
        day(row.createdMs),
        day(row.usedMs),
        day(row.revokedMs),
      ]);
      for (const line of tableOf(["id", "name", "scope", "made (UTC)", "last used", "revoked"], cells)) io.out(line);
    }
    return 0;
  },
};

const revoke: Command = {
  name: "token revoke",
  summary: "makes a token good for nothing",
  usage: `ID ${WHERE}`,
  run: async (args, io) => {
    const { values, positionals } = parseArgs({ args: [...args], options: where, allowPositionals: true });
    const [id] = positionals;
    if (id === undefined || positionals.length > 1)
      throw new UserError("which token? Give its id; `npx lifeboat token list` shows them.");
    await withTokens(values, async (tokens) => {
      if (!(await tokens.token(id)))
        throw new UserError(`there is no token '${safe(id)}'; \`npx lifeboat token list\` shows them.`);
      await tokens.putRevocation({ id, atMs: Date.now(), who: whoami() });
    });
    io.out(`${id} is revoked; the other regions know within seconds`);
    return 0;
  },
};

/** What writes the table itself: who may do so needs no token. */
export const tokenCommands: readonly Command[] = [create, list, revoke];
