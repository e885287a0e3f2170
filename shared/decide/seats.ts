// The weight of each member, and which rule gave it. Rooms: model, message, and decide itself.
import { orderClause } from "../message/orders.ts";
import { evidenceClause } from "./because.ts";
import type { ChooseInput, Rule } from "./choose.ts";
import { barredUntilS, leftLately, VELOCITY_WINDOW_S } from "./damping.ts";
import { type Waits, withFloor } from "./floor.ts";
import type { Member } from "./member.ts";
import { own } from "./own.ts";
import { mayLeave } from "./velocity.ts";

/** `leaves`: from serving to 0 by verdict. `because` is one clause without a full stop. */
export type Seat = {
  box: string;
  weight: number;
  because: string;
  rule?: Pick<Rule, "kind" | "page" | "untilS">;
  leaves?: boolean;
};

/** Fail open: everybody that no operator has ordered otherwise, at full weight. */
export function serveAll(members: readonly Member[]): Seat[] {
  return members.map((member) => {
    const because = `nobody is known to be up, so fail open serves it: ${evidenceClause(member.verdict)}`;
    return orderedSeat(member) ?? { box: member.box, weight: Math.max(1, member.full), because };
  });
}

/** Everything but fail open. `ended`: it was open until now, so nobody waits and nothing is paced. */
export function serveHealthy(members: readonly Member[], input: ChooseInput, ended: boolean): Seat[] {
  const { pool, islandOf, serving, nowS } = input;
  const waits: Waits = (member) => (ended ? undefined : waitOf(member, input));
  const { weights, raised, kept } = withFloor(members, pool.floor, waits);
  const leaving = members.filter(({ box, full, fixed, verdict, now = 0 }) => {
    return full > 0 && fixed === undefined && verdict.state === "out" && now > 0 && !kept.has(box);
  });
  const left = serving.memory?.left ?? {};
  const recent = members.map(({ box }) => box).filter((box) => isRecent(box, left, nowS));
  const pace = { recent, islandOf, full: new Map(pool.members.map(({ box, weight }) => [box, weight])) };
  const names = leaving.map(({ box }) => box);
  const go = ended ? new Set(names) : mayLeave(names, pace);
  const endS = Math.min(...recent.map((box) => own(left, box)?.atS ?? nowS), nowS) + VELOCITY_WINDOW_S;
  return members.map((member): Seat => {
    const { box } = member;
    const weight = weights.get(box) ?? 0;
    const ordered = orderedSeat(member);
    if (ordered) return ordered;
    if (go.has(box)) return { box, weight: 0, because: evidenceClause(member.verdict), leaves: true };
    if (names.includes(box)) return heldSeat(member, endS);
    if (kept.has(box)) return floorSeat(member, weight);
    if (member.full === 0) return moved(standbySeat(member, weight, raised.has(box)), member, input);
    if (raised.has(box)) return waivedSeat(member);
    if (waits(member)) return waitingSeat(member, input);
    return moved(plainSeat(member, weight), member, input);
  });
}

/**
 * A cut-over is the cause of what it gives those whom it moves, and of another step of weight of the others, who must keep
 * their share of the answers.
 */
function moved(seat: Seat, { box, now = 0 }: Member, { cutover }: ChooseInput): Seat {
  const isCause = cutover?.boxes.has(box) || (now > 0 && seat.weight > 0 && now !== seat.weight);
  if (!cutover || !isCause) return seat;
  const because = `${cutover.clause}; ${seat.because}`;
  // Who was moved away from is no standby that anybody configured.
  const isMoved = seat.rule?.kind === "standby" && cutover.boxes.has(box);
  return isMoved ? { ...seat, because, rule: { kind: "cutover", page: false } } : { ...seat, because };
}

/** In, but at 0: damping and the restore rule are asked first. */
function waitOf({ box, full, fixed, verdict, idle, left }: Member, input: ChooseInput): ReturnType<Waits> {
  if (full === 0 || fixed !== undefined || verdict.state !== "in" || idle > 0) return undefined;
  if (isBarred(left, input)) return "barred";
  if (!verdict.risen) return "rise";
  return isOrderedBack(box, left, input) ? undefined : "manual";
}

