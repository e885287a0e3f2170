// What may be written while the lead cannot be. Pure; needs model.
import type { Desired } from "../model/plan.ts";
import type { NameState } from "../model/record.ts";

/**
 * The same, but nothing serves more than it does now: while Route 53 refuses the lead, the other names only lower.
 * Undefined where nobody would be left to serve.
 *
 * | wanted | record now | then   |
 * | ------ | ---------- | ------ |
 * | w      | weight n   | min(w, n) |
 * | any    | none       | 0      |
 */
export function onlyLower(desired: Desired, { records }: NameState): Desired | undefined {
  const lowered = desired.records.map((wanted) => {
    const record = records.find(
      ({ type, setIdentifier }) => type === wanted.type && setIdentifier === wanted.setIdentifier,
    );
    return { ...wanted, weight: Math.min(wanted.weight, record?.weight ?? 0) };
  });
  return lowered.some(({ weight }) => weight > 0) ? { ...desired, records: lowered } : undefined;
}
