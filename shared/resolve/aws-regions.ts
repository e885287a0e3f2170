// The regions of AWS, for telling a slip of the fingers. Pure; names no other room.

/** Those of the commercial partition, as they stood in October 2026: https://docs.aws.amazon.com/global-infrastructure/latest/regions */
export const awsRegions: readonly string[] = [
  "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2",
  "ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7",
  "ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3",
  "il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
].flatMap((line) => line.split(" "));

/** China, governments: regions to which the commercial partition's accounts do not reach. */
export function isOfOtherPartition(region: string): boolean {
  return /^(cn|us-gov|us-iso[a-z]?|eu-isoe?|eusc)-/.test(region);
}
