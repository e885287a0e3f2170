import type { Finding } from "./finding.ts";

/** One region's standing on one check when the verdict was made: its newest fresh vote, or why it has none. */
export type Evidence = {
  region: string;
  finding: Finding;
  /** Epoch ms; absent where there was no fresh finding. */
  answeredMs?: number;
  /** Up for the restore rule's time and successes. */
  risen: boolean;
};

export type CheckVerdict = {
  check: string;
  votes: boolean;
  state: "up" | "down" | "undecided";
  /** At least q regions have ever seen this definition up. */
  reached: boolean;
  evidence: Evidence[];
};

/** What the electorate says of a box. `risen`: its way back is open by the restore rule (damping is judged in choose). */
export type Verdict = {
  box: string;
  state: "in" | "out" | "undecided";
  risen: boolean;
  checks: CheckVerdict[];
};
