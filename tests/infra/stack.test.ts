// The real sst.config.ts under Pulumi's mocks: what would be in AWS, and where.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failoverEventSchema } from "../../shared/model/failover-call.ts";
import { probeEventSchema } from "../../shared/model/probe-call.ts";
import { planFire } from "../../shared/schedule/slots.ts";
import { replicasOf } from "../../stacks/replicas.ts";
import { account } from "./aws-answers.ts";
import { config, secrets } from "./configs.ts";
import type { Resource } from "./engine.ts";
import { named, of, sorted } from "./evaluate.ts";
import { root } from "./platform.ts";
import type { Evaluation } from "./program.ts";
import { evaluateBefore } from "./stack.ts";

const { regions } = config;
const [home = "", second = "", third = ""] = regions;
const suffixes: Record<string, string> = { [home]: "EuWest1", [second]: "UsEast1", [third]: "ApSoutheast2" };
const evaluations = evaluateBefore({
  test: { config },
  production: { config, stage: "production" },
  fewer: { config: { ...config, regions: [home, second] } },
  secret: {
    config: { ...config, heartbeat: true, probeHeader: { name: "X-Lifeboat", secret: "LIFEBOAT_PROBE_SECRET" } },
  },
  quiet: { config: { ...config, notify: {} } },
  attached: { config, program: join(import.meta.dirname, "attached.config.mjs") },
});

const made = ({ resources }: Evaluation): Resource[] =>
  resources.filter(({ type, read }) => type.startsWith("aws:") && !read);
const functionsIn = (evaluation: Evaluation, region: string): Resource[] =>
  of(evaluation, "aws:lambda/function:Function", region);
/** Inputs as the tables below write them. */
type Plain = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- inputs of some thirty kinds of resources
const inputsOf = (evaluation: Evaluation, name: string): Plain => named(evaluation, name).inputs;

describe("regions", () => {
  it.each(["test", "attached"] as const)(
    "puts everything that is named after a region there, and the rest at home (%s)",
    (which) => {
      const places = made(evaluations[which]).map(({ name, region, type }) => {
        const own = Object.entries(suffixes).find(([, suffix]) => name.includes(suffix))?.[0];
        return { name, type, region, wanted: own ?? home };
      });
      expect(places.filter(({ region, wanted }) => region !== wanted)).toEqual([]);
      const once = places.filter(({ name }) => !Object.values(suffixes).some((suffix) => name.includes(suffix)));
      expect(once.map(({ name }) => name).sort()).toEqual(["DnsFailover1", "Table"]);
    },
  );

  it("has the same in every region, but for the table's home, people's subscriptions and the API", () => {
    const [first, ...others] = regions.map((region) => {
      const suffix = suffixes[region] ?? "";
      return made(evaluations.test)
        .filter(
          ({ name, type }) =>
            name.includes(suffix) &&
            !/TableReplica$|TopicSubscription$/.test(type) &&
            !/^(Role)?Api|^TextTopic/.test(name),
        )
        .map(({ name, type }) => `${type} ${name.replace(suffix, "")}`)
        .sort();
    });
    expect(first?.length).toBeGreaterThan(20);
    for (const other of others) expect(other).toEqual(first);
  });

  it("when a region goes, takes away what is there and changes only what names it", () => {
    const suffix = suffixes[third] ?? "";
    const keys = (evaluation: Evaluation): string[] => evaluation.resources.map(({ type, name }) => `${type} ${name}`);
    const [more, fewer] = [keys(evaluations.test), keys(evaluations.fewer)];
    expect(fewer.filter((key) => !more.includes(key))).toEqual([]);
    const gone = more.filter((key) => !fewer.includes(key));
    expect(gone.length).toBeGreaterThan(20);
    expect(gone.filter((key) => !key.includes(suffix))).toEqual([]);
    expect(fewer.filter((key) => key.includes(suffix))).toEqual([]);

    const changed = made(evaluations.fewer).filter((one) => {
      const before = evaluations.test.resources.find(({ urn }) => urn === one.urn);
      return JSON.stringify(before?.inputs) !== JSON.stringify(one.inputs);
    });
    const two = [suffixes[home], suffixes[second]].flatMap((one) => [
      `ApiCode${one}`,
      `ApiFunction${one}`,
      `FailoverCode${one}`,
      `FailoverFunction${one}`,
      `ProbeCode${one}`,
      `ProbeFunction${one}`,
      // The permission to call the other regions names them.
      `RoleFailover${one}`,
      `RoleProbe${one}`,
    ]);
    // SST ends the name with the part, we with the region.
    const regionLast = changed.map(({ name }) => name.replace(/^(\w+?)(EuWest1|UsEast1)(Code|Function)$/, "$1$3$2"));
    expect(regionLast.sort()).toEqual(two.sort());
  });

  it("makes the replica before the functions, and the functions before what calls them", () => {
    const { resources } = evaluations.test;
    const before = (name: string): Set<string> => {
      const seen = new Set<string>();
      const visit = (urn: string): void => {
        if (seen.has(urn)) return;
        seen.add(urn);
        for (const next of resources.find((one) => one.urn === urn)?.dependencies ?? []) visit(next);
      };
      visit(named(evaluations.test, name).urn);
      return new Set([...seen].map((urn) => urn.split("::").at(-1) ?? ""));
    };
    for (const region of regions) {
      const suffix = suffixes[region];
      const table = region === home ? "Table" : `Replica${suffix}`;
      for (const name of ["Probe", "Failover"]) {
        expect([...before(`${name}${suffix}Function`)]).toContain(table);
        expect([...before(`Schedule${name}${suffix}`)]).toContain(`${name}${suffix}Function`);
      }
      expect([...before(`FeedProbe${suffix}`)]).toContain(`Probe${suffix}Function`);
    }
  });
});

