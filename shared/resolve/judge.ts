// The faults that one field alone cannot show. Pure; needs model.
import { judgeAddress } from "./address.ts";
import { choose, type Draft, type Env, present, repeats } from "./draft.ts";
import { judgeChecks } from "./judge-checks.ts";
import { judgeFollows } from "./judge-follows.ts";
import { judgePools } from "./judge-pools.ts";
import { judgeUnused } from "./judge-unused.ts";
import { formatPath, type Note } from "./path.ts";

/**
 * Every fault of a draft, in the order of the file. Missing parts are the schema's to complain of. `input` is what the
 * draft was read of: only there an option that is written differs from its default.
 */
export function judge(draft: Draft, input: unknown, env: Env): Note[] {
  return [
    ...judgeRegions(draft),
    ...judgeConfirm(draft),
    ...judgeCanaries(draft, env),
    ...judgeNotify(draft),
    ...judgeChecks(draft),
    ...judgeUnused(draft, input),
    ...judgePools(draft, env),
    ...judgeFollows(draft),
  ];
}

function judgeRegions({ regions, home, quorum }: Draft): Note[] {
  const list = present(regions);
  const notes = repeats(list.map(([region, index]) => ({ key: region, path: ["regions", index] }))).map(
    ({ path, key, first }) => ({ path, text: `'${key}' stands already at ${formatPath(first)}; remove one` }),
  );
  const names = list.map(([region]) => region);
  const total = regions?.length ?? 0;
  // A region that the schema complains of may be the one that is meant.
  if (home !== undefined && total > 0 && names.length === total && !names.includes(home)) {
    notes.push({ path: ["home"], text: `'${home}' is not one of the regions; ${choose(home, names)}` });
  }
  if (quorum !== undefined && total > 0 && (quorum > total || quorum <= total / 2)) {
    const least = Math.floor(total / 2) + 1;
    const range = least === total ? `${least}` : `${least} to ${total}`;
    notes.push({
      path: ["quorum"],
      text: `${quorum} of ${total} ${total === 1 ? "region" : "regions"} is no quorum: it must be more than half and no more than there are; set ${range}, or remove it`,
    });
  }
  return notes;
}

function judgeConfirm({ confirm, checks, intervalS }: Draft): Note[] {
  const notes: Note[] = [];
  const { attempts, spreadS } = confirm ?? {};
  // Attempts start at least 0.5 s apart, and the last one no later than the spread.
  if (attempts !== undefined && spreadS !== undefined && spreadS < attempts / 2) {
    notes.push({
      path: ["confirm", "spreadS"],
      text: `${spreadS} s have no room for ${attempts} attempts 0.5 s apart; set at least ${attempts / 2}, or fewer attempts`,
    });
  }
  if (intervalS === undefined) return notes;
  for (const [name, check] of Object.entries(checks ?? {})) {
    if (check?.timeoutMs === undefined || check.timeoutMs < intervalS * 1000) continue;
    notes.push({
      path: ["checks", name, "timeoutMs"],
      text: `${check.timeoutMs} ms are not shorter than the interval of ${intervalS} s; set less than ${intervalS * 1000}`,
    });
  }
  return notes;
}

function judgeCanaries({ canaries, allowLocal, intervalS }: Draft, { examples }: Env): Note[] {
  const notes = present(canaries).flatMap(([canary, index]) => {
    if (canary.address === undefined) return [];
    const text = judgeAddress(canary.address, { allowLocal: allowLocal ?? false, examples });
    return text ? [{ path: ["canaries", index, "address"], text }] : [];
  });
  return intervalS !== undefined && intervalS < 5 && !allowLocal
    ? [
        {
          path: ["intervalS"],
          text: `${intervalS} s is too short for AWS's Scheduler and queues; set 5 or more, or allowLocal for a service on one machine`,
        },
        ...notes,
      ]
    : notes;
}

/** Twice subscribed is once told, and two things that deploy would call alike. */
function judgeNotify({ notify }: Draft): Note[] {
  return (["email", "sms", "https"] as const).flatMap((kind) =>
    repeats(present(notify?.[kind]).map(([key, index]) => ({ key, path: ["notify", kind, index] }))).map(
      ({ key, path, first }) => ({ path, text: `'${key}' stands already at ${formatPath(first)}; remove one` }),
    ),
  );
}
