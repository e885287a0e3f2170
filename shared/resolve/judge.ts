// The faults that one field alone cannot show. Pure; needs model.
import { judgeAddress } from "./address.ts";
import { choose, type Draft, type Env, firstName, present, repeats } from "./draft.ts";
import { judgeFollows } from "./judge-follows.ts";
import { judgePools } from "./judge-pools.ts";
import { formatPath, type Note, type Path } from "./path.ts";

/** Every fault of a draft, in the order of the file. Missing parts are the schema's to complain of. */
export function judge(draft: Draft, env: Env): Note[] {
  return [
    ...judgeRegions(draft),
    ...judgeConfirm(draft),
    ...judgeCanaries(draft, env),
    ...judgeChecks(draft),
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
    const text = canary.address && judgeAddress(canary.address, { allowLocal: allowLocal ?? false, examples });
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

function judgeChecks({ checks, pools }: Draft): Note[] {
  if (checks && Object.keys(checks).length === 0)
    return [{ path: ["checks"], text: 'is empty; define at least one check, such as web: { protocol: "http" }' }];
  return Object.entries(checks ?? {}).flatMap(([name, check]) => {
    const what = check && hostOf(check);
    if (what === undefined || what.given) return [];
    const askers = present(pools).filter(([pool]) => pool.checks?.includes(name));
    const hosts = new Map(askers.flatMap(([pool]) => firstName(pool).map((host) => [host, pool.id ?? ""])));
    const path: Path = ["checks", name, "host"];
    const any = [...hosts.keys()].find((host) => host.startsWith("*."));
    if (any)
      return [{ path, text: `is missing, and '${any}' is no ${what.is}; set the one that load balancers expect` }];
    if (hosts.size < 2) return [];
    const list = [...hosts].map(([host, id]) => `'${host}' (${id})`).join(" and ");
    const text = `is missing, and its pools would ${what.use}: ${list}; set one, or define a check for each`;
    return [{ path, text }];
  });
}

/** What a check does with a host; undefined where it does nothing with one. */
function hostOf(check: NonNullable<NonNullable<Draft["checks"]>[string]>) {
  switch (check.protocol) {
    case "http":
    case "https":
      return { given: check.host !== undefined, is: "Host header", use: "send different Host headers" };
    case "tls":
      return { given: check.host !== undefined, ...CERTIFICATE };
    case "smtp":
    case "imap":
    case "pop3":
      return check.tls === "starttls" || check.tls === "implicit"
        ? { given: check.host !== undefined, ...CERTIFICATE }
        : undefined;
    case "tcp":
    case "dns":
    case undefined:
      return undefined;
  }
}

const CERTIFICATE = { is: "name to ask of a certificate", use: "ask certificates for different names" };
