// Who a deployment is in every fence. Pure; names no other room.

/** The stage whose fences carry the owner as the configuration has it. */
export const PRODUCTION = "production";

/**
 * Each stage is an owner of its own, so that a developer's stage never takes a name that production holds.
 *
 * | owner   | stage      | in the fence  |
 * | ------- | ---------- | ------------- |
 * | example | production | example       |
 * | example | anna       | example.anna  |
 */
export function ownerOf(owner: string, stage: string): string {
  return stage === PRODUCTION ? owner : `${owner}.${stage}`;
}
