// docs/checks.md against the schema: every option stands in its table with its default, and the examples are read.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkSchema, type Protocol } from "../../shared/model/check.ts";
import { configSchema } from "../../shared/model/config.ts";
import { reasons } from "../../shared/model/finding.ts";
import { probeHeaderSchema } from "../../shared/model/probe-header.ts";

const text = readFileSync(join(import.meta.dirname, "../../docs/checks.md"), "utf8");

/** Text under each heading. */
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.slice(0, part.indexOf("\n")), part] as const),
);

/** Option and default by the first table of a section. */
function optionsOf(heading: string): Map<string, string> {
  const [table = ""] = /^\| option [^]*?\n(?!\|)/m.exec(sections.get(heading) ?? "") ?? [];
  return new Map(
    [...table.matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)].map(([, name = "", given = ""]) => [name, given.trim()]),
  );
}

const headings: Record<Protocol, { own: string; alsoCertificates: boolean }> = {
  http: { own: "http and https", alsoCertificates: false },
  https: { own: "http and https", alsoCertificates: true },
  tcp: { own: "tcp", alsoCertificates: false },
  tls: { own: "tls", alsoCertificates: true },
  smtp: { own: "smtp, imap and pop3", alsoCertificates: true },
  imap: { own: "smtp, imap and pop3", alsoCertificates: true },
  pop3: { own: "smtp, imap and pop3", alsoCertificates: true },
  dns: { own: "dns", alsoCertificates: false },
};

/** What the schema fills in when only what is required is given. */
function defaultsOf(protocol: Protocol): Record<string, unknown> {
  const required = { tcp: { port: 1 }, dns: { name: "x" } };
  const { protocol: _, ...rest } = checkSchema.parse({ protocol, ...Reflect.get(required, protocol) });
  return Object.fromEntries(
    Object.entries(rest).filter(([key]) => Reflect.get(required, protocol)?.[key] === undefined),
  );
}

describe.each(Object.entries(headings))("%s", (protocol, { own, alsoCertificates }) => {
  const told = new Map([
    ...optionsOf("Every check"),
    ...(alsoCertificates ? optionsOf("Certificates") : []),
    ...optionsOf(own),
  ]);
  if (protocol !== "smtp") told.delete("ehlo");

  test("every option is told, and no other", () => {
    const schema = checkSchema.def.options.find(({ shape }) => shape.protocol.def.values[0] === protocol);
    expect([...told.keys()].toSorted()).toEqual(Object.keys(schema?.shape ?? {}).toSorted());
  });

  test("with its default", () => {
    // A default that differs by protocol is told as `80` (http), `443` (https).
    const plain = (given: string): string => {
      const [, its] = new RegExp(`\`([^\`]+)\` \\(${protocol}\\)`).exec(given) ?? [];
      return its ?? /^`([^`]+)`$/.exec(given)?.[1] ?? "";
    };
    const written = [...told].flatMap(([name, given]) => (plain(given) === "" ? [] : [[name, plain(given)]]));
    // The table's keys are the protocols of the schema.
    const defaults = Object.entries(defaultsOf(protocol as Protocol));
    const expected = defaults.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected));
  });
});

test("every reason is told, and no other", () => {
  const [table = ""] = /^\| reason [^]*?\n(?!\|)/m.exec(text) ?? [];
  expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, reason = ""]) => reason).toSorted()).toEqual(
    [...reasons].toSorted(),
  );
});

test("the examples are read, every protocol is among them", async () => {
  const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  const modules = await Promise.all(
    blocks.map(async (block): Promise<{ default: Record<string, unknown> }> => {
      return import(`data:text/javascript,${encodeURIComponent(block)}`);
    }),
  );
  const [checks, header] = modules.map((module) => module.default);
  const parsed = configSchema.shape.checks.parse(checks?.checks);
  expect(new Set(Object.values(parsed).map(({ protocol }) => protocol))).toEqual(new Set(Object.keys(headings)));
  expect(configSchema.shape.contact.parse(header?.contact)).toBe(header?.contact);
  expect(probeHeaderSchema.parse(header?.probeHeader)).toEqual({ name: "X-Lifeboat", secret: "LIFEBOAT_PROBE_SECRET" });
});

test("so are the steps of scripts", () => {
  const steps = [...(sections.get("tcp") ?? "").matchAll(/^\| `(\{.*?\})` \|/gm)].map(([, step = ""]) => step);
  expect(steps).toHaveLength(3);
  const script: unknown = steps.map((step) => JSON.parse(step.replace(/(\w+):/g, '"$1":')));
  expect(checkSchema.safeParse({ protocol: "tcp", port: 25, script }).error).toBeUndefined();
});
