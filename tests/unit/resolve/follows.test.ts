import { expect, test } from "vitest";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";
import { base, env, faultsOf, spoil } from "./base.ts";

/** `follows` of the first pool, and its fault; undefined: there is none. */
const names: [name: string, fault: string | undefined][] = [
  ["www.client.example", undefined],
  ["WWW.Client.Example.", undefined],
  ["client.example", undefined],
  ["localhost", "has no domain; give the whole name, such as 'lb.example.com'"],
  ["192.0.2.1", "is an address; give the DNS name that clients ask for"],
  ["https://client.example", "is a URL; give only its host name"],
  ["*.client.example", "is no name that can be asked for; give one that clients use"],
  ["LB.acme.com", "is one of the names that Lifeboat itself serves; list here only names hosted elsewhere"],
];

test.each(names)("follows %s: %s", (name, fault) => {
  const shown = name.toLowerCase().replace(/\.$/, "");
  const expected = fault === undefined ? [] : [`pools[0].follows[0]: '${shown}' ${fault}`];
  expect(faultsOf(spoil(base(), "pools[0].follows", [name]))).toEqual(expected);
});

test("a name can follow one pool", () => {
  const [pool] = base().pools;
  const other = { ...pool, id: "other", names: ["other.acme.com"], follows: ["a.example", "www.client.example"] };
  const config = { ...base(), pools: [{ ...pool, follows: ["www.client.example", "www.client.example."] }, other] };
  expect(faultsOf(spoil(config, "checks.web.host", "lb.acme.com"))).toEqual([
    "pools[0].follows[1]: 'www.client.example' is followed already at pools[0].follows[0]; it can answer as one pool does, not as two",
    "pools[1].follows[1]: 'www.client.example' is followed already at pools[0].follows[0]; it can answer as one pool does, not as two",
  ]);
});

const resolvers: [text: string, good: boolean][] = [
  ["9.9.9.9", true],
  ["127.0.0.1:5353", true],
  ["2620:fe::fe", true],
  ["[2620:fe::fe]:53", true],
  ["[::1]", true],
  ["9.9.9", false],
  ["9.9.9.09", false],
  ["256.1.1.1", false],
  ["9.9.9.9:0", false],
  ["9.9.9.9:65536", false],
  ["[2620::fe::fe]", false],
  ["dns.example.com", false],
  ["", false],
];

test.each(resolvers)("resolver '%s' is good: %s", (text, good) => {
  const fault = `resolvers[0]: '${text}' is not an address; write '9.9.9.9', '127.0.0.1:5353' or '[2620:fe::fe]:53'`;
  expect(faultsOf({ ...base(), resolvers: [text] })).toEqual(good ? [] : [fault]);
});

test("what is not configured is not in the resolved configuration", () => {
  const { resolved } = resolveConfig(base(), env);
  expect([resolved.resolvers, resolved.heartbeat, resolved.pools[0]?.follows]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const config = spoil({ ...base(), resolvers: ["::1"], heartbeat: true }, "pools[0].follows", ["A.Example."]);
  const full = resolveConfig(config, env).resolved;
  expect([full.resolvers, full.heartbeat, full.pools[0]?.follows]).toEqual([["::1"], true, ["a.example"]]);
});
