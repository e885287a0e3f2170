// What an item holds besides its key: the value as JSON, as text while it is small, gzipped once it is not.
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import * as z from "zod/mini";
import { SoftError } from "../model/errors.ts";
import { labelOf } from "./keys.ts";

/** To be raised when a stored shape changes so that an older Lifeboat could misread it. */
const VERSION = 1;

/** A write costs by the begun KB in every replica; what is smaller stays readable in a console. */
const PACK_OVER_BYTES = 1024;

/** DynamoDB takes 400 KB with keys and attributes (Service quotas, "Item size"). */
const ROOM_BYTES = 400 * 1024 - 4096;

/** Far above what fits packed; a bound all the same on what one item may unfold to. */
const UNPACKED_LIMIT_BYTES = 64 * 1024 * 1024;

/** What people read in a finding is cut to this, where an item would otherwise not fit. */
const SHORT_DETAIL = 40;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

export type Body = { v: number } & ({ json: string } | { packed: Uint8Array });

const bodySchema = z.object({
  v: z.number(),
  json: z.optional(z.string()),
  packed: z.optional(z.instanceof(Uint8Array)),
});

/**
 * A JSON value as the attributes of an item. One that would be too large loses the ends of its details (500 boxes all
 * down at once must not be the report that cannot be written). Throws a SoftError if it is too large even so.
 */
export async function pack(value: unknown): Promise<Body> {
  const whole = await packText(JSON.stringify(value));
  if (sizeOf(whole) <= ROOM_BYTES) return whole;
  const short = await packText(JSON.stringify(value, shortened));
  if (sizeOf(short) <= ROOM_BYTES) return short;
  throw new SoftError(`the item has ${sizeOf(short)} bytes, and DynamoDB takes no more than 400 KB`);
}

async function packText(json: string): Promise<Body> {
  if (Buffer.byteLength(json) <= PACK_OVER_BYTES) return { v: VERSION, json };
  return { v: VERSION, packed: await zip(json) };
}

function sizeOf(body: Body): number {
  return "json" in body ? Buffer.byteLength(body.json) : body.packed.byteLength;
}

function shortened(key: string, value: unknown): unknown {
  return key === "detail" && typeof value === "string" ? value.slice(0, SHORT_DETAIL) : value;
}

/** The value of an item. Throws a SoftError when it is of another version or shape: it is there, and cannot be read. */
export async function unpack<T>(item: Readonly<Record<string, unknown>>, schema: z.ZodMiniType<T>): Promise<T> {
  const name = `the item ${labelOf(item)}`;
  const body = bodySchema.safeParse(item);
  if (!body.success) throw new SoftError(`${name} has no value that can be read`, { cause: body.error });
  const { v, json, packed } = body.data;
  if (v !== VERSION) throw new SoftError(`${name} is of version ${v}, and this Lifeboat reads version ${VERSION}`);
  try {
    const text = packed ? String(await unzip(packed, { maxOutputLength: UNPACKED_LIMIT_BYTES })) : (json ?? "");
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SoftError(`${name} cannot be read`, { cause });
  }
}
