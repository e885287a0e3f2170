// The schema's issues as sentences, and what can still be read of a faulty configuration. Pure; needs model.
import * as z from "zod";
import { unbuilt } from "../model/config.ts";
import type { Note, Path } from "./path.ts";
import { didYouMean } from "./suggest.ts";

type Schema = z.core.$ZodType;

/** Whatever of `T` could be read: any part may be missing, but what is there is as the schema wants it. */
export type Loose<T> = T extends readonly (infer E)[]
  ? (Loose<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Loose<T[K]> | undefined }
    : T;

/**
 * Reads each part by itself, so that one fault does not hide the others: array places stay, unreadable parts are
 * undefined, and a default stands in for what is absent.
 */
export function readable<S extends Schema>(schema: S, raw: unknown): Loose<z.output<S>> | undefined {
  // Every leaf comes out of safeParse with its own part of the schema, and every branch keeps the schema's shape.
  return read(schema, raw) as Loose<z.output<S>> | undefined;
}

function read(schema: Schema, raw: unknown): unknown {
  const whole = z.safeParse(schema, raw);
  if (whole.success) return whole.data;
  const inner = unwrap(schema, raw);
  if (inner instanceof z.core.$ZodArray && Array.isArray(raw))
    return raw.map((part) => read(inner._zod.def.element, part));
  if (!isRecord(raw)) return undefined;
  if (inner instanceof z.core.$ZodObject) {
    return Object.fromEntries(
      Object.entries(inner._zod.def.shape).map(([key, part]) => [key, read(part, own(raw, key))]),
    );
  }
  if (inner instanceof z.core.$ZodRecord) {
    return Object.fromEntries(Object.entries(raw).map(([key, part]) => [key, read(inner._zod.def.valueType, part)]));
  }
  return undefined;
}

/** Every issue as a note with what is wrong and what to do. */
export function describeIssues(schema: Schema, raw: unknown, issues: readonly z.core.$ZodIssue[]): Note[] {
  // zod also counts what has a length, such as a function, though it is of another kind altogether.
  const wrong = new Set(issues.flatMap(({ code, path }) => (code === "invalid_type" ? [path.join("\n")] : [])));
  return issues
    .filter(({ code, path }) => code !== "too_small" || !wrong.has(path.join("\n")))
    .flatMap((issue) => describe(schema, raw, issue));
}

function describe(schema: Schema, raw: unknown, issue: z.core.$ZodIssue): Note[] {
  const { path } = issue;
  const { schema: here, value } = at(schema, raw, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownOption(key, optionsOf(here, value)) }));
    case "invalid_union": {
      const object = isRecord(value) && !issue.discriminator ? issue.errors[meantBy(here, value)] : undefined;
      if (object && isRecord(value) && isOfNoKind(here, value, object))
        return [{ path, text: `has ${Object.keys(value).slice(0, 5).join(" and ") || "nothing"}; ${give(here)}` }];
      if (object) return object.flatMap((part) => describe(schema, raw, { ...part, path: [...path, ...part.path] }));
      return [
        { path, text: issue.discriminator ? wrongKind(here, issue.discriminator, value) : wrongType(here, value) },
      ];
    }
    case "invalid_value":
      return [{ path, text: wrongValue(value, issue.values.map(String)) }];
    case "invalid_type":
      if (path.length === 0)
        return [{ path, text: "the configuration must be the { … } of options that defineConfig takes" }];
      return [{ path, text: wrongType(here, value, issue.expected) }];
    case "too_small":
      return [{ path, text: tooSmall(here, issue) }];
    case "too_big":
      return [{ path, text: `is more than ${count(issue.maximum, issue.origin)}; lower it` }];
    case "invalid_key":
      return [{ path, text: `the name ${issue.issues[0]?.message ?? "is not allowed"}` }];
    case "invalid_format":
    case "custom":
      return [{ path, text: value === undefined ? issue.message : `${show(value)} ${issue.message}` }];
    default:
      return [{ path, text: issue.message }];
  }
}

/** Whether an object has the keys of none of several kinds, or of two at once: then the kinds are told, not its keys. */
function isOfNoKind(
  schema: Schema | undefined,
  value: Record<string, unknown>,
  issues: readonly z.core.$ZodIssue[],
): boolean {
  if (!(schema instanceof z.core.$ZodUnion)) return false;
  const kinds = schema._zod.def.options.filter((option) => option instanceof z.core.$ZodObject);
  const foreign = issues.some(({ code, path }) => code === "unrecognized_keys" && path.length === 0);
  return kinds.length > 1 && (foreign || Object.keys(value).length === 0);
}

function unknownOption(key: string, known: readonly string[]): string {
  if (unbuilt.includes(key)) return "is not built yet; remove it";
  const meant = didYouMean(key, known);
  return `is no option; ${meant ? `did you mean '${meant}'?` : `there are ${known.join(", ")}`}`;
}

function wrongKind(schema: Schema | undefined, key: string, value: unknown): string {
  const known = schema instanceof z.core.$ZodDiscriminatedUnion ? kindsOf(schema, key) : [];
  const given = isRecord(value) ? own(value, key) : undefined;
  return given === undefined ? `is missing; it is one of ${known.join(", ")}` : wrongValue(given, known);
}

