import { request } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import type { APIGatewayProxyEventV2, APIGatewayProxyResultV2 } from "aws-lambda";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { HttpOptions } from "../../local/embedded/http.ts";
import { serveHttp } from "../../local/embedded/http.ts";
import { isOurs } from "../../local/embedded/loopback.ts";

async function start(handler: HttpOptions["handler"], more: Partial<HttpOptions> = {}) {
  const server = await serveHttp({ handler, ...more });
  onTestFinished(() => server.close());
  return server;
}

/** The event that the handler got for one request. */
async function eventFor(path: string, init: RequestInit = {}): Promise<APIGatewayProxyEventV2> {
  const { promise, resolve } = Promise.withResolvers<APIGatewayProxyEventV2>();
  const server = await start(async (event) => {
    resolve(event);
    return { statusCode: 204 };
  });
  await fetch(server.url + path, init);
  return promise;
}

const answerWith = async (result: unknown, path = "/") => {
  // Handlers are the product's own; here one answers whatever the table says.
  const server = await start(async () => result as APIGatewayProxyResultV2);
  return fetch(server.url + path, { redirect: "manual" });
};

describe("the event", () => {
  test("method, path, query, headers and cookies are as payload format 2.0 has them", async () => {
    const event = await eventFor("/pools/a%20b?x=1&x=2&y=%2B&z", {
      method: "PUT",
      headers: { "X-Thing": "One", cookie: "a=1; b=2", "user-agent": "test/1" },
    });
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/pools/a b",
      rawQueryString: "x=1&x=2&y=%2B&z",
      cookies: ["a=1", "b=2"],
      queryStringParameters: { x: "1,2", y: "+", z: "" },
      requestContext: { http: { method: "PUT", path: "/pools/a b", sourceIp: "127.0.0.1", userAgent: "test/1" } },
      isBase64Encoded: false,
    });
    expect(event.headers["x-thing"]).toBe("One");
    expect(event.headers).not.toHaveProperty("cookie");
    expect(event).not.toHaveProperty("body");
    expect(event.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  });

  test("without a query there are no parameters", async () => {
    const event = await eventFor("/");
    expect(event).toMatchObject({ rawPath: "/", rawQueryString: "" });
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).not.toHaveProperty("cookies");
  });

  test("a path that cannot be decoded stays as it came", async () => {
    expect((await eventFor("/%zz")).rawPath).toBe("/%zz");
  });

  test.each([
    ["application/json", false],
    ["application/problem+json; charset=utf-8", false],
    ["text/plain", false],
    ["application/octet-stream", true],
    ["application/gzip", true],
  ])("a body of %s: base64 is %s", async (type, base64) => {
    const bytes = Buffer.from('{"snow":"☃"}');
    const event = await eventFor("/", { method: "POST", body: bytes, headers: { "content-type": type } });
    expect(event.isBase64Encoded).toBe(base64);
    expect(event.body).toBe(bytes.toString(base64 ? "base64" : "utf8"));
  });
});

describe("the answer", () => {
  test("status, headers, cookies and body", async () => {
    const response = await answerWith({
      statusCode: 418,
      headers: { "Content-Type": "text/plain", "X-Count": 3 },
      cookies: ["a=1; HttpOnly", "b=2"],
      body: "☃",
    });
    expect(response.status).toBe(418);
    expect(response.headers.get("content-type")).toBe("text/plain");
    expect(response.headers.get("x-count")).toBe("3");
    expect(response.headers.getSetCookie()).toEqual(["a=1; HttpOnly", "b=2"]);
    expect(await response.text()).toBe("☃");
  });

  test("base64 is decoded", async () => {
    const bytes = Buffer.from([0, 255, 1, 254]);
    const response = await answerWith({ statusCode: 200, body: bytes.toString("base64"), isBase64Encoded: true });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  });

  test.each([
    ["an object", { a: 1 }, '{"a":1}'],
    ["a string", "plain", "plain"],
    ["nothing", undefined, "null"],
  ])("%s without a status is a 200 with JSON", async (_, result, body) => {
    const response = await answerWith(result);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(body);
  });

  test.each([
    ["throws", () => Promise.reject(new Error("secret"))],
    ["answers with an impossible header", async () => ({ statusCode: 200, headers: { "bad name": "x" } })],
    ["answers with an impossible status", async () => ({ statusCode: 42 })],
  ])("a handler that %s is a 500 that says nothing", async (_, handler) => {
    const onError = vi.fn();
    const server = await start(handler, { onError });
    const response = await fetch(server.url);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "Internal Server Error" });
    expect(onError).toHaveBeenCalledTimes(1);
  });

  test("HEAD has the length and no body", async () => {
    const server = await start(async () => ({ statusCode: 200, body: "12345" }));
    const [response] = await once(request(server.url, { method: "HEAD" }).end(), "response");
    expect(response.headers["content-length"]).toBe("5");
    expect(await buffer(response)).toHaveLength(0);
  });
});

describe("whom a request means", () => {
  const statusOf = async (host: (port: number) => string): Promise<number | undefined> => {
    const server = await start(async () => ({ statusCode: 200 }));
    const [response] = await once(request(server.url, { headers: { host: host(server.port) } }).end(), "response");
    return response.statusCode;
  };

  test.each([
    [200, "127.0.0.1:PORT"],
    [200, "localhost:PORT"],
    [200, "LocalHost:PORT"],
    [200, "[::1]:PORT"],
    [200, "queue.localhost:PORT"],
    [421, "evil.example:PORT"],
    [421, "evil.example"],
    [200, "127.0.0.1"],
    [200, "127.0.0.1:1"],
    [421, "localhost.evil.example:PORT"],
    [421, "evillocalhost:PORT"],
    [421, "127.0.0.1.evil.example:PORT"],
    [421, "evil.example@127.0.0.1:PORT"],
  ])("%d: Host %j", async (status, host) => {
    expect(await statusOf((port) => host.replace("PORT", String(port)))).toBe(status);
  });

  test.each([
    ["127.0.0.2:4700", "127.0.0.2", true],
    ["127.0.0.2:4700", "127.0.0.1", false],
    ["[::1]:4700", "::1", true],
    [undefined, "127.0.0.1", false],
  ])("%s for %s: %s", (header, own, ours) => expect(isOurs(header, own)).toBe(ours));
});

describe("bad clients", () => {
  test("a body above the limit is a 413, and the handler is not called", async () => {
    const handler = vi.fn(async () => ({ statusCode: 200 }));
    const server = await start(handler, { bodyLimitBytes: 10 });
    const ok = await fetch(server.url, { method: "POST", body: "0123456789" });
    expect(ok.status).toBe(200);
    const response = await fetch(server.url, { method: "POST", body: "0123456789x" });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: "Request Entity Too Large" });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  test("one that aborts in the middle of its body calls nobody and harms nobody", async () => {
    const handler = vi.fn(async () => ({ statusCode: 200 }));
    const onError = vi.fn();
    const server = await start(handler, { onError });
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(`POST / HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\ncontent-length: 10\r\n\r\nabc`);
    socket.resetAndDestroy();
    await once(socket, "close");
    expect((await fetch(server.url)).status).toBe(200);
    expect(handler).toHaveBeenCalledTimes(1);
    expect(onError).not.toHaveBeenCalled();
  });
});