describe("functions", () => {
  const list = regions.flatMap((region) =>
    ["Probe", "Failover"].map((name) => ({ region, name, suffix: suffixes[region] })),
  );

  it.each(list)("$name in $region has its role, size, time and log", ({ name, region, suffix }) => {
    const lower = name.toLowerCase();
    const { inputs } = named(evaluations.test, `${name}${suffix}Function`);
    expect(inputs).toMatchObject({
      name: `lifeboat-test-${lower}`,
      handler: "bundle.handler",
      runtime: "nodejs24.x",
      architectures: ["arm64"],
      memorySize: name === "Probe" ? 128 : 256,
      timeout: 30,
      s3Bucket: `sst-asset-${region}`,
      role: `arn:aws:iam::${account}:role/Role${name}${suffix}`,
      loggingConfig: {
        logFormat: "JSON",
        systemLogLevel: "WARN",
        applicationLogLevel: "INFO",
        logGroup: `/aws/lambda/lifeboat-test-${lower}`,
      },
    });
    expect(inputsOf(evaluations.test, `${name}${suffix}LogGroup`)).toMatchObject({
      name: `/aws/lambda/lifeboat-test-${lower}`,
      retentionInDays: 30,
    });
    expect(inputsOf(evaluations.test, `${name}${suffix}EventInvokeConfig`)).toMatchObject({
      functionName: `lifeboat-test-${lower}`,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
  });

  it.each(regions)("in %s know their own region's parts, and the topics of the first two", (region) => {
    for (const { inputs } of functionsIn(evaluations.test, region)) {
      const { variables } = inputs["environment"] as Plain;
      expect(variables).toMatchObject({
        LIFEBOAT_CONFIG_FILE: "lifeboat.json",
        LIFEBOAT_TABLE: "lifeboat-test",
        LIFEBOAT_QUEUE_URL: `https://sqs.${region}.amazonaws.com/${account}/lifeboat-test-slots`,
        LIFEBOAT_PROBE_FUNCTION: "lifeboat-test-probe",
        LIFEBOAT_FAILOVER_FUNCTION: "lifeboat-test-failover",
        LIFEBOAT_TOPICS: [home, second].map((one) => `arn:aws:sns:${one}:${account}:lifeboat-test`).join(","),
        LIFEBOAT_SMS_TOPICS: [home, second].map((one) => `arn:aws:sns:${one}:${account}:lifeboat-test_sms`).join(","),
        LIFEBOAT_BUS: "lifeboat-test",
      });
    }
  });

  it("know no topics of phones where there are no phones, and there are none", () => {
    const names = of(evaluations.quiet, "aws:sns/topic:Topic").map(({ inputs }) => inputs["name"]);
    expect(names).toEqual(regions.map(() => "lifeboat-test"));
    const { variables }: Plain = inputsOf(evaluations.quiet, `Failover${suffixes[home]}Function`)["environment"];
    expect(Object.keys(variables)).not.toContain("LIFEBOAT_SMS_TOPICS");
    const alarms = of(evaluations.quiet, "aws:cloudwatch/metricAlarm:MetricAlarm", home);
    for (const { inputs } of alarms) expect(inputs["alarmActions"]).toHaveLength(1);
  });

  it("get the secrets that are theirs, and no others", () => {
    const secretsOf = (evaluation: Evaluation, name: string): string[] => {
      const { variables }: Plain = inputsOf(evaluation, `${name}${suffixes[home]}Function`)["environment"];
      const values = Object.values(secrets);
      return Object.keys(variables).filter((variable) => values.includes(variables[variable]));
    };
    expect(secretsOf(evaluations.secret, "Probe")).toEqual(["LIFEBOAT_HEARTBEAT_URL", "LIFEBOAT_PROBE_SECRET"]);
    expect(secretsOf(evaluations.test, "Probe")).toEqual([]);
    for (const evaluation of [evaluations.secret, evaluations.test]) {
      expect(secretsOf(evaluation, "Failover")).toEqual([]);
      expect(secretsOf(evaluation, "Api")).toEqual(["LIFEBOAT_KEY"]);
    }
  });

  it("are as many as the table says", () => {
    expect(regions.map((region) => functionsIn(evaluations.test, region).length)).toEqual([3, 3, 2]);
  });
});

describe("schedules and queues", () => {
  it.each(regions)("in %s plan and reconcile every minute, never again and never late", (region) => {
    const suffix = suffixes[region];
    const schedules = of(evaluations.test, "aws:scheduler/schedule:Schedule", region);
    expect(sorted(schedules.map(({ inputs }) => inputs["name"]))).toEqual([
      "lifeboat-test-failover",
      "lifeboat-test-probe",
    ]);
    for (const { inputs } of schedules) {
      const { target }: Plain = inputs;
      expect(inputs).toMatchObject({ scheduleExpression: "cron(* * * * ? *)", flexibleTimeWindow: { mode: "OFF" } });
      expect(target.retryPolicy).toEqual({ maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 });
      expect(target.arn).toBe(`arn:aws:lambda:${region}:${account}:function:${String(inputs["name"])}`);
      expect(target.roleArn).toBe(`arn:aws:iam::${account}:role/RoleSchedule${suffix}`);
    }
    const input = (name: string): unknown => {
      const text: string = inputsOf(evaluations.test, `Schedule${name}${suffix}`)["target"].input;
      return JSON.parse(text.replace("<aws.scheduler.scheduled-time>", "2026-11-24T08:00:00Z"));
    };
    expect(probeEventSchema.parse(input("Probe"))).toMatchObject({
      kind: "plan",
      scheduledMs: Date.UTC(2026, 10, 24, 8),
    });
    expect(failoverEventSchema.parse(input("Failover"))).toMatchObject({ kind: "reconcile" });
  });

  it.each(regions)("in %s hand a slot over once, at once, and forget it when it is stale", (region) => {
    const suffix = suffixes[region];
    const queue = inputsOf(evaluations.test, `Slots${suffix}`);
    const probe = inputsOf(evaluations.test, `Probe${suffix}Function`);
    expect(queue).toMatchObject({ name: "lifeboat-test-slots", messageRetentionSeconds: 300 });
    expect(queue["visibilityTimeoutSeconds"]).toBeGreaterThanOrEqual(probe["timeout"]);
    expect(JSON.parse(queue["redrivePolicy"])).toEqual({
      deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:lifeboat-test-slots-dead`,
      maxReceiveCount: 1,
    });
    expect(inputsOf(evaluations.test, `FeedProbe${suffix}`)).toMatchObject({
      eventSourceArn: `arn:aws:sqs:${region}:${account}:lifeboat-test-slots`,
      functionName: `arn:aws:lambda:${region}:${account}:function:lifeboat-test-probe`,
      batchSize: 1,
      maximumBatchingWindowInSeconds: 0,
    });
  });

  it("keep a message longer than the longest delay that is ever asked for", () => {
    // A fire at the first instant of its minute enqueues up to the end of the next one.
    const fire = { scheduledMs: 0, nowMs: 0, phaseMs: 29_999, intervalMs: 30_000, reportedSlot: undefined };
    const longest = Math.max(...planFire(fire).enqueue.map(({ delayS }) => delayS));
    const { messageRetentionSeconds } = inputsOf(evaluations.test, `Slots${suffixes[home]}`);
    expect(longest).toBeGreaterThan(60);
    expect(messageRetentionSeconds).toBeGreaterThan(longest + 60);
  });
});

describe("the table", () => {
  it("is on demand, expires, can be restored, and replicates to every other region", () => {
    const table = named(evaluations.test, "Table");
    expect(table.region).toBe(home);
    expect(table.inputs).toMatchObject({
      name: "lifeboat-test",
      billingMode: "PAY_PER_REQUEST",
      ttl: { attributeName: "expiresS", enabled: true },
      pointInTimeRecovery: { enabled: true },
      streamEnabled: true,
      streamViewType: "NEW_AND_OLD_IMAGES",
      tags: { "lifeboat:home": home },
    });
    const replicas = of(evaluations.test, "aws:dynamodb/tableReplica:TableReplica");
    expect(sorted(replicas.map(({ region }) => region))).toEqual(sorted([second, third]));
    for (const { inputs } of replicas) {
      expect(inputs).toMatchObject({
        globalTableArn: `arn:aws:dynamodb:${home}:${account}:table/lifeboat-test`,
        pointInTimeRecovery: true,
        tags: { "lifeboat:home": home },
      });
    }
  });

  it("is protected and kept in production only", () => {
    const kept = ({ app, ...evaluation }: Evaluation): unknown[] => {
      const table = named({ app, ...evaluation }, "Table");
      return [table.inputs["deletionProtectionEnabled"], table.retainOnDelete, app.removal, app.protect];
    };
    expect(kept(evaluations.production)).toEqual([true, true, "retain", true]);
    expect(kept(evaluations.test)).toEqual([false, false, "remove", false]);
  });

  it.each([
    [home, [home, second], [second]],
    [home, [second, third, home], [second, third]],
  ])("with home %s over %j has replicas in %j", (at, over, wanted) =>
    expect(replicasOf("MREC", at, over)).toEqual(wanted),
  );

  it.each([
    ["MREC", home, [second, third], /home eu-west-1 is none of/],
    ["MRSC", home, [home, second, third], /three regions of one set/],
    ["MRSC", home, [home, "eu-west-2"], /three regions of one set/],
    ["MRSC", "us-east-1", ["us-east-1", "us-east-2", "eu-west-1"], /three regions of one set/],
    ["MRSC", "us-east-1", ["us-east-1", "us-east-2", "us-west-2"], /neither time to live/],
  ] as const)("%s with home %s over %j is refused", (consistency, at, over, why) => {
    expect(() => replicasOf(consistency, at, over)).toThrow(why);
  });
});

describe("the right to deploy", () => {
  /** What docs/deploy.md calls them. */
  const services: Record<string, string> = {
    apigatewayv2: "API Gateway",
    cloudwatch: "CloudWatch",
    dynamodb: "DynamoDB",
    iam: "IAM",
    lambda: "Lambda",
    s3: "S3",
    scheduler: "EventBridge Scheduler",
    sns: "SNS",
    sqs: "SQS",
  };

  it("is written down for every service of which something is made, and for no other", () => {
    const guide = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const table = /\| service \| what for \|\n(?<rows>(?:\|.*\n)+)/.exec(guide)?.groups?.["rows"] ?? "";
    const cells = table.split("\n").flatMap((row) => (row.split("|")[1] ?? "").split(","));
    const written = new Set(cells.map((cell) => cell.trim()));
    const needed = new Set(made(evaluations.test).map(({ type }) => type.split(/[:/]/)[1] ?? ""));
    expect([...needed].filter((service) => !written.has(services[service] ?? service))).toEqual([]);
    expect(Object.keys(services).filter((service) => !needed.has(service))).toEqual([]);
  });
});

describe("people and alarms", () => {
  it("subscribes everybody in the first two regions, phones to a topic of their own", () => {
    const { email = [], sms = [], https = [] } = config.notify ?? {};
    const wanted = [home, second].flatMap((region) =>
      [...email, ...sms, ...https].map((endpoint) => `${region} ${endpoint}`),
    );
    const found = of(evaluations.test, "aws:sns/topicSubscription:TopicSubscription").map(({ region, inputs }) => {
      const topic = inputs["protocol"] === "sms" ? "lifeboat-test_sms" : "lifeboat-test";
      expect(inputs["topic"]).toBe(`arn:aws:sns:${region}:${account}:${topic}`);
      return `${region} ${String(inputs["endpoint"])}`;
    });
    expect(found.sort()).toEqual(wanted.sort());
  });

  it.each(regions)("in %s watches its own metrics and tells its own topics", (region) => {
    const alarms = of(evaluations.test, "aws:cloudwatch/metricAlarm:MetricAlarm", region);
    const table = alarms.map(({ inputs }) => [inputs["name"], inputs["metricName"], inputs["treatMissingData"]]);
    expect(sorted(table)).toEqual(
      sorted([
        ["lifeboat-test-failover-errors", "Errors", "notBreaching"],
        ["lifeboat-test-failover-silent", "Invocations", "breaching"],
        ["lifeboat-test-probe-silent", "NumberOfMessagesDeleted", "breaching"],
        ["lifeboat-test-route53-refuses", "lifeboat-test-refused", "notBreaching"],
        ["lifeboat-test-slots-dead", "ApproximateNumberOfMessagesVisible", "notBreaching"],
      ]),
    );
    const names = made(evaluations.test).flatMap((one) => (one.region === region ? [one.inputs["name"]] : []));
    for (const { inputs } of alarms) {
      const own = regions.indexOf(region) < 2 ? ["lifeboat-test", "lifeboat-test_sms"] : ["lifeboat-test"];
      const topics = own.map((name) => `arn:aws:sns:${region}:${account}:${name}`);
      expect(inputs).toMatchObject({ alarmActions: topics, okActions: topics, period: 60 });
      for (const watched of Object.values((inputs["dimensions"] as Plain) ?? {})) expect(names).toContain(watched);
    }
    // Its peers call a probe that is silent: only what it takes from its queue says that it works.
    expect(inputsOf(evaluations.test, `AlarmProbeSilent${suffixes[region]}`)).toMatchObject({
      namespace: "AWS/SQS",
      dimensions: { QueueName: "lifeboat-test-slots" },
      statistic: "Sum",
      threshold: 1,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 3,
      datapointsToAlarm: 3,
    });
    const filter = inputsOf(evaluations.test, `Refused${suffixes[region]}`);
    expect(filter["logGroupName"]).toBe(inputsOf(evaluations.test, `Failover${suffixes[region]}LogGroup`)["name"]);
    expect(filter["metricTransformation"]).toMatchObject({ name: "lifeboat-test-refused", namespace: "Lifeboat" });
  });

  it("finds in failover's log what Route 53 refused", () => {
    const { pattern } = inputsOf(evaluations.test, `Refused${suffixes[home]}`);
    expect(pattern).toBe('{ $.message = "batch" && $.applied.kind = "refused" }');
    // Where failover logs it, and what it logs there.
    const flow = readFileSync(join(root, "shared/flow/write-names.ts"), "utf8");
    expect(flow).toContain('log.info("batch", {');
    expect(flow).toContain('applied.kind === "refused"');
  });
});

describe("stages", () => {
  it("do not share a name in any region", () => {
    const taken = (evaluation: Evaluation): string[] => {
      return made(evaluation).flatMap(({ type, region, inputs: { name } }) => {
        const where = type.startsWith("aws:iam") ? "everywhere" : region;
        return typeof name === "string" ? [`${where} ${type} ${name}`] : [];
      });
    };
    const first = taken(evaluations.test);
    expect(first.length).toBeGreaterThan(40);
    const shared = taken(evaluations.production).filter((name) => first.includes(name));
    // The stage of every API is called $default.
    expect(shared.filter((name) => !name.endsWith(" $default"))).toEqual([]);
  });

  it("are owners of their own, and only production is the configured one", () => {
    expect([evaluations.test, evaluations.production].map(({ outputs }) => outputs["owner"])).toEqual([
      "acme.test",
      "acme",
    ]);
  });

  it("say what the CLI must know", () => {
    expect(evaluations.test.outputs).toMatchObject({
      account,
      stage: "test",
      home,
      regions,
      table: "lifeboat-test",
      functions: { probe: "lifeboat-test-probe", failover: "lifeboat-test-failover" },
      topics: [home, second].map((region) => `arn:aws:sns:${region}:${account}:lifeboat-test`),
      bus: "lifeboat-test",
      zones: [
        { zoneId: "Z0EXAMPLECOM", names: ["lb.example.com", "example.com", "*.apps.example.com"] },
        { zoneId: "Z0EXAMPLENET", names: ["trial.example.net"] },
      ],
      configuration: { digest: expect.stringMatching(/^[0-9a-f]{64}$/), cfg: expect.any(Number) },
    });
  });
});

describe("the HTTP API", () => {
  it("stands in two regions, throttled, and only API Gateway may call its function", () => {
    const apis = of(evaluations.test, "aws:apigatewayv2/api:Api");
    expect(sorted(apis.map(({ region }) => region))).toEqual(sorted([home, second]));
    for (const region of [home, second]) {
      const suffix = suffixes[region];
      expect(inputsOf(evaluations.test, `ApiStage${suffix}`)).toMatchObject({
        name: "$default",
        defaultRouteSettings: { throttlingBurstLimit: 4, throttlingRateLimit: 10 },
      });
      const target = `arn:aws:lambda:${region}:${account}:function:lifeboat-test-api`;
      expect(inputsOf(evaluations.test, `ApiIntegration${suffix}`)).toMatchObject({
        integrationUri: target,
        payloadFormatVersion: "2.0",
      });
      const id = `id${region.replaceAll("-", "")}`;
      expect(inputsOf(evaluations.test, `ApiPermission${suffix}`)).toMatchObject({
        principal: "apigateway.amazonaws.com",
        function: target,
        sourceArn: `arn:aws:execute-api:${region}:${account}:${id}/*/$default`,
      });
    }
    expect(evaluations.test.outputs["apis"]).toEqual(
      Object.fromEntries(
        [home, second].map((region) => [
          region,
          `https://id${region.replaceAll("-", "")}.execute-api.${region}.amazonaws.com`,
        ]),
      ),
    );
  });
});

describe("further functions", () => {
  it.each(regions)("attach a rule, a queue and its dead letters in %s to what is announced there", (region) => {
    const suffix = suffixes[region];
    const queue = `arn:aws:sqs:${region}:${account}:lifeboat-test-events`;
    expect(inputsOf(evaluations.attached, `Announced${suffix}`)).toMatchObject({
      eventBusName: "lifeboat-test",
      eventPattern: JSON.stringify({ source: ["lifeboat"] }),
    });
    expect(inputsOf(evaluations.attached, `AnnouncedTarget${suffix}`)).toMatchObject({
      eventBusName: "lifeboat-test",
      arn: queue,
    });
    const { policy } = inputsOf(evaluations.attached, `AnnouncedPolicy${suffix}`);
    expect(JSON.parse(policy).Statement).toMatchObject([
      { Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage", Resource: queue },
    ]);
    expect(inputsOf(evaluations.attached, `FeedDeliver${suffix}`)).toMatchObject({
      eventSourceArn: queue,
      functionName: `arn:aws:lambda:${region}:${account}:function:lifeboat-test-deliver`,
    });
    const alarms = of(evaluations.attached, "aws:cloudwatch/metricAlarm:MetricAlarm", region).map(
      ({ inputs }) => inputs["name"],
    );
    expect(alarms).toContain("lifeboat-test-events-dead");
  });
});
