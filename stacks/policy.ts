// Statements, and the documents that IAM gets of them. Pure; imports nothing.

export type Condition = {
  test: "ForAllValues:StringEquals" | "ForAllValues:StringLike" | "Null";
  variable: string;
  values: readonly string[];
};

export type Statement = {
  actions: readonly string[];
  resources: readonly string[];
  conditions?: readonly Condition[];
  why: string;
  /** Why the function's own code never makes these calls. */
  uncalled?: string;
  /** Why a resource cannot be named without a `*`. */
  wildcard?: string;
};

export type PolicyDocument = { Version: "2012-10-17"; Statement: object[] };

/** As IAM has it. */
export function policyOf(statements: readonly Statement[]): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: statements.map(({ actions, resources, conditions = [] }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(conditions.length === 0 ? {} : { Condition: conditionsOf(conditions) }),
    })),
  };
}

function conditionsOf(conditions: readonly Condition[]): Record<string, Record<string, readonly string[]>> {
  const byTest = Map.groupBy(conditions, ({ test }) => test);
  return Object.fromEntries(
    [...byTest].map(([test, list]) => [
      test,
      Object.fromEntries(list.map(({ variable, values }) => [variable, values])),
    ]),
  );
}

/** IAM: a managed policy has at most 6,144 characters, and a role at most 10 of them (quotas of IAM). */
export const POLICY_MAX = 6144;
export const POLICIES_MAX = 10;

/** The statements in as few managed policies as hold them. @throws nothing: {@link judgePolicies} says what does not fit. */
export function packPolicies(statements: readonly Statement[]): PolicyDocument[] {
  const packed: Statement[][] = [];
  for (const statement of statements) {
    const last = packed.at(-1);
    if (last && lengthOf([...last, statement]) <= POLICY_MAX) last.push(statement);
    else packed.push([statement]);
  }
  return packed.map(policyOf);
}

function lengthOf(statements: readonly Statement[]): number {
  return JSON.stringify(policyOf(statements)).length;
}
