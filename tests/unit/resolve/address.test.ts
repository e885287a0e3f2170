import { expect, test } from "vitest";
import { judgeAddress } from "../../../shared/resolve/address.ts";

const strict = { allowLocal: false, examples: false };

/** First and last address of each range that is not the public's, and a word of its sentence. */
const ranges: [first: string, last: string, word: string, passes?: "allowLocal" | "examples"][] = [
  ["0.0.0.0", "0.255.255.255", "this network"],
  ["10.0.0.0", "10.255.255.255", "private", "allowLocal"],
  ["100.64.0.0", "100.127.255.255", "carrier", "allowLocal"],
  ["127.0.0.0", "127.255.255.255", "loopback", "allowLocal"],
  ["169.254.0.0", "169.254.255.255", "link-local", "allowLocal"],
  ["172.16.0.0", "172.31.255.255", "private", "allowLocal"],
  ["192.0.0.0", "192.0.0.255", "IETF"],
  ["192.0.2.0", "192.0.2.255", "example", "examples"],
  ["192.31.196.0", "192.31.196.255", "AS112"],
  ["192.52.193.0", "192.52.193.255", "anycast"],
  ["192.88.99.0", "192.88.99.255", "6to4"],
  ["192.168.0.0", "192.168.255.255", "private", "allowLocal"],
  ["192.175.48.0", "192.175.48.255", "AS112"],
  ["198.18.0.0", "198.19.255.255", "benchmark", "allowLocal"],
  ["198.51.100.0", "198.51.100.255", "example", "examples"],
  ["203.0.113.0", "203.0.113.255", "example", "examples"],
  ["224.0.0.0", "239.255.255.255", "multicast"],
  ["240.0.0.0", "255.255.255.254", "reserved"],
  ["255.255.255.255", "255.255.255.255", "broadcast"],
];

test.each(ranges)("%s to %s: %s", (first, last, word, passes) => {
  for (const address of [first, last]) {
    expect(judgeAddress(address, strict)).toMatch(
      new RegExp(`^'${address.replaceAll(".", "\\.")}' is .*${word}.*; \\w+`),
    );
    for (const way of ["allowLocal", "examples"] as const)
      expect(judgeAddress(address, { ...strict, [way]: true }) === undefined).toBe(way === passes);
  }
});

test.each([
  "1.0.0.0",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.0.3.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
])("%s is public", (address) => {
  expect(judgeAddress(address, strict)).toBeUndefined();
});

test.each([
  ["", "is not an IPv4 address"],
  ["lb1.acme.com", "is not an IPv4 address"],
  ["1.2.3", "is not four numbers"],
  ["1.2.3.4.5", "is not four numbers"],
  ["1.2.3.256", "is not four numbers"],
  ["1.2.3.04", "is not four numbers"],
  ["4.1.1.1:80", "is an IPv6 address or has a port"],
  ["2001:db8::1", "is an IPv6 address or has a port"],
  ["4.1.1.0/24", "is a network or a URL"],
  ["4.1.1.1 ", "is not an IPv4 address"],
  ["４.1.1.1", "is not an IPv4 address"],
])("%j %s", (address, because) => {
  expect(judgeAddress(address, { allowLocal: true, examples: true })).toContain(`'${address}' ${because}`);
});
