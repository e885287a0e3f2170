// `npm run sst -- remove` asks Route 53 first whether the stage still owns names.
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../../shared/model/errors.ts";
import { fenceNameOf } from "../../shared/model/fence.ts";
import { guarded } from "../../stacks/sst.ts";
import { create, type Embedded, weighted } from "../contract/route53-fixture.ts";
import { run, startAccount, writeConfig } from "./route53.ts";

const NAME = "lb.example.com";

let account: Embedded;
let config: string;

beforeEach(async () => {
  account = await startAccount();
  config = await writeConfig(NAME);
});

/** Takes the name over as the production stage, or gives it back. */
async function agree(what: "adopt" | "release"): Promise<void> {
  const flags = ["--direct", "--config", config, "--who", "ann", "--stage", "production"];
  const [, checksum = ""] = /--checksum ([0-9a-f]+)/.exec((await run(what, ...flags)).out) ?? [];
  expect((await run(what, ...flags, "--checksum", checksum)).out).toMatch(/written/);
}

async function faultsOf(...words: string[]): Promise<readonly string[]> {
  const error: unknown = await guarded(words, config).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof UserError ? error.faults : [];
}

describe("removing a stage", () => {
  test("is refused while it holds a name, and allowed once that is given back", async () => {
    await account.send(create({ Name: NAME, ...weighted("lb1", 5, { values: ["10.0.0.1"] }) }));
    await agree("adopt");
    expect(await faultsOf("remove", "--stage", "production")).toEqual([
      `'${NAME}' is still held by 'acme'`,
      expect.stringMatching(/lifeboat release.*--keep-fences/),
    ]);
    expect(await faultsOf("remove", "--stage=production")).toHaveLength(2);
    await agree("release");
    expect(await guarded(["remove", "--stage", "production"], config)).toEqual(["remove", "--stage", "production"]);
  });

  test("is allowed where another stage holds the name", async () => {
    await account.send(create({ Name: NAME, ...weighted("lb1", 5, { values: ["10.0.0.1"] }) }));
    await agree("adopt");
    expect(await faultsOf("remove", "--stage", "anna")).toEqual([]);
  });

  test("is refused where a fence cannot be read, or Route 53 does not answer", async () => {
    await account.send(create({ Name: fenceNameOf(NAME), Type: "TXT", TTL: 60, values: ['"heritage=else"'] }));
    expect(await faultsOf("remove", "--stage", "production")).toEqual([
      expect.stringMatching(/fence that cannot be read/),
      expect.stringMatching(/release/),
    ]);
    vi.stubEnv("AWS_ENDPOINT_URL_ROUTE_53", "http://127.0.0.1:1");
    expect(await faultsOf("remove", "--stage", "production")).toEqual([expect.stringMatching(/could not be read/)]);
  });

  test("wants a stage, and can be told to leave the fences", async () => {
    expect(await faultsOf("remove")).toEqual(["remove: say which stage, as in --stage production."]);
    const words = ["remove", "--stage", "production"];
    expect(await guarded([...words, "--keep-fences"], join(config, "is-not-read"))).toEqual(words);
  });
});

test("any other command goes through as it is", async () => {
  expect(await guarded(["deploy", "--stage", "anna"], join(config, "is-not-read"))).toEqual([
    "deploy",
    "--stage",
    "anna",
  ]);
});
