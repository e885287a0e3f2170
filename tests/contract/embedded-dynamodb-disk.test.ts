import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveDynamoDb } from "../../local/embedded/dynamodb.ts";
import { UserError } from "../../shared/model/errors.ts";
import { clientOf, directory, get, startDb, TableName } from "./dynamodb-fixture.ts";

describe("on disk", () => {
  test("a directory in use by another copy is refused at once, and nothing in it is damaged", async () => {
    const path = await directory();
    const db = await startDb({ path });
    const client = clientOf(db.url);
    await client.send(new PutCommand({ TableName, Item: { pk: "kept", sk: "a" } }));
    const second = serveDynamoDb({ path });
    await expect(second).rejects.toBeInstanceOf(UserError);
    await expect(second).rejects.toThrow("in use by another copy");
    expect(await get(client, "kept")).toEqual({ pk: "kept", sk: "a" });
  });

  test("a path that cannot be a directory is said", async () => {
    const path = join(await directory(), "file");
    await writeFile(path, "");
    await expect(serveDynamoDb({ path })).rejects.toBeInstanceOf(UserError);
  });

  test("items, tables and time to live survive a restart", async () => {
    const path = await directory();
    const first = await serveDynamoDb({ path });
    await first.createTable(TableName);
    await clientOf(first.url).send(
      new PutCommand({ TableName, Item: { pk: "kept", sk: "a", expiresS: 1_700_000_000 } }),
    );
    await first.close();
    const nowMs = 1_700_000_001_000;
    const second = await startDb({ path, nowMs: () => nowMs });
    const client = clientOf(second.url);
    expect(await get(client, "kept")).toBeDefined();
    expect(await second.sweep()).toBe(1);
    expect(await get(client, "kept")).toBeUndefined();
  });

  test("after a kill -9 every acknowledged write is there and no transaction is halved", async () => {
    const path = await directory();
    const module = new URL("../../local/embedded/dynamodb.ts", import.meta.url).href;
    const script = `import { serveDynamoDb } from ${JSON.stringify(module)};
      const db = await serveDynamoDb({ path: ${JSON.stringify(path)} });
      await db.createTable("${TableName}"); console.log(db.url);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    const ended = once(child, "exit");
    const [url] = await once(createInterface(child.stdout), "line");
    const client = clientOf(String(url));
    let acknowledged = -1;
    const writer = async (): Promise<never> => {
      for (let at = 0; ; at += 1) {
        const pair = ["left", "right"].map((sk) => ({ Put: { TableName, Item: { pk: `pair${at}`, sk } } }));
        await client.send(new TransactWriteCommand({ TransactItems: pair }));
        acknowledged = at;
        if (at === 60) child.kill("SIGKILL");
      }
    };
    await expect(writer()).rejects.toThrow(/ECONN|hang up/);
    // Its connections end before it does, and its lock with it.
    await ended;
    expect(acknowledged).toBeGreaterThanOrEqual(60);
    const reader = clientOf((await startDb({ path })).url);
    const halves = async (at: number) =>
      Promise.all(["left", "right"].map(async (sk) => (await get(reader, `pair${at}`, sk)) !== undefined));
    for (let at = 0; at <= acknowledged; at += 1) expect(await halves(at)).toEqual([true, true]);
    // The one that was under way when the process died is there or not, but not by half.
    expect(new Set(await halves(acknowledged + 1)).size).toBe(1);
  });
});
