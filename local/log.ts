import * as z from "zod";
import { clockOf, type Line } from "./screen.ts";
import type { ServiceEvent } from "./service.ts";

const KEPT = 500;

/** What the functions log that a person wants to see beside what is announced. */
const logLineSchema = z.object({ level: z.string(), message: z.string(), error: z.unknown().optional() }).loose();

export type LocalLog = { event(event: ServiceEvent): void; note(text: string): void; lines: readonly Line[] };

/**
 * Turns what happens into lines: readable ones, or one JSON object each. In a live terminal nothing is printed here,
 * because the screen shows the last lines itself.
 */
export function createLog(options: { format: "text" | "json"; live: boolean }): LocalLog {
  const lines: Line[] = [];
  const say = (text: string): void => {
    const atMs = Date.now();
    for (const part of text.split("\n")) lines.push({ atMs, text: part });
    lines.splice(0, Math.max(0, lines.length - KEPT));
    if (!options.live && options.format === "text")
      process.stdout.write(`${clockOf(atMs)} ${text.replaceAll("\n", "\n         ")}\n`);
  };
  const json = (record: object): void => {
    if (options.format === "json") process.stdout.write(`${JSON.stringify({ atMs: Date.now(), ...record })}\n`);
  };
  return {
    lines,
    note: (text) => {
      json({ kind: "note", text });
      say(text);
    },
    event: (event) => {
      const text = textOf(event);
      json(event.kind === "log" ? { ...event, line: parsed(event.line) } : event);
      if (text) say(text);
    },
  };
}

function textOf(event: ServiceEvent): string | undefined {
  switch (event.kind) {
    case "note":
      return event.text;
    case "sns":
      return `SNS ${event.region}: ${event.subject}`;
    case "events":
      return undefined;
    case "log": {
      const line = logLineSchema.safeParse(parsed(event.line));
      if (!line.success) return `${event.region}: ${event.line}`;
      const { level, message, error } = line.data;
      const trouble = level === "WARN" || level === "ERROR";
      return trouble ? `${event.region}: ${message}${error ? ` (${messageOf(error)})` : ""}` : undefined;
    }
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}
