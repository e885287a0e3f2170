import { describe, expect, it } from "vitest";
import { evidenceClause, listed } from "../../../shared/decide/because.ts";
import type { Finding } from "../../../shared/model/finding.ts";
import type { CheckVerdict, Verdict } from "../../../shared/model/verdict.ts";
import { down, REGIONS, unknown, up } from "./base.ts";

it.each([
  [[], ""],
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
])("%j: %s", (words, text) => {
  expect(listed(words)).toBe(text);
});

function check(
  name: string,
  state: CheckVerdict["state"],
  findings: readonly Finding[],
  over: Partial<CheckVerdict> = {},
): CheckVerdict {
  const evidence = findings.map((finding, index) => ({ region: REGIONS[index] ?? "", finding, risen: false }));
  return { check: name, votes: true, state, reached: true, evidence, ...over };
}

describe("evidenceClause", () => {
  it.each<[title: string, state: Verdict["state"], checks: CheckVerdict[], clause: string]>([
    [
      "out",
      "out",
      [check("http", "down", [down, up, down])],
      "http is down from eu-west-1 and ap-south-1: connection refused",
    ],
    [
      "out on two checks",
      "out",
      [check("http", "down", [down, down]), check("mail", "down", [unknown, down, down])],
      "http is down from eu-west-1 and us-east-1: connection refused; mail is down from us-east-1 and ap-south-1: connection refused",
    ],
    [
      "out on two checks that say the same",
      "out",
      [check("http", "down", [down, up, down]), check("mail", "down", [down, unknown, down])],
      "http and mail are down from eu-west-1 and ap-south-1: connection refused",
    ],
    [
      "out, another check is up",
      "out",
      [check("mail", "up", [up, up]), check("http", "down", [down, down])],
      "http is down from eu-west-1 and us-east-1: connection refused",
    ],
    ["out, what only observes is left out", "out", [check("look", "down", [down], { votes: false })], "it is down"],
    ["in", "in", [check("http", "up", [up]), check("tcp", "up", [up])], "http and tcp are up from a quorum of regions"],
    [
      "in on one check",
      "in",
      [check("http", "up", [up]), check("smtp", "undecided", [unknown], { reached: false })],
      "http is up from a quorum of regions",
    ],
    ["in on nothing that is known", "in", [], "everything is up from a quorum of regions"],
    [
      "undecided",
      "undecided",
      [check("mail", "up", [up, up, up]), check("http", "undecided", [up, down, unknown])],
      "the regions do not agree on http: up from 1, down from 1, unknown from 1",
    ],
    [
      "undecided, nobody up",
      "undecided",
      [check("http", "undecided", [unknown, unknown, down])],
      "the regions do not agree on http: down from 1, unknown from 2",
    ],
    [
      "undecided, none is reached",
      "undecided",
      [check("http", "undecided", [unknown], { reached: false })],
      "none of its checks has been reached from a quorum of regions",
    ],
    [
      "undecided, none votes",
      "undecided",
      [check("look", "up", [up], { votes: false })],
      "none of its checks has been reached from a quorum of regions",
    ],
  ])("%s", (_title, state, checks, clause) => {
    expect(evidenceClause({ box: "lb1", state, risen: false, checks })).toBe(clause);
  });
});
