import * as z from "zod/mini";
import { type Operation, operations, problemSchema } from "./api.ts";

type Json = Record<string, unknown>;

/** OpenAPI 3.1 takes JSON Schema as it is. */
function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return json;
}

function parametersOf({ params, query }: Operation): Json[] {
  const parameters = (place: "path" | "query", object: z.ZodMiniObject): Json[] =>
    Object.entries(object.shape).map(([name, schema]) => ({
      name,
      in: place,
      required: place === "path",
      // A field of a ZodObject is a schema of zod's own.
      schema: schemaOf(schema as z.ZodMiniType, "input"),
    }));
  return [...parameters("path", params), ...parameters("query", query)];
}

function responsesOf({ answers, fails }: Operation): Json {
  const good = Object.entries(answers).map(([status, { says, is }]) => {
    const content =
      typeof is === "string"
        ? { [is]: { schema: { type: "string", contentMediaType: is } } }
        : { "application/json": { schema: schemaOf(is, "output") } };
    return [status, { description: says, content }] as const;
  });
  const bad = fails.map((status) => [String(status), { $ref: "#/components/responses/Problem" }] as const);
  return Object.fromEntries([...good, ...bad]);
}

function operationOf(name: string, operation: Operation): Json {
  const { summary, needs, takes } = operation;
  const binary = { schema: { type: "string", contentMediaType: "application/gzip" } };
  const body = takes && {
    required: true,
    content: Object.fromEntries(takes.map((type) => [type, binary])),
  };
  return {
    operationId: name,
    summary,
    security: needs === "nothing" ? [] : [{ token: [] }],
    parameters: parametersOf(operation),
    ...(body ? { requestBody: body } : {}),
    responses: responsesOf(operation),
  };
}

/** The API as an OpenAPI 3.1 document, made from the schemas that its handlers use. */
export function openApi(version: string): Json {
  const paths = new Map<string, Json>();
  for (const [name, operation] of Object.entries(operations)) {
    const { path, method } = operation;
    paths.set(path, { ...paths.get(path), [method.toLowerCase()]: operationOf(name, operation) });
  }
  return {
    openapi: "3.1.0",
    info: { title: "Lifeboat", version, description: "Snapshots of load balancers' configurations." },
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "Made by `lifeboat token create`." },
      },
      responses: {
        Problem: {
          description: "What was wrong, as RFC 9457 has it.",
          content: { "application/problem+json": { schema: schemaOf(problemSchema, "output") } },
        },
      },
    },
  };
}
