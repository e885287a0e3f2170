// TransactWriteItems and TransactGetItems, which dynalite lacks. Both run under the write lock, so they are serializable.
// Source: DynamoDB API reference, TransactWriteItems (limits, reasons, ten minutes of idempotency).
import { createHash } from "node:crypto";
import type { Item, Store, Table } from "dynalite/db/index.js";
import { checkConditional, createKey, validateItem, validateKey } from "dynalite/db/index.js";
import * as z from "zod";
import type { Input, Operation, Stage } from "./dynamodb-engine.ts";
import { checkInput, openStage, readTable } from "./dynamodb-engine.ts";
import { AwsError } from "./loopback.ts";

const tokenLifeMs = 600_000;

const action = z.looseObject({
  TableName: z.string(),
  ReturnValuesOnConditionCheckFailure: z.enum(["ALL_OLD", "NONE"]).optional(),
});
const writeRequest = z.object({
  TransactItems: z.array(
    z.object({ Put: action, Update: action, Delete: action, ConditionCheck: action }).partial().strict(),
  ),
  ClientRequestToken: z.string().min(1).max(36).optional(),
});
const getRequest = z.object({
  TransactItems: z.array(z.object({ Get: z.looseObject({ TableName: z.string() }) })),
});

type Kind = "Put" | "Update" | "Delete" | "ConditionCheck";
const operationOf: Record<Kind, Operation> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "DeleteItem",
};

/** One item of a transaction: what to do, where, and whether a failed condition shows the item. */
type Step = { kind: Kind; data: Input; table: Table; item: Item; showOld: boolean };
type Reason = { Code: string; Message?: string; Item?: Item };

export type Transactions = { write(input: Input): Promise<object>; get(input: Input): Promise<object> };

/** Both must be called under the write lock. */
export function createTransactions(store: Store, nowMs: () => number): Transactions {
  const tokens = new Map<string, { digest: string; untilMs: number }>();

  const write = async (input: Input): Promise<object> => {
    const { TransactItems, ClientRequestToken: token } = parse(writeRequest, input);
    checkCount(TransactItems.length);
    const digest = createHash("sha256").update(JSON.stringify(TransactItems)).digest("hex");
    if (token !== undefined && alreadyDone(token, digest)) return {};
    const steps: Step[] = [];
    for (const entry of TransactItems) steps.push(await readStep(store, entry));
    await commitSteps(openStage(store), steps);
    if (token !== undefined) tokens.set(token, { digest, untilMs: nowMs() + tokenLifeMs });
    return {};
  };

  const alreadyDone = (token: string, digest: string): boolean => {
    for (const [old, { untilMs }] of tokens) if (untilMs <= nowMs()) tokens.delete(old);
    const seen = tokens.get(token);
    if (seen !== undefined && seen.digest !== digest) {
      const message = "The request uses the same client token as a previous, but non-identical request.";
      throw new AwsError("IdempotentParameterMismatchException", message);
    }
    return seen !== undefined;
  };

  const get = async (input: Input): Promise<object> => {
    const { TransactItems } = parse(getRequest, input);
    checkCount(TransactItems.length);
    const stage = openStage(store);
    const responses: object[] = [];
    for (const { Get } of TransactItems) {
      const found = await stage.run("GetItem", checkInput(store, "GetItem", { ...Get, ConsistentRead: true }));
      responses.push(found["Item"] === undefined ? {} : { Item: found["Item"] });
    }
    return { Responses: responses };
  };
  return { write, get };
}

async function readStep(store: Store, entry: Partial<Record<Kind, z.infer<typeof action>>>): Promise<Step> {
  const chosen = (["Put", "Update", "Delete", "ConditionCheck"] as const).filter((kind) => entry[kind] !== undefined);
  const kind = chosen[0];
  const given = kind === undefined ? undefined : entry[kind];
  if (kind === undefined || given === undefined || chosen.length > 1) {
    throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  }
  const { ReturnValuesOnConditionCheckFailure: show, ...request } = given;
  if (kind === "ConditionCheck" && request["ConditionExpression"] === undefined) {
    throw invalid("The ConditionExpression of a ConditionCheck must not be null");
  }
  const data = checkInput(store, operationOf[kind], request);
  const table = await readTable(store, given.TableName);
  // checkInput has refused a missing or mistyped Item or Key.
  const item = (kind === "Put" ? data["Item"] : data["Key"]) as Item;
  return { kind, data, table, item, showOld: show === "ALL_OLD" };
}

/** Judges all, then writes all. Throws a TransactionCanceledException with a reason an item. */
async function commitSteps(stage: Stage, steps: readonly Step[]): Promise<void> {
  const reasons = steps.map(schemaReason);
  if (reasons.every((reason) => reason.Code === "None")) {
    checkDistinct(steps);
    for (const [index, step] of steps.entries()) reasons[index] = await conditionReason(stage, step);
  }
  cancelUnlessNone(reasons);
  for (const [index, step] of steps.entries()) {
    if (step.kind === "ConditionCheck") continue;
    await stage.run(operationOf[step.kind], step.data).catch((error: unknown) => {
      reasons[index] = { Code: "ValidationError", Message: error instanceof Error ? error.message : String(error) };
    });
  }
  cancelUnlessNone(reasons);
  await stage.commit();
}

function schemaReason(step: Step): Reason {
  const fault = step.kind === "Put" ? validateItem(step.item, step.table) : validateKey(step.item, step.table);
  return fault ? { Code: "ValidationError", Message: fault.message } : { Code: "None" };
}

async function conditionReason(stage: Stage, step: Step): Promise<Reason> {
  const old = await stage.read(step.table, createKey(step.item, step.table));
  const fault = checkConditional(step.data, old);
  if (!fault) return { Code: "None" };
  const shown = step.showOld && old !== undefined ? { Item: old } : {};
  return { Code: "ConditionalCheckFailed", Message: fault.message, ...shown };
}

function cancelUnlessNone(reasons: readonly Reason[]): void {
  if (reasons.every((reason) => reason.Code === "None")) return;
  const codes = reasons.map((reason) => reason.Code).join(", ");
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  throw new AwsError("TransactionCanceledException", message, 400, { CancellationReasons: reasons });
}

function checkDistinct(steps: readonly Step[]): void {
  const keys = new Set(steps.map((step) => `${step.table.TableName} ${createKey(step.item, step.table)}`));
  if (keys.size < steps.length) throw invalid("Transaction request cannot include multiple operations on one item");
}

function checkCount(count: number): void {
  if (count >= 1 && count <= 100) return;
  const bound = count < 1 ? "greater than or equal to 1" : "less than or equal to 100";
  throw invalid(
    `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

function parse<T>(schema: z.ZodType<T>, input: Input): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(`1 validation error detected: ${z.prettifyError(parsed.error)}`);
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
