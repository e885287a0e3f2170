/** Where a command writes, and how it ends. */
export type Io = { out(text: string): void; err(text: string): void };

/** One command of `lifeboat`: help, completion and docs are printed from the table of these. */
export type Command = {
  /** Words after `lifeboat`: `status`, `zen parse`. */
  name: string;
  summary: string;
  /** What follows the name: `[--local] [--json]`. */
  usage: string;
  /** The exit code. Throws a UserError for what the user can mend. */
  run(args: readonly string[], io: Io): Promise<number>;
};