function wrongValue(value: unknown, known: readonly string[]): string {
  if (typeof value === "string" && known.includes(value)) return `'${value}' is a text; write it without quotes`;
  if (value === undefined) return `is missing; it is one of ${known.join(", ")}`;
  const others = known.length === 1 ? `'${known[0]}' is` : `${known.join(", ")} are`;
  if (typeof value === "string" && unbuilt.includes(value)) return `${show(value)} is not built yet; ${others}`;
  const meant = typeof value === "string" ? didYouMean(value, known) : undefined;
  return `${show(value)} is not one of ${known.join(", ")}; ${meant ? `did you mean '${meant}'?` : "choose one of them"}`;
}

function wrongType(schema: Schema | undefined, value: unknown, expected?: string): string {
  if (value === undefined) return `is missing; ${give(schema, expected)}`;
  if (value instanceof RegExp && expected === "string")
    return `${String(value).slice(0, 100)} is not a text; write the pattern as text: ${JSON.stringify(value.source).slice(0, 100)}`;
  return `${show(value)} is not ${article(expected)}; ${give(schema, expected)}`;
}

function give(schema: Schema | undefined, expected?: string): string {
  return `give ${descriptionOf(schema) ?? (expected === "object" ? optionsIn(schema) : undefined) ?? article(expected)}`;
}

/** What an object that nobody has described may hold: `{ address, port }`, `{ protocol, … }`. */
function optionsIn(schema: Schema | undefined): string | undefined {
  if (schema instanceof z.core.$ZodDiscriminatedUnion) return `{ ${schema._zod.def.discriminator}, … }`;
  const known = optionsOf(schema, undefined);
  return known.length === 0 ? undefined : `{ ${known.join(", ")} }`;
}

function tooSmall(schema: Schema | undefined, issue: z.core.$ZodIssueTooSmall): string {
  const about = descriptionOf(schema);
  if (issue.origin === "array") return `is empty; give ${about ?? `at least ${issue.minimum}`}`;
  if (issue.origin === "string") return "is empty; give it a text or remove it";
  return `is less than ${count(issue.minimum, issue.origin)}; raise it`;
}

function count(limit: number | bigint, origin: string): string {
  if (origin === "string") return `${limit} characters`;
  return origin === "array" ? `${limit} entries` : String(limit);
}

function article(expected: string | undefined): string {
  switch (expected) {
    case "int":
      return "a whole number";
    case "number":
      return "a number";
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    default:
      return "a { … } of options";
  }
}

/** The part of the schema and of the input that a path leads to. */
function at(schema: Schema, raw: unknown, path: Path): { schema: Schema | undefined; value: unknown } {
  let here: Schema | undefined = schema;
  let value = raw;
  for (const key of path) {
    const inner: Schema | undefined = here && unwrap(here, value);
    const next: unknown = isRecord(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
    if (inner instanceof z.core.$ZodObject) here = inner._zod.def.shape[String(key)];
    else if (inner instanceof z.core.$ZodArray) here = inner._zod.def.element;
    else if (inner instanceof z.core.$ZodRecord) here = inner._zod.def.valueType;
    // The discriminator's own issue carries its path: what it may be is known to the union.
    else if (!(inner instanceof z.core.$ZodDiscriminatedUnion)) here = undefined;
    if (!(inner instanceof z.core.$ZodDiscriminatedUnion)) value = next;
  }
  return { schema: here, value };
}

/** The schema under defaults and options; of a union, the member that the input seems to mean. */
function unwrap(schema: Schema, raw: unknown): Schema {
  if (
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodOptional
  )
    return unwrap(schema._zod.def.innerType, raw);
  if (schema instanceof z.core.$ZodDiscriminatedUnion) {
    const kind = isRecord(raw) ? own(raw, schema._zod.def.discriminator) : undefined;
    return schema._zod.def.options.find((option) => kindOf(option, schema._zod.def.discriminator) === kind) ?? schema;
  }
  if (schema instanceof z.core.$ZodUnion && isRecord(raw))
    return schema._zod.def.options[meantBy(schema, raw)] ?? schema;
  return schema;
}

/** The place of the option of a union that an object seems to mean: the first of those that know most of its keys. */
function meantBy(schema: Schema | undefined, raw: Record<string, unknown>): number {
  if (!(schema instanceof z.core.$ZodUnion)) return -1;
  const known = schema._zod.def.options.map((option) => {
    return option instanceof z.core.$ZodObject
      ? Object.keys(raw).filter((key) => Object.hasOwn(option._zod.def.shape, key)).length
      : -1;
  });
  return known.indexOf(Math.max(...known));
}

function optionsOf(schema: Schema | undefined, value: unknown): string[] {
  const inner = schema && unwrap(schema, value);
  return inner instanceof z.core.$ZodObject ? Object.keys(inner._zod.def.shape) : [];
}

function kindsOf(schema: z.core.$ZodDiscriminatedUnion, key: string): string[] {
  return schema._zod.def.options.map((option) => kindOf(option, key) ?? "");
}

function kindOf(option: Schema, key: string): string | undefined {
  const kind: unknown = option instanceof z.core.$ZodObject ? option._zod.def.shape[key] : undefined;
  return kind instanceof z.core.$ZodLiteral ? String(kind._zod.def.values[0]) : undefined;
}

function descriptionOf(schema: Schema | undefined): string | undefined {
  return schema && z.globalRegistry.get(schema)?.description;
}

function show(value: unknown): string {
  // What begins so may be a key, of which nothing is to be shown.
  if (typeof value === "string" && value.startsWith("-----BEGIN ")) return "this text";
  if (typeof value === "string") return `'${value.slice(0, 100)}'`;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