/** Restore mode manual: who left by verdict comes back when an operator has said anything of it since. */
function isOrderedBack(box: string, left: Member["left"], { pool, newest }: ChooseInput): boolean {
  if (pool.restore.mode === "auto" || !left) return true;
  return (newest.get(box)?.atMs ?? 0) > left.atS * 1000;
}

function isBarred(left: Member["left"], { pool, nowS }: ChooseInput): boolean {
  return pool.restore.damping && left !== undefined && nowS < (barredUntilS(left) ?? 0);
}

function isRecent(box: string, left: Readonly<Record<string, NonNullable<Member["left"]>>>, nowS: number): boolean {
  const departure = own(left, box);
  return departure !== undefined && leftLately(departure, nowS);
}

function orderedSeat({ box, order, fixed }: Member): Seat | undefined {
  if (order === undefined || fixed === undefined) return undefined;
  if (order === "hand") {
    const because = `lowered by hand in the zone; held at weight ${fixed} until the next order for it`;
    return { box, weight: fixed, because, rule: { kind: "hold", page: false } };
  }
  const kind = order.order === "drain" ? "drained" : order.order === "pin" ? "pinned" : "hold";
  const words = { drained: "drained", pinned: `pinned to weight ${fixed}`, hold: `held at weight ${fixed}` }[kind];
  const until = order.untilMs === undefined ? {} : { untilS: Math.ceil(order.untilMs / 1000) };
  return { box, weight: fixed, because: orderClause(words, order), rule: { kind, page: false, ...until } };
}

function heldSeat({ box, verdict, now = 0 }: Member, untilS: number): Seat {
  const why = `too much of the pool would leave within ${VELOCITY_WINDOW_S} s`;
  const because = `${evidenceClause(verdict)}; held at weight ${now}, because ${why}`;
  return { box, weight: now, because, rule: { kind: "held", page: true, untilS } };
}

function floorSeat({ box, verdict }: Member, weight: number): Seat {
  const because = `${evidenceClause(verdict)}; kept at weight ${weight}, because the floor has nobody better`;
  return { box, weight, because, rule: { kind: "floor", page: true } };
}

function standbySeat({ box, verdict }: Member, weight: number, needed: boolean): Seat {
  const words = weight === 0 ? "standby" : needed ? "standby, serving because the floor needs it" : "standby, serving";
  return { box, weight, because: `${words}; ${evidenceClause(verdict)}`, rule: { kind: "standby", page: false } };
}

function waivedSeat({ box, full, verdict }: Member): Seat {
  const because = `${evidenceClause(verdict)}; back before its time, because the floor has nobody better`;
  return { box, weight: full, because, rule: { kind: "waived", page: false } };
}

function waitingSeat({ box, verdict, left }: Member, input: ChooseInput): Seat {
  const { pool, nowS } = input;
  if (isBarred(left, input)) {
    const untilS = left && barredUntilS(left);
    const minutes = Math.ceil(((untilS ?? nowS) - nowS) / 60);
    const because = `${evidenceClause(verdict)}, but it was withdrawn too often lately: kept out for ${minutes} min more`;
    return { box, weight: 0, because, rule: { kind: "damped", page: false, untilS } };
  }
  if (verdict.risen) {
    const because = `${evidenceClause(verdict)}, but its pool restores by hand: \`lifeboat clear ${box}\` puts it back`;
    return { box, weight: 0, because, rule: { kind: "manual", page: false } };
  }
  const { afterS, successes } = pool.restore;
  const awayS = left ? nowS - left.atS : afterS;
  const since = awayS < afterS ? `it left only ${Math.max(0, awayS)} s ago: not before` : "not yet for";
  const because = `${evidenceClause(verdict)}, but ${since} ${afterS} s and ${successes} successes`;
  return { box, weight: 0, because, rule: { kind: "waiting", page: false } };
}

function plainSeat({ box, verdict, full }: Member, weight: number): Seat {
  const clause = evidenceClause(verdict);
  if (verdict.state === "in" && weight < full) {
    const because = `${clause}; back at weight ${weight} of ${full} for now`;
    return { box, weight, because, rule: { kind: "rising", page: false } };
  }
  if (verdict.state !== "undecided") return { box, weight, because: clause };
  const because = `${clause}; it stays at weight ${weight}`;
  return { box, weight, because, rule: { kind: "undecided", page: false } };
}
