// What probes have really found, kept for the judges: nobody in the service reads it.
import type { Check } from "../../shared/model/check.ts";
import type { Finding } from "../../shared/model/finding.ts";
import type { Resolved } from "../../shared/model/resolved.ts";

type Found = { downMs: number; upMs: number; kind: Finding["kind"] };

export type Ledger = {
  note(region: string, check: Check, address: string, finding: Finding, atMs: number): void;
  found(region: string, box: string, digest: string): Found | undefined;
  /** What a region has noted as seen up once, on whatever box, by digest. */
  met(region: string, seen: Readonly<Record<string, number>>): void;
  hasMet(region: string, digest: string): boolean;
  /** When a finding about a box last changed its kind, in whatever region. */
  changedMs(box: string): number;
  learn(config: Resolved): void;
};

/** `sees`: a region that sees nothing finds nothing. */
export function createLedger(sees: (region: string) => boolean): Ledger {
  const digests = new Map<Check, string>();
  const boxes = new Map<string, string>();
  const found = new Map<string, Found>();
  const contacts = new Set<string>();
  const changed = new Map<string, number>();
  return {
    learn(config) {
      for (const { check, digest } of Object.values(config.checks)) digests.set(check, digest);
      for (const { id, address } of Object.values(config.boxes)) boxes.set(address, id);
    },
    note(region, check, address, finding, atMs) {
      const digest = digests.get(check);
      const box = boxes.get(address);
      if (digest === undefined || box === undefined || !sees(region)) return;
      const key = `${region} ${box} ${digest}`;
      const last = found.get(key) ?? newest();
      if (!found.has(key)) found.set(key, last);
      if (last.kind !== finding.kind) changed.set(box, atMs);
      last.kind = finding.kind;
      if (finding.kind === "down") last.downMs = atMs;
      if (finding.kind === "up") last.upMs = atMs;
    },
    found: (region, box, digest) => found.get(`${region} ${box} ${digest}`),
    met: (region, seen) => Object.keys(seen).forEach((digest) => contacts.add(`${region} ${digest}`)),
    hasMet: (region, digest) => contacts.has(`${region} ${digest}`),
    changedMs: (box) => changed.get(box) ?? Number.NEGATIVE_INFINITY,
  };
}

function newest(): Found {
  const never = Number.NEGATIVE_INFINITY;
  return { downMs: never, upMs: never, kind: "unknown" };
}
