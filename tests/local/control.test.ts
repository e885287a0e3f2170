// Who may give orders over the HTTP port, and how much of one is read.
import { once } from "node:events";
import { request } from "node:http";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { serveControl } from "../../local/control.ts";

async function start() {
  const operate = vi.fn(async () => ({ ok: true, text: "done" }));
  const unused = async () => Promise.reject(new Error("not asked for here"));
  const note = (): void => undefined;
  const service = {
    operate,
    status: unused,
    setRegion: unused,
    api: unused,
    token: "lifeboat",
    workers: () => ({}),
    note,
  };
  const server = await serveControl({ port: 0, service, demo: undefined, lines: [] });
  onTestFinished(() => server.close());
  const { port } = server;
  const post = async (headers: Record<string, string>, body: string): Promise<{ status: number; said: unknown }> => {
    const sent = request({ host: "127.0.0.1", port, path: "/operate", method: "POST", headers });
    const [response] = await once(sent.end(body), "response");
    return { status: response.statusCode, said: await json(response) };
  };
  return { port, operate, post };
}

const freeze = JSON.stringify({ who: "ann", command: { do: "freeze", on: true, why: "" } });

test("a page whose own name leads here gives no orders, whatever it calls its origin", async () => {
  const { port, operate, post } = await start();
  const host = `evil.example:${port}`;
  expect(await post({ host, origin: `http://${host}` }, freeze)).toMatchObject({ status: 421 });
  expect(await post({ host }, freeze)).toMatchObject({ status: 421 });
  expect(await post({ origin: `http://${host}` }, freeze)).toMatchObject({ status: 403 });
  expect(operate).not.toHaveBeenCalled();
  expect(await post({ origin: `http://127.0.0.1:${port}` }, freeze)).toMatchObject({ status: 200 });
  expect(await post({}, freeze)).toEqual({ status: 200, said: { ok: true, text: "done" } });
  expect(operate).toHaveBeenCalledTimes(2);
});

test.each([
  ["too long", 413, `{"why":"${"x".repeat(1024 * 1024)}"}`],
  ["no JSON", 400, "freeze"],
  ["no object", 400, "[]"],
])("an order that is %s is a %d", async (_what, status, body) => {
  const { operate, post } = await start();
  expect(await post({}, body)).toMatchObject({ status, said: { error: expect.any(String) } });
  expect(operate).not.toHaveBeenCalled();
});
