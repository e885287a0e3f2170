// The OpenAPI document against the handlers: every operation in it answers, and every answer is as it says.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { filesOf } from "../zen/fixtures.ts";
import { type ApiWorld, backupOf, startApi } from "./world.ts";

const contentSchema = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const operationSchema = z.object({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(
    z.object({ name: z.string(), in: z.enum(["path", "query"]), required: z.boolean(), schema: z.looseObject({}) }),
  ),
  requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.union([z.object({ $ref: z.string() }), z.object({ content: contentSchema })])),
});
const documentSchema = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.enum(["get", "post"]), operationSchema.optional())),
  components: z.object({ responses: z.object({ Problem: z.object({ content: contentSchema }) }) }),
});
type Operation = z.output<typeof operationSchema>;

let api: ApiWorld;
let document: z.output<typeof documentSchema>;
beforeAll(async () => {
  api = await startApi({ regions: ["eu-west-1", "us-east-1"] });
  await api.upload("lb1", await backupOf(filesOf("skudonet-7-a")));
  await api.upload("lb1", await backupOf(filesOf("zen-2.0")));
  await api.upload("lb2", await backupOf(filesOf("skudonet-7-b")));
  document = documentSchema.parse((await api.ask("GET", "/v1/openapi.json")).json);
}, 60_000);
afterAll(() => api.close());

const samples: Record<string, string> = { id: "lb1", snapshot: "latest", island: "north" };

/** Every operation of the document with its path filled in. */
const operations = (): { method: string; path: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => samples[name] ?? "");
      return operation ? [{ method: method.toUpperCase(), path: filled, operation }] : [];
    }),
  );

/** Judged by the JSON Schema of the document itself, as a stranger's client would. */
function judge(content: z.output<typeof contentSchema>, type: string, json: unknown): string[] {
  const schema = content[type]?.schema;
  if (!schema) return [`no ${type} in the document`];
  const parsed = z.fromJSONSchema(schema).safeParse(json);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("the document", () => {
  test("names every operation once, with what it takes and who may", () => {
    const all = operations();
    expect(all.map(({ operation }) => operation.operationId).toSorted()).toEqual([
      "diffSnapshots",
      "getChecks",
      "getDrift",
      "getSnapshot",
      "getSnapshotFiles",
      "listSnapshots",
      "openapi",
      "uploadSnapshot",
    ]);
    for (const { path, operation } of all) {
      const names = operation.parameters.filter((one) => one.in === "path").map(({ name }) => name);
      expect([operation.operationId, names.every((name) => name in samples)]).toEqual([operation.operationId, true]);
      expect([path, operation.security.length]).toEqual([path, path.endsWith("openapi.json") ? 0 : 1]);
    }
  });

  test("every operation answers as its schema says", async () => {
    for (const { method, path, operation } of operations()) {
      const body = operation.requestBody && (await backupOf(filesOf("zen-2.0")));
      const headers: Record<string, string> = body ? { "content-type": "application/gzip" } : {};
      const answer = await api.ask(method, path, { token: api.service.token, headers, ...(body ? { body } : {}) });
      const said = operation.responses[String(answer.status)];
      expect([path, answer.status, said && "content" in said]).toEqual([path, 200, true]);
      if (!said || !("content" in said)) continue;
      const type = answer.headers.get("content-type") ?? "";
      expect([path, Object.keys(said.content)]).toEqual([path, [type]]);
      const faults = type === "application/json" ? judge(said.content, type, answer.json) : [];
      expect([path, faults]).toEqual([path, []]);
    }
  });

  test("every operation that needs a token refuses without one, by a problem as its schema says", async () => {
    const { content } = document.components.responses.Problem;
    for (const { method, path, operation } of operations()) {
      if (operation.security.length === 0) continue;
      const answer = await api.ask(method, path);
      expect([path, answer.status, "401" in operation.responses]).toEqual([path, 401, true]);
      const type = answer.headers.get("content-type") ?? "";
      expect([path, judge(content, type, answer.json)]).toEqual([path, []]);
      expect(judge(content, type, { title: "x" }).length).toBeGreaterThan(0);
    }
  });

  test("HEAD answers as GET does, without the body", async () => {
    const [get, head] = [await api.ask("GET", "/v1/openapi.json"), await api.ask("HEAD", "/v1/openapi.json")];
    expect([head.status, head.bytes.length, head.headers.get("etag")]).toEqual([200, 0, get.headers.get("etag")]);
  });

  test("while home is down another region answers", async () => {
    await api.service.setRegion("eu-west-1", "dropped");
    const answer = await api.ask("GET", "/v1/islands/north/drift", { token: api.service.token });
    await api.service.setRegion("eu-west-1", "up");
    expect(answer.status).toBe(200);
  });
});
