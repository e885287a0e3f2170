// What has no epoch, as people read it. Pure; needs model.
import type { Condition, ConditionKind, Message } from "../model/event.ts";
import type { Resolved } from "../model/resolved.ts";
import { clean, cleanLines, lookAgain, subjectOf } from "./text.ts";
import { formatDuration, formatUtc } from "./time.ts";

type Words = {
  /** Both follow the subject's name in the message's subject. */
  on: string;
  off: string;
  /** What it means and what to do, for a tired person. */
  means: string;
};

/** One row a kind; the compiler finds the missing one. */
const words = {
  held: {
    on: "would lose too much at once; the rest is held",
    off: "is no longer held",
    means:
      "What would leave is more than one load balancer, one island or half of the pool's weight within a minute, which looks more like a fault of the checks than of the load balancers. They are still served. Look whether they really are down.",
  },
  floor: {
    on: "keeps serving one that is down: the floor holds it",
    off: "no longer needs its floor",
    means:
      "Without it too little of the pool would be left. Clients that get it may fail. Mend another load balancer of the pool first.",
  },
  "fail-open": {
    on: "fails open: nothing looks alive, all is served",
    off: "no longer fails open",
    means:
      "Every load balancer of the pool is down or undecided. All are served at their weights, because an answer that may work is better than none. Look at the sites, and at what they have in common.",
  },
  "fail-open-ended": {
    on: "no longer fails open",
    off: "no longer fails open",
    means: "At least one load balancer is up again; those still down have left the answer.",
  },
  refused: {
    on: "is not written: a record or fence stands in the way",
    off: "is written again",
    means: "Lifeboat does not touch what is not its own. Nothing of this name changes until it is resolved.",
  },
  danger: {
    on: "needs a look",
    off: "needs no look any more",
    means: "Lifeboat goes on, but found what it did not expect.",
  },
  damped: {
    on: "is up but not put back: it left too often",
    off: "may be put back again",
    means:
      "It comes back by itself when it has been quiet for long enough, after an hour at the latest, or at once if the floor needs it.",
  },
  blind: {
    on: "is blind: nothing that it asks answers",
    off: "sees again",
    means:
      "No load balancer and no canary answers from there, so what it sees is no vote. The others decide while they are a quorum.",
  },
  silent: {
    on: "is silent: it sends no reports",
    off: "reports again",
    means:
      "Its votes are missing; the others decide while they are a quorum. Look at its functions and at AWS's health page for the region.",
  },
  unreached: {
    on: "has never been reached",
    off: "has been reached",
    means:
      "Until it has been seen up once from there, it never votes down. Correct the check if it is mistyped; port 25 cannot be reached from a Lambda without a VPC.",
  },
  doubted: {
    on: "fails everywhere at once; it is not believed",
    off: "answers again",
    means:
      "Other ports of the same load balancers answer from there, so the way out is the likelier fault. The region does not vote down on this port; the others decide while they are a quorum.",
  },
  late: {
    on: "is too slow to judge; it does not vote",
    off: "is quick enough to judge again",
    means:
      "Its event loop stood still while probes were under way, so what they missed is not held against anybody. Give the probe function more memory if it lasts.",
  },
  warning: {
    on: "is up, but needs a look",
    off: "needs no look any more",
    means: "Nothing was withdrawn. It is told again every day for as long as it holds.",
  },
  "dns-refuses": {
    on: "could not be changed in DNS: Route 53 refuses",
    off: "no longer waits for a change of DNS",
    means:
      "What is down may still be served. Lifeboat tries again every minute. Look at AWS's health page for Route 53.",
  },
  frozen: {
    on: "are frozen: nothing is written",
    off: "are thawed: Lifeboat steers again",
    means:
      'Nothing is withdrawn and nothing is put back, whatever the checks say, until `npx lifeboat thaw --why "..."`. What would change meanwhile is told by load balancer.',
  },
  withheld: {
    on: "cannot be changed in DNS: the names are frozen",
    off: "is no longer kept from a change of DNS",
    means:
      'A freeze outranks every verdict: what is down is served until somebody takes it out by hand (weight 0 in Route 53) or thaws: `npx lifeboat thaw --why "..."`.',
  },
  "not-insync": {
    on: "has a change that Route 53 accepted and does not serve",
    off: "has its change served",
    means: "Route 53 normally serves a change within a minute. It was sent again.",
  },
  lagging: {
    on: "has names that lag behind the first",
    off: "has all its names in step",
    means: "The first name of the pool was changed and others were not, for over two minutes.",
  },
  unreadable: {
    on: "cannot be read; nothing is changed",
    off: "can be read again",
    means:
      "Unreadable is not empty: while the zone or the table cannot be read, nothing is withdrawn and nothing is put back.",
  },
  observe: {
    on: "would change; it is in observe mode",
    off: "would change no more; it is in observe mode",
    means: 'The pool is in `mode: "observe"`: this is what Lifeboat would have done. DNS was not touched.',
  },
  drift: {
    on: "is no longer configured alike on its load balancers",
    off: "has that difference no more",
    means:
      "Whichever load balancer is left alone must do what the other did. Put the difference right on the one that is wrong; `npx lifeboat drift ISLAND` lists all there are.",
  },
  "farm-gone": {
    on: "has vanished from the configuration",
    off: "is back in the configuration",
    means: "If it was given up on purpose there is nothing to do. If not: the snapshot before it has its files.",
  },
  certificate: {
    on: "ends soon",
    off: "was renewed, or is in use no more",
    means:
      "Clients refuse a farm whose certificate has ended. Every load balancer of the island has a copy of its own. It is told again with an upload: every week, and every day from a week before its end on.",
  },
  lint: {
    on: "is set up in a way that should not stay",
    off: "is set up well again",
    means: "It was found in the configuration that was uploaded; nothing was tried from outside.",
  },
  "changed-before": {
    on: "was changed shortly before it went out",
    off: "was changed shortly before it went out; that is long ago",
    means:
      "The change may be the cause. `npx lifeboat snapshot diff` shows it, and the snapshot before it has the old files.",
  },
  follows: {
    on: "does not answer as its pool does",
    off: "answers as its pool does again",
    means:
      "The name is hosted elsewhere, so Lifeboat cannot change it. Clients that ask for it may be sent to a load balancer that is out, or to nothing of yours. Correct it where it is hosted, best as a CNAME to a name of the pool, or take it out of `follows`.",
  },
} satisfies Record<ConditionKind, Words>;

