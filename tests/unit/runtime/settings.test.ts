import { describe, expect, test } from "vitest";
import { UserError } from "../../../shared/model/errors.ts";
import type { Resolved } from "../../../shared/model/resolved.ts";
import { digestOf } from "../../../shared/model/digest.ts";
import { readSettings, secretOf } from "../../../shared/runtime/settings.ts";

const rest: Omit<Resolved, "digest" | "cfg"> = {
  version: 1,
  owner: "example",
  home: "eu-west-1",
  regions: ["eu-west-1", "us-east-1"],
  intervalS: 30,
  quorum: 2,
  shards: 1,
  confirm: { attempts: 3, spreadMs: 3000 },
  canaries: [],
  checks: {},
  islands: {},
  boxes: {},
  pools: [],
  asked: ["a1"],
};
const config: Resolved = { ...rest, digest: digestOf(rest), cfg: 1_760_000_000 };

const environment: Record<string, string | undefined> = {
  AWS_REGION: "eu-west-1",
  LIFEBOAT_CONFIG_FILE: "resolved.json",
  LIFEBOAT_TABLE: "lifeboat",
  LIFEBOAT_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/slots",
  LIFEBOAT_PROBE_FUNCTION: "lifeboat-probe",
  LIFEBOAT_FAILOVER_FUNCTION: "lifeboat-failover",
  LIFEBOAT_TOPICS: "arn:aws:sns:eu-west-1:123456789012:lifeboat, arn:aws:sns:us-east-1:123456789012:lifeboat",
  LIFEBOAT_BUS: "alerts",
};

function read(over: Record<string, string | undefined> = {}, file: string = JSON.stringify(config)) {
  return readSettings({ ...environment, ...over }, (path) => {
    if (path !== "resolved.json") throw new Error(`ENOENT: no such file '${path}'`);
    return file;
  });
}

/** The faults that reading throws. */
function faultsOf(...given: Parameters<typeof read>): readonly string[] {
  try {
    read(...given);
  } catch (error) {
    if (error instanceof UserError) return error.faults;
    throw error;
  }
  return [];
}

describe("settings", () => {
  test("are the environment and the configuration in one", () => {
    expect(read()).toEqual({
      region: "eu-west-1",
      config,
      table: "lifeboat",
      queueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/slots",
      probeFunction: "lifeboat-probe",
      failoverFunction: "lifeboat-failover",
      topics: ["arn:aws:sns:eu-west-1:123456789012:lifeboat", "arn:aws:sns:us-east-1:123456789012:lifeboat"],
      textTopics: [],
      bus: "alerts",
    });
  });

  test("phones have topics of their own, where there are any", () => {
    const topic = "arn:aws:sns:eu-west-1:123456789012:lifeboat_sms";
    expect(read({ LIFEBOAT_SMS_TOPICS: topic }).textTopics).toEqual([topic]);
    expect(faultsOf({ LIFEBOAT_SMS_TOPICS: "" })).toHaveLength(1);
  });

  test("the bus is the only one with a default; a local queue's URL is one too", () => {
    expect(read({ LIFEBOAT_BUS: undefined }).bus).toBe("default");
    const local = "http://127.0.0.1:4566/000000000000/eu-west-1/slots";
    expect(read({ LIFEBOAT_QUEUE_URL: local }).queueUrl).toBe(local);
  });

  test("the secret is only there where it is given, and must be long", () => {
    expect(read()).not.toHaveProperty("key");
    expect(() => secretOf(read())).toThrow(UserError);
    const key = "k".repeat(32);
    expect(secretOf(read({ LIFEBOAT_KEY: key }))).toBe(key);
    expect(faultsOf({ LIFEBOAT_KEY: "short" })).toEqual([expect.stringMatching(/^LIFEBOAT_KEY is shorter than 32/)]);
  });

  test.each(Object.keys(environment).filter((name) => name !== "LIFEBOAT_BUS"))("%s is required", (name) => {
    expect(faultsOf({ [name]: undefined })).toEqual([expect.stringMatching(new RegExp(`^${name} is not set`))]);
  });

  test.each([
    ["LIFEBOAT_QUEUE_URL", "slots", /^LIFEBOAT_QUEUE_URL must be the queue's URL/],
    ["LIFEBOAT_TABLE", "", /^LIFEBOAT_TABLE is empty/],
    ["LIFEBOAT_TOPICS", "lifeboat", /^LIFEBOAT_TOPICS must be SNS topics' ARNs/],
    ["LIFEBOAT_TOPICS", Array(3).fill("arn:aws:sns:eu-west-1:123456789012:t").join(","), /no more than two/],
    [
      "AWS_REGION",
      "ap-southeast-1",
      /^AWS_REGION is ap-southeast-1, and the configuration probes from eu-west-1, us-east-1/,
    ],
    ["LIFEBOAT_CONFIG_FILE", "elsewhere.json", /^LIFEBOAT_CONFIG_FILE elsewhere.json cannot be read: ENOENT/],
  ])("%s '%s' is refused", (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(fault)]);
  });

  test("a configuration that is no JSON is refused by name", () => {
    expect(faultsOf({}, "{")).toEqual([expect.stringMatching(/^LIFEBOAT_CONFIG_FILE resolved.json cannot be read/)]);
  });

  const next = { ...rest, version: 2 };
  test.each<[title: string, file: unknown]>([
    ["altered", { ...config, quorum: 1 }],
    ["with something more in it", { ...config, shard: 1 }],
    ["of another version", { ...next, digest: digestOf(next), cfg: config.cfg }],
    ["without its time", { ...rest, digest: config.digest }],
    ["a list", [config]],
    ["nothing", null],
  ])("a configuration that is %s is no deploy's", (_title, file) => {
    expect(faultsOf({}, JSON.stringify(file))).toEqual([
      expect.stringMatching(/^LIFEBOAT_CONFIG_FILE resolved.json is not as a deploy of this version wrote it/),
    ]);
  });

  test("the time of a deploy is not in its digest", () => {
    expect(read({}, JSON.stringify({ ...config, cfg: config.cfg + 1 })).config.cfg).toBe(config.cfg + 1);
  });

  test("everything that is wrong is said at once", () => {
    const faults = faultsOf({ LIFEBOAT_TABLE: undefined, LIFEBOAT_TOPICS: "", AWS_REGION: "nowhere-1" }, "[]");
    for (const name of ["LIFEBOAT_TABLE", "LIFEBOAT_TOPICS", "LIFEBOAT_CONFIG_FILE"]) {
      expect(faults.join("\n")).toContain(name);
    }
  });
});
