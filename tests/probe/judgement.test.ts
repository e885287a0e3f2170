// The pure parts: what is judged of bytes, errors and certificates that are there already.
import { describe, expect, test } from "vitest";
import { checkSchema } from "../../shared/model/check.ts";
import { type Finding, findingSchema, type Reason } from "../../shared/model/finding.ts";
import { BodyWindow } from "../../shared/probe/body.ts";
import { askedName, judgeCertificate, type Presented } from "../../shared/probe/certificate.ts";
import { troubleOf } from "../../shared/probe/fault.ts";
import { toFinding } from "../../shared/probe/findings.ts";
import { matches } from "../../shared/probe/pattern.ts";
import { quote } from "../../shared/probe/quote.ts";
import { inverted } from "../../shared/probe/tcp.ts";
import { judgeHead } from "../../shared/probe/web.ts";
import { check } from "./servers.ts";

describe("quote", () => {
  test.each([
    ["plain text", '"plain text"'],
    ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
    ["a\r\n\tb", '"a\\r\\n\\tb"'],
    ["\u001b[2J\u0007", '"\\x1b[2J\\x07"'],
    ["ü\u202e", '"\\xc3\\xbc\\xe2\\x80\\xae"'],
    ["x".repeat(60), `"${"x".repeat(60)}"`],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    ["", '""'],
  ])("%j", (said, quoted) => {
    expect(quote(said)).toBe(quoted);
    expect(quote(Buffer.from(said))).toBe(quoted);
  });

  test("a finding's text stays within what the schema takes, whatever was said", () => {
    const detail = quote(Buffer.alloc(5000, 0)).repeat(3);
    const finding = toFinding({ reason: "body", phase: "response", detail }, 1);
    expect(findingSchema.parse(finding)).toEqual(finding);
    expect(finding.kind === "down" && finding.detail).toHaveLength(200);
  });
});

describe("troubleOf: the table above it", () => {
  const error = (code: string, syscall?: string) =>
    Object.assign(new Error("x"), { code, ...(syscall ? { syscall } : {}) });
  test.each<[string, string | undefined, boolean, string]>([
    ["ECONNREFUSED", "connect", false, "refused connect"],
    ["ECONNREFUSED", "recvmsg", false, "refused response"],
    ["ECONNRESET", "connect", false, "blocked connect"],
    ["ECONNRESET", "read", false, "blocked response"],
    ["ECONNRESET", "read", true, "reset response"],
    ["ECONNRESET", undefined, false, "reset response"],
    ["EPIPE", "write", false, "reset response"],
    ["ETIMEDOUT", "connect", false, "timeout connect"],
    ["ETIMEDOUT", "read", true, "timeout response"],
    ["EHOSTUNREACH", "connect", false, "timeout connect"],
    ["EHOSTDOWN", "connect", false, "timeout connect"],
    ["ENETUNREACH", "connect", false, "timeout connect"],
    ["EPROTO", "write", false, "tls tls"],
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", undefined, false, "tls tls"],
    ["ERR_OSSL_EVP_UNSUPPORTED", undefined, false, "tls tls"],
    ...[
      "EMFILE",
      "ENFILE",
      "ENOBUFS",
      "ENOMEM",
      "EADDRNOTAVAIL",
      "EACCES",
      "EPERM",
      "ENETDOWN",
      "EINVAL",
      "EAFNOSUPPORT",
      "",
    ].map((code): [string, string, boolean, string] => [code, "connect", false, "ours"]),
  ])("%s of %s, answered %j: %s", (code, syscall, answered, expected) => {
    const trouble = troubleOf(error(code, syscall), "response", answered);
    expect("ours" in trouble ? "ours" : `${trouble.reason} ${trouble.phase}`).toBe(expected);
  });

  test.each([undefined, null, "text", 7, {}, { code: 7 }])("what is no error is ours: %j", (thrown) => {
    expect(troubleOf(thrown, "connect", false)).toHaveProperty("ours");
  });
});

