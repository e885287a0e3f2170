// Where the table is replicated, and how. Pure; imports nothing.

/** MREC: last writer wins, any regions. MRSC: strongly consistent, three regions of one set. */
export type Consistency = "MREC" | "MRSC";

/** The sets within which AWS replicates with strong consistency (DynamoDB developer guide, "Global tables"). */
const SETS: readonly (readonly string[])[] = [
  ["us-east-1", "us-east-2", "us-west-2"],
  ["eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"],
  ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
];

/**
 * The regions that hold a replica beside home, in their order.
 *
 * | consistency | regions                     | replicas                                   |
 * | ----------- | --------------------------- | ------------------------------------------ |
 * | MREC        | any, home among them        | all but home                               |
 * | MREC        | home is not among them      | thrown                                     |
 * | MRSC        | not three of one set        | thrown: AWS would refuse them              |
 * | MRSC        | three of one set            | thrown: no time to live, which is relied on |
 *
 * @throws Error: it is a decision of the code, and none of the configuration's.
 */
export function replicasOf(consistency: Consistency, home: string, regions: readonly string[]): string[] {
  if (!regions.includes(home)) throw new Error(`the table's home ${home} is none of ${regions.join(", ")}`);
  if (consistency === "MRSC") throw new Error(refusalOf(regions));
  return regions.filter((region) => region !== home);
}

function refusalOf(regions: readonly string[]): string {
  const one = SETS.some((set) => regions.every((region) => set.includes(region)));
  if (!one || regions.length !== 3) {
    const sets = SETS.map((set) => set.join(", ")).join("; ");
    return `an MRSC table has three regions of one set (${sets}), and these are ${regions.join(", ")}`;
  }
  return "an MRSC table knows neither time to live nor transactions, and Lifeboat's items expire";
}
