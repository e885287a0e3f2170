// Whether a stage may be removed: not while it owns names. Pure but for its port; needs model, resolve and plan.
import { UserError } from "../shared/model/errors.ts";
import { fenceNameOf } from "../shared/model/fence.ts";
import { parseFence } from "../shared/plan/fence.ts";
import { ownerOf } from "../shared/resolve/owner.ts";
import { resolveConfig } from "../shared/resolve/resolve.ts";
import { lookUpIn } from "../shared/resolve/zone-lookup.ts";
import type { PreflightPorts } from "./preflight.ts";

/**
 * Looks for fences of a stage at the names of its configuration.
 *
 * | fence                            | removing the stage |
 * | -------------------------------- | ------------------ |
 * | none, or of another owner        | allowed            |
 * | ours                             | refused            |
 * | one that cannot be read          | refused: it may be ours |
 *
 * @throws UserError that names each and the remedy, or what AWS answered: what cannot be asked is not allowed.
 */
export async function refuseWhileItOwnsNames(
  input: unknown,
  stage: string,
  ports: Pick<PreflightPorts, "hostedZones" | "text">,
): Promise<void> {
  const { resolved } = resolveConfig(input, { cfg: 0, zones: lookUpIn(await ports.hostedZones()), examples: true });
  const owner = ownerOf(resolved.owner, stage);
  const held: string[] = [];
  // One after another: Route 53 answers an account ten times a second, and other programs are to have their share.
  for (const { name, zoneId } of resolved.pools.flatMap(({ names }) => names)) {
    const fence = fenceNameOf(name);
    const values = await ports.text(zoneId, fence);
    if (!values) continue;
    const read = parseFence({ name: fence, type: "TXT", values: [...values] });
    if (read.kind === "bad")
      held.push(`'${name}' has a fence that cannot be read (${read.fault}); look at TXT ${fence}`);
    else if (read.fence.owner === owner) held.push(`'${name}' is still held by '${owner}'`);
  }
  if (held.length === 0) return;
  throw new UserError([
    ...held,
    "without its functions nobody would withdraw a load balancer that dies: give the names back first (`npx lifeboat release`), or add --keep-fences if you mean to leave them so",
  ]);
}
