// An imported configuration as the text of a `lifeboat.config.ts`. Pure; needs model.
import type { Imported, ImportedCheck, ImportedPool } from "./import.ts";

/** Where probes start from until somebody chooses. */
const REGIONS = ["eu-west-1", "eu-central-1", "us-east-1"];

/**
 * The file's text. `schema`: what it imports `defineConfig` from. Whatever came out of the zone stands in string literals
 * or, with nothing that could end the line, in comments.
 */
export function renderImport(
  { zone, owner, intervalS, checks, islands, pools, notes }: Imported,
  schema: string,
): string {
  const lines = [
    comment(
      "",
      `From the hosted zone ${zone.name} (${zone.id}), by \`lifeboat import\`. Everything observes at first: nothing is`,
    ),
    comment("", 'written to DNS until a pool\'s mode is "active". What is marked as guessed is for you to correct.'),
    ...(notes.length === 0
      ? []
      : ["//", comment("", "Not expressed here:"), ...notes.map((note) => comment("", `- ${note}`))]),
    `import { defineConfig } from ${text(schema)};`,
    "",
    "export default defineConfig({",
    comment("  ", "Guessed: who you are in every fence."),
    `  owner: ${text(owner)},`,
    comment("  ", "Guessed: three regions near you and your users; most of them must agree."),
    `  home: ${text(REGIONS[0] ?? "")},`,
    `  regions: [${REGIONS.map(text).join(", ")}],`,
    `  intervalS: ${intervalS},`,
    "",
    "  checks: {",
    ...checks.flatMap(renderCheck),
    "  },",
    "",
    comment("  ", "Guessed from the networks: what shares a site's fate is one island. Give each a runbook note."),
    "  islands: {",
    ...islands.map(({ id, addresses }) => `    ${text(id)}: {}, ${comment("", addresses.join(", "))}`),
    "  },",
    "",
    "  pools: [",
    ...pools.flatMap((pool) => renderPool(pool, zone.id)),
    "  ],",
    "});",
  ];
  return `${lines.join("\n")}\n`;
}

function renderCheck({ name, check, remarks }: ImportedCheck): string[] {
  return [...remarks.map((remark) => comment("    ", remark)), `    ${text(name)}: ${object(check)},`];
}

function renderPool({ id, names, ttlS, members, checks, remarks }: ImportedPool, zoneId: string): string[] {
  return [
    ...remarks.map((remark) => comment("    ", remark)),
    "    {",
    `      id: ${text(id)},`,
    '      mode: "observe",',
    "      names: [",
    ...names.map((name) => `        { name: ${text(name)}, zoneId: ${text(zoneId)} },`),
    "      ],",
    `      ttlS: ${ttlS},`,
    `      checks: [${checks.map(text).join(", ")}],`,
    "      loadBalancers: [",
    ...members.flatMap(({ id: box, setIdentifier, island, address, weight }) => {
      const set = setIdentifier === box ? {} : { setIdentifier };
      const standby = weight === 0 ? [comment("        ", "Weight 0 is a standby: it serves once no other does.")] : [];
      return [...standby, `        ${object({ id: box, ...set, island, address, weight })},`];
    }),
    "      ],",
    "    },",
  ];
}

/** A literal of plain values on one line. */
function object(fields: object): string {
  const entries = Object.entries(fields).map(([key, value]) => `${key}: ${literal(value)}`);
  return `{ ${entries.join(", ")} }`;
}

function literal(value: unknown): string {
  return Array.isArray(value)
    ? `[${value.map(literal).join(", ")}]`
    : typeof value === "string"
      ? text(value)
      : String(value);
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** A line comment; what ends a line (ECMAScript, 12.3) or steers a terminal is shown as `?`. */
function comment(indent: string, words: string): string {
  return `${indent}// ${plainLine(words)}`;
}

/** A sentence without anything that ends a line or steers a terminal. */
export function plainLine(words: string): string {
  return words.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}
