// What is wrong with the world outside, at this moment. One object, changed in place by the faults that come and go.

export type Weather = {
  /** Regions without anything: no schedule, no function, no answer. */
  lost: Set<string>;
  /** Regions whose probes reach nothing, not even their canaries. */
  blind: Set<string>;
  /** When one of them last went blind. */
  blindMs: number;
  /** Regions whose event loop stands still while they probe, and whose calls take long. */
  slow: Set<string>;
  /** Regions that cannot reach their table. */
  tableless: Set<string>;
  /** Share of the table's calls that fail; half of the writes have happened all the same. */
  tableFaults: number;
  /** Replication takes up to so much longer (ms). */
  lagMs: number;
  /** Share of messages and calls that are lost, doubled, late (up to `lateMs`). */
  dropped: number;
  doubled: number;
  lateMs: number;
  /** Share of calls that Lambda ends at one of their awaits. */
  killed: number;
  /** Share of probes that are lost on their way. */
  loss: number;
  route53: { throttled: number; prior: number; before: number; after: number; down: boolean; stranded: boolean };
  /** Share of messages that no topic takes; the second figure: those that it took and did not say so. */
  topicFaults: number;
  topicSilent: number;
  /** Share of the Scheduler's fires that are left out, or done twice. */
  missed: number;
  twice: number;
};

export function calmWeather(): Weather {
  return {
    lost: new Set(),
    blind: new Set(),
    blindMs: 0,
    slow: new Set(),
    tableless: new Set(),
    tableFaults: 0,
    lagMs: 0,
    dropped: 0,
    doubled: 0.02,
    lateMs: 0,
    killed: 0,
    loss: 0,
    route53: { throttled: 0, prior: 0, before: 0, after: 0, down: false, stranded: false },
    topicFaults: 0,
    topicSilent: 0,
    missed: 0,
    twice: 0.03,
  };
}
