import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../shared/runtime/load-config.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "lifeboat-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the file's evaluation comes to: the configuration, or the error's text without the folder. */
async function loaded(name: string, text: string | undefined, intervalS?: number): Promise<unknown> {
  const file = join(folder, name);
  if (text !== undefined) await writeFile(file, text);
  return loadConfig(file, intervalS).catch((error: Error) => error.message.replaceAll(folder, ""));
}

describe("loadConfig", () => {
  it("takes what the file exports, with another interval if one is asked for", async () => {
    const text = "export default { owner: 'x', intervalS: 30 };";
    expect(await loaded("good.ts", text)).toEqual({ owner: "x", intervalS: 30 });
    expect(await loaded("good.ts", text, 5)).toEqual({ owner: "x", intervalS: 5 });
  });

  it("waits for a promise, and takes what refers to itself", async () => {
    expect(await loaded("promise.ts", "export default Promise.resolve({ owner: 'x' });")).toEqual({ owner: "x" });
    const round = "const it = { owner: 'x' };\nit.self = it;\nexport default it;";
    expect(await loaded("round.ts", round, 5)).toMatchObject({ owner: "x", intervalS: 5 });
  });

  it.each([
    ["rejects.ts", "\nexport default Promise.reject(new Error('boom'));", "could not be evaluated (line 2): boom"],
    [
      "getter.ts",
      "\nexport default { get owner() { throw new Error('boom'); } };",
      "could not be evaluated (line 2): boom",
    ],
    ["deep.ts", "export default { pools: [{ get id() { throw 'x'; } }] };", "could not be evaluated: x"],
    [
      "revoked.ts",
      "const { proxy, revoke } = Proxy.revocable({}, {});\nrevoke();\nexport default proxy;",
      "could not be evaluated",
    ],
    ["function.ts", "export default () => ({});", "exports a function and not what it returns; it should say: export"],
    ["text.ts", "export default 'x';", "exports a text and no configuration; it should say: export default"],
    ["null.ts", "export default null;", "exports null and no configuration; it should say: export default"],
  ])("says what is wrong with %s", async (name, text, says) => {
    expect(await loaded(name, text)).toEqual(expect.stringContaining(`--config: /${name} ${says}`));
  });

  it.each([
    ["gone.ts", undefined, "--config: there is no file /gone.ts."],
    ["empty.ts", "export const x = 1;", "--config: /empty.ts has no default export; it should say: "],
    ["throws.ts", "\n\nthrow new Error('boom');", "--config: /throws.ts could not be evaluated (line 3): boom"],
    ["import.ts", "import x from './no.ts';\nexport default x;", "--config: /import.ts could not be evaluated"],
  ])("says what is wrong with %s", async (name, text, says) => {
    expect(await loaded(name, text)).toEqual(expect.stringContaining(says));
  });
});
