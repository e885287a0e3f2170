// What a plan found that is worth a person's look. Pure; needs model.
import type { Danger, Desired } from "../model/plan.ts";
import type { Target } from "./family.ts";
import type { FamilySet } from "./set.ts";

/**
 * One danger a kind and box, so that each is told once.
 *
 * | kind                 | of        | as long as                                      |
 * | -------------------- | --------- | ----------------------------------------------- |
 * | foreign-sibling      | the name  | one stands there                                |
 * | no-longer-configured | the name  | one stands there, at weight 0 as well           |
 * | hand-edit-held       | a box     | it is held                                      |
 * | hand-edit-repaired   | a box     | the plan repairs it, or restores it over an edit |
 * | repairs-stopped      | the name  | an edit is left to stand                        |
 */
export function dangersOf(
  { name, records }: Desired,
  sets: readonly FamilySet[],
  targets: readonly Target[],
  held: readonly string[],
): Danger[] {
  // What blocks a family is refused, and the same record is not told twice.
  const open = sets.filter(({ blocked }) => !blocked);
  const foreign = open.flatMap((set) => set.foreign.map(({ setIdentifier }) => `${set.family} '${setIdentifier}'`));
  const former = open.flatMap((set) => set.former.map(({ setIdentifier }) => `${set.family} '${setIdentifier}'`));
  const stopped = targets.filter(({ edit }) => edit === "stopped").map(labelOf);
  const repaired = Map.groupBy(
    targets.filter(({ edit }) => edit === "repaired" || edit === "restored"),
    labelOf,
  );
  return [
    ...ofName(
      name,
      "foreign-sibling",
      foreign,
      (which) =>
        `Beside the records of ${name} stand others' that share its answers: ${which}. They are left alone and counted as serving nothing.`,
    ),
    ...held.map((box): Danger => {
      const detail = `${box} was lowered by hand at ${name}. It is not raised there until the next order for it, such as \`lifeboat clear ${box}\`.`;
      return { kind: "hand-edit-held", name, box, detail };
    }),
    ...[...repaired.keys()].sort().map((label): Danger => {
      const box = records.some((record) => record.box === label) ? { box: label } : {};
      return {
        kind: "hand-edit-repaired",
        name,
        ...box,
        detail: `${label} was edited by hand at ${name}; the edit is undone.`,
      };
    }),
    ...ofName(
      name,
      "repairs-stopped",
      stopped,
      (which) =>
        `Edits by hand at ${name} were undone three times within an hour and have come back: ${which}. They are left as they are; withdrawals go on. An order for the load balancer (\`lifeboat clear\`) undoes its edit; \`lifeboat freeze\` stops every name.`,
    ),
    ...ofName(
      name,
      "no-longer-configured",
      former,
      (which) =>
        `Records that the configuration no longer names stand at ${name}: ${which}. They go to weight 0; \`lifeboat apply\` deletes them.`,
    ),
  ];
}

function ofName(
  name: string,
  kind: Danger["kind"],
  which: readonly string[],
  says: (which: string) => string,
): Danger[] {
  return which.length === 0 ? [] : [{ kind, name, detail: says([...new Set(which)].sort().join(", ")) }];
}

function labelOf({ box, setIdentifier }: Target): string {
  return box ?? setIdentifier;
}
