/** What a user may see: a sentence that names the field or the thing, and the remedy. Nothing else is shown without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly faults: readonly string[];

  constructor(faults: string | readonly string[], options?: ErrorOptions) {
    const list = typeof faults === "string" ? [faults] : faults;
    super(list.join("\n"), options);
    this.faults = list;
  }
}

/** A transient fault of somebody else's (throttled, unreachable, 5xx): the same call may succeed later. */
export class SoftError extends Error {
  override readonly name = "SoftError";
}

/** What went wrong, without the name of its kind; whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A UserError for whoever called the API: what was wrong with the request, or what is not there, and as which status. */
export class Problem extends UserError {
  readonly status: number;

  constructor(status: number, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.status = status;
  }
}
