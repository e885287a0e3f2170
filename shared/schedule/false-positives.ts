// How often chance alone withdraws a load balancer that is well. Pure; names no other room.

/** `loss`: how likely one probe of a healthy load balancer fails, each independently of all others. */
export type Chance = { loss: number; regions: number; quorum: number; attempts: number };

/** AWS counts a month as 730 hours. */
const MONTH_S = 730 * 3600;

/**
 * Chance that one slot (one region's probe of one check) withdraws a healthy load balancer:
 *
 *     p · B(q, R, p^m)      with B(q, R, x) = Σ over j from q to R of C(R, j) x^j (1 − x)^(R − j)
 *
 * 1. Nothing is asked again unless the slot's own probe fails: p.
 * 2. Then each of the R regions, the asking one too, asks m times more, and votes down only if every attempt fails: one
 *    success clears it. Attempts are independent of each other and of the first probe, so x = p^m for each region, and
 *    the first failure adds nothing to the asking region's own vote.
 * 3. The box goes at q votes or more; votes are independent, so their number is binomial: B(q, R, x).
 *
 * Left out is what a slot without a quorum leaves behind: a region whose own confirmation failed says down until its
 * next slot. Whoever asks in the meantime gets a new vote from it, so its word counts against a second region's failed
 * confirmation only if its next slot fails too: two more failures, p² times the above. Losses that regions share (a bad
 * line at the site) are no chance, and no matter of a formula.
 */
export function falseWithdrawalsPerSlot({ loss, regions, quorum, attempts }: Chance): number {
  return loss * atLeast(quorum, regions, loss ** attempts);
}

/** The same a month and check: every interval has R slots, one of each region, however their phases lie. */
export function falseWithdrawalsPerMonth(chance: Chance, intervalS: number): number {
  return (MONTH_S / intervalS) * chance.regions * falseWithdrawalsPerSlot(chance);
}

/** Chance that at least `least` of `of` independent events happen, each with chance `each`. */
function atLeast(least: number, of: number, each: number): number {
  let sum = 0;
  for (let count = least; count <= of; count++) {
    sum += choose(of, count) * each ** count * (1 - each) ** (of - count);
  }
  return sum;
}

function choose(of: number, count: number): number {
  let ways = 1;
  for (let taken = 1; taken <= count; taken++) ways = (ways * (of - count + taken)) / taken;
  return ways;
}
