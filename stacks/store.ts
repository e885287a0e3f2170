import { HOME_TAG } from "../shared/runtime/wire-deploy.ts";
import { keyAttributes, TTL_ATTRIBUTE } from "../shared/store/keys.ts";
import type { Deployment } from "./deployment.ts";
import type { Region } from "./regions.ts";
import { type Consistency, replicasOf } from "./replicas.ts";

const CONSISTENCY: Consistency = "MREC";

/**
 * The global table: by region the table's name, known once that region's replica is there. Replicas are resources of
 * their own, so that a region's is made before its functions, and goes after them; one after another, as DynamoDB
 * changes one replica of a table at a time.
 */
export function makeStore({ resolved, production, prefix }: Deployment, regions: readonly Region[]) {
  const { partition, sort } = keyAttributes;
  const tags = { [HOME_TAG]: resolved.home };
  const home = regions.find(({ name }) => name === resolved.home);
  const table = new aws.dynamodb.Table(
    "Table",
    {
      name: prefix,
      billingMode: "PAY_PER_REQUEST",
      hashKey: partition,
      rangeKey: sort,
      attributes: [
        { name: partition, type: "S" },
        { name: sort, type: "S" },
      ],
      ttl: { attributeName: TTL_ATTRIBUTE, enabled: true },
      // Global tables replicate by their stream.
      streamEnabled: true,
      streamViewType: "NEW_AND_OLD_IMAGES",
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: production,
      tags,
    },
    // The replicas are listed in the table too, but made one by one below.
    { provider: home?.provider, ignoreChanges: ["replicas"] },
  );
  const names = new Map([[resolved.home, table.name]]);
  let before: $util.Resource = table;
  for (const name of replicasOf(CONSISTENCY, resolved.home, resolved.regions)) {
    const region = regions.find((one) => one.name === name);
    const replica: aws.dynamodb.TableReplica = new aws.dynamodb.TableReplica(
      `Replica${region?.suffix}`,
      // Not protected from deletion: to remove a region is an ordinary change, and home keeps everything.
      { globalTableArn: table.arn, pointInTimeRecovery: true, tags },
      { provider: region?.provider, dependsOn: [before] },
    );
    names.set(
      name,
      replica.arn.apply(() => prefix),
    );
    before = replica;
  }
  return names;
}