describe("a port that must be closed: the table above inverted", () => {
  const down = (reason: Reason) => ({ kind: "down", ms: 1, reason, phase: "connect", detail: "x" }) as const;
  const open = { kind: "down", ms: 1, reason: "open", phase: "connect" };
  test.each<[Finding, object]>([
    [{ kind: "up", ms: 1 }, open],
    [down("refused"), { kind: "up", ms: 1 }],
    [down("timeout"), { kind: "up", ms: 1, silent: true }],
    [down("blocked"), open],
    [down("reset"), open],
    [
      { kind: "unknown", detail: "x" },
      { kind: "unknown", detail: "x" },
    ],
  ])("%j: %j", (finding, expected) => {
    expect(inverted(finding)).toMatchObject(expected);
    expect("silent" in inverted(finding)).toBe("silent" in expected);
  });
});

describe("BodyWindow", () => {
  const window = (size: number, contains: string, chunks: string[]) => {
    const body = new BodyWindow(size, contains);
    for (const chunk of chunks) body.take(Buffer.from(chunk));
    return [body.found, body.full, body.seen.toString()];
  };
  test.each<[string[], unknown[]]>([
    [["abcd"], [false, false, "abcd"]],
    [["xyz"], [true, false, "xyz"]],
    [
      ["x", "y", "z"],
      [true, false, "xyz"],
    ],
    [
      ["aaxy", "zbb"],
      [true, false, "aaxyzbb"],
    ],
    [
      ["aaaaaaax", "yz"],
      [true, true, "aaaaaaaxyz"],
    ],
    [
      ["aaaaaaaax", "yz"],
      [false, true, "aaaaaaaaxy"],
    ],
    [
      ["a".repeat(10), "xyz"],
      [false, true, "a".repeat(10)],
    ],
    [
      ["", ""],
      [false, false, ""],
    ],
  ])("ten bytes of %j", (chunks, expected) => {
    expect(window(10, "xyz", chunks)).toEqual(expected);
  });
});

describe("headers", () => {
  const head = {
    statusCode: 200,
    rawHeaders: ["Content-type", "text/plain", "Set-Cookie", "a=1", "set-cookie", "b=2"],
  };
  const judged = (rule: object) => {
    const asked = check({ protocol: "http", headers: [{ name: "Content-Type", ...rule }] });
    return asked.protocol === "http" ? judgeHead(head, asked)?.detail : "not http";
  };
  test.each([
    [{}, undefined],
    [{ contains: "plain" }, undefined],
    [{ contains: "html" }, 'the header Content-Type does not contain "html": "text/plain"'],
    [{ matches: "^text/" }, undefined],
    [{ matches: "^plain" }, 'the header Content-Type does not match "^plain": "text/plain"'],
    [{ present: false }, 'the header Content-Type should not be there: "text/plain"'],
    [{ name: "X-Served-By" }, "the header X-Served-By is missing"],
    [{ name: "X-Served-By", present: false }, undefined],
    [{ name: "Set-Cookie", contains: "b=2" }, undefined],
    [{ name: "Set-Cookie", matches: "^a=1$" }, undefined],
    [{ name: "Set-Cookie", matches: "^b=2$" }, undefined],
    [{ name: "Set-Cookie", matches: "^a=1, b=2$" }, undefined],
    [{ name: "Set-Cookie", contains: "a=2" }, 'the header Set-Cookie does not contain "a=2": "a=1, b=2"'],
    [{ name: "Set-Cookie", matches: "^c" }, 'the header Set-Cookie does not match "^c": "a=1, b=2"'],
    [{ name: "Set-Cookie", present: false }, 'the header Set-Cookie should not be there: "a=1, b=2"'],
    ...["constructor", "toString", "valueOf"].map((name): [object, string] => [
      { name },
      `the header ${name} is missing`,
    ]),
  ])("%j", (rule, expected) => {
    expect(judged(rule)).toBe(expected);
  });
});

