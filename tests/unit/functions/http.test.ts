import { expect, test } from "vitest";
import { parse } from "../../../functions/http.ts";
import { operations } from "../../../shared/model/api.ts";

const { listSnapshots, diffSnapshots, getDrift } = operations;

test.each([
  [{}, { limit: 50 }],
  [
    { limit: "200", cursor: "c" },
    { limit: 200, cursor: "c" },
  ],
])("%j are parameters of a list", (given, read) => expect(parse(listSnapshots.query, given)).toEqual(read));

const LIMIT = "limit: must be a whole number from 1 to 200.";

test.each([
  [listSnapshots, { limit: "" }, LIMIT],
  [listSnapshots, { limit: "0" }, LIMIT],
  [listSnapshots, { limit: "201" }, LIMIT],
  [listSnapshots, { limit: "1.5" }, LIMIT],
  [listSnapshots, { limit: "300.5" }, LIMIT],
  [listSnapshots, { limit: "ten" }, LIMIT],
  [listSnapshots, { limit: "1,2" }, LIMIT],
  [listSnapshots, { cursor: "c".repeat(201) }, "cursor: is longer than any id."],
  [listSnapshots, { foo: "1" }, "foo: there is no such parameter; this path takes limit and cursor."],
  [
    listSnapshots,
    { foo: "1", bar: "", limit: "x" },
    `limit: must be a whole number from 1 to 200; ${["foo", "bar"].map((name) => `${name}: there is no such parameter; this path takes limit and cursor`).join("; ")}.`,
  ],
  [diffSnapshots, { from: "" }, "from: is empty; give a snapshot's id, or leave it out."],
  [diffSnapshots, { to: "t".repeat(101) }, "to: is longer than any id."],
  [getDrift, { limit: "1" }, "limit: there is no such parameter; this path takes none."],
])("%# %o: each parameter that is not taken is named, and what would be", ({ query }, given, detail) => {
  expect(() => parse(query, given)).toThrow(expect.objectContaining({ status: 400, message: detail }));
});
