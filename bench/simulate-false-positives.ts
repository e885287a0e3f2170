// Chance played out: slot after slot of a healthy load balancer, judged by the rules that the service itself uses.
import { confirm } from "../shared/decide/attempts.ts";
import { agreedOn } from "../shared/decide/votes.ts";
import type { Finding } from "../shared/model/finding.ts";
import type { Vote } from "../shared/model/suspicion.ts";
import type { Chance } from "../shared/schedule/false-positives.ts";

const UP: Finding = { kind: "up", ms: 1 };
const DOWN: Finding = { kind: "down", ms: 2500, reason: "timeout", phase: "connect", detail: "lost" };

/** How many of so many slots withdrew it. `random` gives numbers in [0, 1). */
export function simulateSlots(slots: number, chance: Chance, random: () => number): number {
  const probe = (): Finding => (random() < chance.loss ? DOWN : UP);
  const vote = (region: string): Vote => {
    const finding = confirm(Array.from({ length: chance.attempts }, probe));
    return { box: "lb1", check: "web", digest: "d", region, finding, answeredMs: 0 };
  };
  const regions = Array.from({ length: chance.regions }, (_, index) => `region-${index}`);
  let withdrawn = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (probe().kind === "down" && agreedOn(regions.map(vote), chance.quorum).length > 0) withdrawn += 1;
  }
  return withdrawn;
}
