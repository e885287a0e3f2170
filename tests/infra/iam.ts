// Whether a policy allows a call, for as much of IAM's language as the stack uses. Anything else is refused loudly.
import type { Asked } from "./calls.ts";
import { named } from "./evaluate.ts";
import type { Evaluation } from "./program.ts";

export type Granted = { action: string; resource: string; conditions: Record<string, Record<string, string[]>> };

type Document = {
  Statement: {
    Effect: string;
    Action: string | string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, string | string[]>>;
  }[];
};

/** All that a role's own and managed policies grant, one action and resource at a time. */
export function grantsOf(evaluation: Evaluation, roleName: string): Granted[] {
  const role = named(evaluation, roleName);
  const inline = (role.inputs["inlinePolicies"] as { policy: string }[]).map(({ policy }) => policy);
  const arns = role.inputs["managedPolicyArns"] as string[] | undefined;
  const managed = (arns ?? []).map((arn) => {
    const policy = evaluation.resources.find(({ type, inputs }) => {
      return type === "aws:iam/policy:Policy" && arn.endsWith(`:policy/${String(inputs["name"])}`);
    });
    return String(policy?.inputs["policy"]);
  });
  return [...inline, ...managed].flatMap((policy) => grantsIn(JSON.parse(policy)));
}

export function grantsIn({ Statement }: Document): Granted[] {
  return Statement.flatMap(({ Effect, Action, Resource, Condition = {} }) => {
    if (Effect !== "Allow") throw new Error(`no rule for ${Effect}`);
    const conditions = Object.fromEntries(
      Object.entries(Condition).map(([test, keys]) => {
        return [test, Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, listOf(values)]))];
      }),
    );
    return listOf(Action).flatMap((action) => listOf(Resource).map((resource) => ({ action, resource, conditions })));
  });
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}

export function allows({ action, resource, conditions }: Granted, asked: Asked): boolean {
  if (action !== asked.action || !matches(resource, asked.resource)) return false;
  return Object.entries(conditions).every(([test, keys]) => {
    return Object.entries(keys).every(([key, values]) => holds(test, asked.context[key], values));
  });
}

/** `*` is any text; the actions of the stack have none. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(text);
}

function holds(test: string, values: string[] | undefined, wanted: readonly string[]): boolean {
  switch (test) {
    case "ForAllValues:StringEquals":
      return (values ?? []).every((value) => wanted.includes(value));
    case "ForAllValues:StringLike":
      return (values ?? []).every((value) => wanted.some((pattern) => matches(pattern, value)));
    case "Null":
      return wanted.includes(String(values === undefined));
    default:
      throw new Error(`no rule for the condition ${test}`);
  }
}