/** What begins to hold of a certificate that was found too late, and what is told of one that nobody renewed. */
const ENDED = "has ended";

/**
 * A condition as a message, when it begins (`on`) and when it is over. The subject is that of {@link words} after
 * "lifeboat: " and what it is about, at most 100 ASCII characters; the end says how long it held.
 */
export function conditionMessage(condition: Condition, config: Resolved): Message {
  const { kind, on, sinceMs, atMs, region, page } = condition;
  const { means, ...phrases } = words[kind];
  const about = aboutOf(condition, config);
  const begins = condition.expired === true ? ENDED : phrases.on;
  const heldFor = formatDuration((atMs - sinceMs) / 1000);
  const subject = on ? subjectOf(`${about} ${begins}`) : subjectOf(`${about} ${phrases.off}`, `after ${heldFor}`);
  const since = `since ${formatUtc(sinceMs)}${on ? "" : `, for ${heldFor}`}`;
  const sections = [
    [`${about} ${on ? begins : phrases.off}.`, ...detailOf(condition)].join("\n"),
    on ? means : "",
    notesOf(condition, config),
    `${on ? "Seen" : "It held"} ${since}; told by ${region}, deployment '${config.owner}'. Event ${clean(condition.id)}.\n${lookAgain(boxIn(condition, config)?.id)}`,
  ];
  return {
    subject,
    body: `${sections.filter((section) => section !== "").join("\n\n")}\n`,
    attributes: {
      type: "condition",
      kind,
      state: on ? "on" : "over",
      page: String(page),
      subject: clean(condition.subject) || "-",
    },
  };
}

/**
 * What a condition is about: a load balancer with its island, after its pool's id as well; a pool, region, name or check
 * as it is. Of configurations the first word is the island or load balancer:
 *
 * | kind           | subject         | about                     |
 * | -------------- | --------------- | ------------------------- |
 * | drift          | north 1a2b3c4d  | island north              |
 * | farm-gone      | lb1 web         | north/lb1 farm web        |
 * | certificate    | lb1 www.pem     | north/lb1 certificate www.pem |
 * | warning        | lb1 web         | north/lb1 check web       |
 * | lint           | lb1 ssh-root etc/ssh/sshd_config | north/lb1 (ssh-root) |
 * | changed-before | lb1 ID          | north/lb1                 |
 */
function aboutOf({ kind, subject }: Condition, config: Resolved): string {
  const [word = "", ...others] = subject.split(" ");
  const rest = clean(others.join(" "));
  const site = siteOf(entry(config.boxes, word), word);
  switch (kind) {
    case "drift":
      return `island ${clean(word)}`;
    case "farm-gone":
      return `${site} farm ${rest}`;
    case "warning":
      return `${site} check ${rest}`;
    case "certificate":
      return `${site} certificate ${rest}`;
    case "lint":
      return `${site} (${clean(others[0] ?? "")})`;
    case "changed-before":
      return site;
    default:
      return siteOf(boxOf(subject, config), subject);
  }
}

function siteOf(box: Resolved["boxes"][string] | undefined, subject: string): string {
  return box ? `${box.island}/${box.id}` : clean(subject);
}

/** A record's own entry: what JavaScript keeps under a name is none. */
function entry<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The load balancer that `ID` or `POOL ID` names; an id that is a pool's alone is the pool. */
function boxOf(subject: string, { boxes, pools }: Resolved): Resolved["boxes"][string] | undefined {
  const pool = pools.find(({ id }) => subject === id || subject.startsWith(`${id} `));
  const id = pool ? subject.slice(pool.id.length + 1) : subject;
  return entry(boxes, id);
}

function detailOf({ on, detail, ended = "" }: Condition): string[] {
  const lines = cleanLines(detail);
  if (on) return lines;
  return [
    ...cleanLines(ended),
    ...(lines.length === 0 ? [] : ["It had begun so:", ...lines.map((line) => `  ${line}`)]),
  ];
}

/** The kinds whose subject begins with a load balancer and goes on. */
const OF_BOX: ReadonlySet<ConditionKind> = new Set(["warning", "farm-gone", "certificate", "lint", "changed-before"]);

function boxIn({ kind, subject }: Condition, config: Resolved): Resolved["boxes"][string] | undefined {
  const [word = ""] = subject.split(" ");
  return OF_BOX.has(kind) ? entry(config.boxes, word) : boxOf(subject, config);
}

function notesOf(condition: Condition, config: Resolved): string {
  const [word = ""] = condition.subject.split(" ");
  const island = condition.kind === "drift" ? word : boxIn(condition, config)?.island;
  const lines = cleanLines((island !== undefined && entry(config.islands, island)?.note) || "");
  return lines.length === 0 ? "" : ["From the runbook:", ...lines.map((line) => `  ${line}`)].join("\n");
}