describe("patterns", () => {
  test("match as JavaScript's do", () => {
    expect(matches("^v=\\d+$", ["v=12"])).toBe(true);
    expect(matches("^v=\\d+$", ["v=x"])).toBe(false);
    expect(matches("\\p{Lu}", ["Ä"])).toBe(true);
  });

  test.each(["(a+)+b", "a*a*a*a*b", "(a|aa)+$b"])("one that runs on is ended: %s", (pattern) => {
    expect(matches(pattern, ["a".repeat(5120)])).toBe(false);
    expect(matches("a", ["a"])).toBe(true);
  });

  test("for one of many texts, which all have the time of one", () => {
    expect(matches("^b$", ["a", "b", "c"])).toBe(true);
    expect(matches("^d$", ["a", "b", "c"])).toBe(false);
    const startedMs = performance.now();
    const texts = Array.from({ length: 100 }, () => "a".repeat(5120));
    expect(matches("(a+)+b", texts)).toBe(false);
    // One text alone would be given 50 ms, all of them 5 s.
    expect(performance.now() - startedMs).toBeLessThan(2500);
  });

  test("one that is none is refused by the schema", () => {
    expect(checkSchema.safeParse({ protocol: "http", matches: "(" }).success).toBe(false);
    expect(matches("(", ["("])).toBe(false);
  });
});

describe("judgeCertificate: the table above it", () => {
  const now = Date.UTC(2030, 0, 1);
  const ends = (days: number, problem?: string): Presented => ({
    problem,
    names: "DNS:a.test",
    commonName: "a.test",
    fromMs: 0,
    untilMs: now + days * 86_400_000,
  });
  const rule = { certificate: "verify", warnDays: 14 } as const;
  test.each([
    [ends(100, "CERT_HAS_EXPIRED"), rule, "down"],
    [ends(100, "SOME_NEW_CODE"), rule, "down"],
    [ends(100, "CERT_HAS_EXPIRED"), { ...rule, certificate: "ignore" } as const, "up"],
    [ends(29.9), { ...rule, minDays: 30 }, "down"],
    [ends(30), { ...rule, minDays: 30 }, "up"],
    [ends(13.9), rule, "warning"],
    [ends(14), rule, "up"],
    [ends(1), { ...rule, certificate: "ignore" } as const, "up"],
    [{ ...ends(1), untilMs: Number.NaN }, rule, "up"],
    [{ ...ends(14), names: "" }, rule, "warning"],
    [{ ...ends(14), names: "IP Address:192.0.2.1, URI:x, email:a@a.test" }, rule, "warning"],
    [{ ...ends(14), names: "IP Address:192.0.2.1, DNS:a.test" }, rule, "up"],
    [{ ...ends(14), names: "" }, { ...rule, warnDays: 0 }, "up"],
    [{ ...ends(14), names: "" }, { ...rule, certificate: "ignore" } as const, "up"],
  ])("%j by %j: %s", (presented, rule, expected) => {
    const outcome = judgeCertificate(presented, rule, "a.test", now);
    expect("reason" in outcome ? "down" : outcome.warning === undefined ? "up" : "warning").toBe(expected);
  });

  test.each([
    [1.5, "in 1 day"],
    [0.5, "in 0 days"],
    [2, "in 2 days"],
  ])("of %d days it says %s", (days, says) => {
    const outcome = judgeCertificate(ends(days), rule, "a.test", now);
    expect(outcome).toEqual({ warning: expect.stringMatching(new RegExp(`, ${says}$`)) });
  });

  test("an address is not looked for in the common name", () => {
    expect(judgeCertificate({ ...ends(14), names: "IP Address:192.0.2.1" }, rule, "192.0.2.1", now)).toEqual({});
  });

  test.each([
    ["ERR_TLS_CERT_ALTNAME_INVALID", { names: "" }, 'the certificate is not for b.test but for "a.test"'],
    ["ERR_TLS_CERT_ALTNAME_INVALID", {}, 'the certificate is not for b.test but for "DNS:a.test"'],
    ["UNSPECIFIED", {}, expect.stringContaining("security level: a key or signature that is too weak")],
    ["SOME_NEW_CODE", {}, "the certificate is not valid (SOME_NEW_CODE)"],
  ])("%s of %j is told as %s", (problem, change, detail) => {
    expect(judgeCertificate({ ...ends(14, problem), ...change }, rule, "b.test", now)).toMatchObject({ detail });
  });

  test.each([
    [undefined, "192.0.2.1"],
    ["lb.example.test.", "lb.example.test"],
    ["lb.example.test.:8443", "lb.example.test"],
    ["lb.example.test", "lb.example.test"],
    ["lb.example.test:8443", "lb.example.test"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
  ])("the name asked for by host %j is %s", (host, expected) => {
    expect(askedName(host, "192.0.2.1")).toBe(expected);
  });
});
