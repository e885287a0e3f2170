import { expect, test } from "vitest";
import { judgeName } from "../../../shared/resolve/name.ts";

const label = (length: number) => "a".repeat(length);
/** Four labels that make a name of this many characters. */
const long = (length: number) => [label(63), label(63), label(63), label(length - 3 * 64)].join(".");

test.each([
  "lb.example.com",
  "example.com",
  "*.example.com",
  "xn--bcher-kva.example",
  "a-b.c-d.org",
  "1.example.com",
  `${label(63)}.com`,
  long(243),
  `*.${long(239)}`,
])("%s can be served", (name) => {
  expect(judgeName(name)).toBeUndefined();
});

test.each([
  ["", "has no domain; give"],
  ["lb", "has no domain; give"],
  ["*", "has no domain; give"],
  ["bücher.example", "write it as DNS does: 'xn--bcher-kva.example'"],
  ["lb example.com", "has spaces"],
  ["_dmarc.example.com", "has an underscore"],
  ["a.*.example.com", "has a '*' that is not its whole first label"],
  ["a*.example.com", "has a '*' that is not its whole first label"],
  [".example.com", "has an empty label"],
  ["a..example.com", "has an empty label"],
  ["-a.example.com", "has a label that is not letters"],
  ["a-.example.com", "has a label that is not letters"],
  ["a!.example.com", "has a label that is not letters"],
  ["192.0.2.1", "is an address"],
  ["http://lb.example.com", "is a URL"],
  ["lb.example.com/path", "is a URL"],
  [`${label(64)}.com`, "has a label of 64 characters; DNS allows 63"],
  [long(244), "is 244 characters long; 243 leave room for the name of its fence"],
  [`*.${long(240)}`, "is 242 characters long; 241 leave room for the name of its fence"],
])("%s %s", (name, because) => {
  expect(judgeName(name)).toContain(because);
});
