// What works, but badly. Pure; needs model, schedule.
import type { Config } from "../model/config.ts";
import type { Resolved } from "../model/resolved.ts";
import { predictWorstCase } from "../schedule/predict.ts";
import { awsRegions, isOfOtherPartition } from "./aws-regions.ts";
import type { Note } from "./path.ts";
import { didYouMean } from "./suggest.ts";
import { warnChecks } from "./warn-checks.ts";
import { warnPools } from "./warn-pools.ts";

const WORST_CASE_S = 40;

/** Every warning, in the order of the file. */
export function warn(config: Config, resolved: Resolved): Note[] {
  return [
    ...warnRegions(config),
    ...warnQuorum(config),
    ...warnTime(resolved),
    ...warnChecks(config),
    ...warnPools(config, resolved),
  ];
}

function warnRegions({ regions }: Config): Note[] {
  return [...warnNumber(regions), ...regions.flatMap(warnRegion)];
}

function warnNumber(regions: readonly string[]): Note[] {
  const path = ["regions"];
  if (regions.length === 1)
    return [{ path, text: "one region cannot tell its own network's fault from a load balancer's; list three" }];
  if (regions.length % 2 === 1) return [];
  const fewer = regions.length - 1;
  const text =
    fewer === 1
      ? "with two regions nothing is withdrawn while either is lost; list three"
      : `${regions.length} regions bear the loss of no more than ${fewer} do; list an odd number`;
  return [{ path, text }];
}

function warnRegion(region: string, index: number): Note[] {
  if (awsRegions.includes(region)) return [];
  const path = ["regions", index];
  if (isOfOtherPartition(region))
    return [{ path, text: `'${region}' is of another partition of AWS, which is not built; deploy will refuse it` }];
  const meant = didYouMean(region, awsRegions);
  const remedy = meant === undefined ? "correct it, unless AWS has opened it since" : `did you mean '${meant}'?`;
  return [{ path, text: `'${region}' is no region of AWS that is known here; ${remedy}` }];
}

/** Of fewer than three regions the number itself is told. */
function warnQuorum({ regions, quorum }: Config): Note[] {
  const total = regions.length;
  if (quorum !== total || total < 3) return [];
  const text = `all ${total} regions must agree, so nothing is withdrawn while one is lost; set ${total - 1} or fewer, or remove it`;
  return [{ path: ["quorum"], text }];
}

function warnTime(resolved: Resolved): Note[] {
  const { hangS, refusedS } = predictWorstCase(resolved);
  const worstS = Math.max(hangS, refusedS);
  if (worstS <= WORST_CASE_S) return [];
  const text = `a dead load balancer may serve ${worstS.toFixed(1)} s before Route 53 is asked to withdraw it; shorten the interval or the timeouts, or add a region`;
  return [{ path: ["intervalS"], text }];
}
