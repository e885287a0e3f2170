// The whole path of a configuration: from a tarball over HTTP through the deployed function to the table, and back.
import { gunzipSync } from "node:zlib";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TABLE } from "../../local/service.ts";
import { readArchive } from "../../shared/archive/read.ts";
import {
  checksSchema,
  diffSchema,
  driftAnswerSchema,
  pageSchema,
  parsedSchema,
  uploadedSchema,
} from "../../shared/model/api.ts";
import { redactionKey } from "../../shared/zen/redact.ts";
import { readBox } from "../../shared/zen/box.ts";
import { bundles, filesOf, secrets } from "../zen/fixtures.ts";
import { entry, END, archiveOf, hostile } from "../zen/tars.ts";
import { isMessage } from "../local/world.ts";
import { altered, type ApiWorld, backupOf, KEY, startApi } from "./world.ts";

let api: ApiWorld;
beforeAll(async () => {
  api = await startApi();
}, 60_000);
afterAll(() => api.close());

const path = (box: string, rest = ""): string => `/v1/load-balancers/${box}/snapshots${rest}`;
const get = (where: string, headers: Record<string, string> = {}) =>
  api.ask("GET", where, { token: api.service.token, headers });
const announced = (words: string) => api.event(isMessage(new RegExp(words)), 10_000);

describe("one box's history", () => {
  const first = filesOf("zevenet-5.13");
  const changed = altered(first, "web_proxy.cfg", "Address 10.30.2.12", "Address 10.30.2.19");

  test("an upload is stored, an equal one is noted, a changed one is a new snapshot", async () => {
    const one = await api.upload("lb3", await backupOf(first));
    expect(one.status).toBe(201);
    const uploaded = uploadedSchema.parse(one.json);
    expect(uploaded).toMatchObject({ changed: true, snapshot: { box: "lb3", who: "npm start", seen: null } });
    expect(one.headers.get("location")).toBe(path("lb3", `/${uploaded.snapshot.id}`));

    // Other times of the files are no change.
    const equal = await api.upload("lb3", await backupOf(first, 1_710_000_000_000));
    expect(equal.status).toBe(200);
    expect(uploadedSchema.parse(equal.json)).toMatchObject({
      changed: false,
      snapshot: { id: uploaded.snapshot.id, seen: { who: "npm start" } },
    });

    const two = await api.upload("lb3", await backupOf(changed));
    expect(two.status).toBe(201);
    const { snapshot } = uploadedSchema.parse(two.json);
    expect(snapshot.changes?.configuration).toBeGreaterThan(0);
    expect(snapshot.summary.join("\n")).toMatch(/10\.30\.2\.19/);
  });

  test("the history has who and when, newest first, by pages", async () => {
    const { snapshots, next } = pageSchema.parse((await get(path("lb3"))).json);
    expect(next).toBeNull();
    expect(snapshots.map(({ seen }) => seen?.who ?? null)).toEqual([null, "npm start"]);
    const one = pageSchema.parse((await get(path("lb3", "?limit=1"))).json);
    expect(one.snapshots).toEqual(snapshots.slice(0, 1));
    const two = pageSchema.parse((await get(path("lb3", `?limit=1&cursor=${one.next}`))).json);
    expect(two).toEqual({ snapshots: snapshots.slice(1), next: null });
  });

  test("the diff of the last two is the change, and of one with itself nothing", async () => {
    const { from, to, changes } = diffSchema.parse((await get(path("lb3", "/diff"))).json);
    const ids = pageSchema.parse((await get(path("lb3"))).json).snapshots.map(({ id }) => id);
    expect([to.id, from.id]).toEqual(ids);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.map(({ farm }) => farm)).toEqual(changes.map(() => "web"));
    const same = diffSchema.parse((await get(path("lb3", `/diff?from=${to.id}&to=${to.id}`))).json);
    expect(same.changes).toEqual([]);
  });

  test("what comes back is what was sent, without its secrets", async () => {
    const expected = readBox(first, { key: redactionKey(KEY) });
    const { snapshots } = pageSchema.parse((await get(path("lb3"))).json);
    const id = snapshots[1]?.id ?? "";
    const parsed = parsedSchema.parse((await get(path("lb3", `/${id}`))).json);
    expect(parsed.config).toEqual(JSON.parse(JSON.stringify(expected.config)));
    const files = await get(path("lb3", `/${id}/files`));
    expect(files.headers.get("content-type")).toBe("application/gzip");
    expect(files.headers.get("content-disposition")).toBe(`attachment; filename="backup-lb3-${id}.tar.gz"`);
    const archive = await readArchive(files.bytes);
    expect([...archive.files.keys()]).toEqual([...first.keys()]);
    for (const [name, bytes] of expected.files)
      expect([name, Buffer.from(archive.files.get(name) ?? "").toString("latin1")]).toEqual([
        name,
        Buffer.from(bytes).toString("latin1"),
      ]);
    expect(new Set(archive.members.map(({ mtimeMs }) => mtimeMs))).toEqual(new Set([1_700_000_000_000]));
  });

  test("an ETag spares the caller what it has already", async () => {
    for (const where of [path("lb3"), path("lb3", "/latest/files")]) {
      const one = await get(where);
      const etag = one.headers.get("etag") ?? "";
      const again = await get(where, { "if-none-match": `"x", W/${etag}` });
      expect([again.status, again.bytes.length, again.headers.get("etag")]).toEqual([304, 0, etag]);
      expect((await get(where, { "if-none-match": '"x"' })).status).toBe(200);
    }
  });

  test("what is not there is said so", async () => {
    const cases: [string, number, RegExp][] = [
      [path("lb9"), 404, /no load balancer 'lb9'/],
      [path("lb4", "/latest"), 404, /no snapshot of 'lb4' yet/],
      [path("lb3", "/1700000000000-aaaaaaaaaaaa"), 404, /has no snapshot/],
      [path("lb3", "?cursor=x"), 400, /cursor/],
      [path("lb3", "?limit=0"), 400, /limit/],
      [path("lb3", "?what=1"), 400, /what/],
      [path("lb3", "/diff?from="), 400, /^from: is empty; give a snapshot's id/],
      [path("lb3", "/diff?to="), 400, /^to: is empty; give a snapshot's id/],
      ["/v1/islands/east/drift", 404, /no island 'east'/],
      ["/v1/nothing", 404, /openapi\.json/],
    ];
    for (const [where, status, says] of cases) {
      const answer = await get(where);
      expect([where, answer.status]).toEqual([where, status]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.json).toMatchObject({ status, detail: expect.stringMatching(says) });
    }
  });
});

describe("an island", () => {
  test("its drift is answered and announced when it appears, and again when it is gone", async () => {
    await api.upload("lb1", await backupOf(filesOf("zen-3.10-a")));
    const alone = driftAnswerSchema.parse((await get("/v1/islands/north/drift")).json);
    expect([Object.keys(alone.snapshots), alone.snapshots["lb2"], alone.drift]).toEqual([["lb1", "lb2"], null, []]);
    await api.upload("lb2", await backupOf(filesOf("zen-3.10-b")));
    const { drift } = driftAnswerSchema.parse((await get("/v1/islands/north/drift")).json);
    expect(drift.filter((one) => one.class === "configuration").map(({ farm }) => farm)).toEqual([
      "imap",
      "mx",
      "secure",
    ]);
    const begun = await announced("island north is no longer configured alike on its load balancers");
    expect(begun).toMatchObject({ message: expect.stringContaining("farm mx, backend 10.30.2.22:25: weight") });
    expect(begun).toMatchObject({ message: expect.stringContaining("Hall 1.") });

    // One more difference is told alone; an upload without news tells nothing.
    const other = altered(filesOf("zen-3.10-b"), "mx_pen.cfg", "10.30.2.21 port 25", "10.30.2.29 port 25");
    await api.upload("lb2", await backupOf(other));
    const subjects = api.subjects().filter((subject) => subject.includes("configured alike"));
    expect(subjects).toHaveLength(2);
    await api.upload("lb2", await backupOf(other));
    expect(api.subjects().filter((subject) => subject.includes("configured alike"))).toHaveLength(2);

    await api.upload("lb2", await backupOf(filesOf("zen-3.10-a")));
    await announced("island north has that difference no more");
    expect(api.subjects().filter((subject) => subject.includes("has that difference no more"))).toHaveLength(2);
  });

  test("a farm that vanishes is announced, and so is its return", async () => {
    const whole = filesOf("zen-3.10-a");
    const less = new Map([...whole].filter(([name]) => !name.endsWith("mx_pen.cfg")));
    await api.upload("lb1", await backupOf(less));
    const gone = await announced("north/lb1 farm mx has vanished from the configuration");
    expect(gone).toMatchObject({ message: expect.stringContaining("It was tcp at 10.30.1.10:25.") });
    await api.upload("lb1", await backupOf(whole));
    expect(await announced("north/lb1 farm mx is back in the configuration")).toMatchObject({ kind: "sns" });
  });

  test("what is probed already, what is not, and what no farm answers", async () => {
    await api.upload("lb1", await backupOf(filesOf("zen-3.10-a")));
    const { probes, unprobed, gone } = checksSchema.parse((await get("/v1/load-balancers/lb1/checks")).json);
    const mail = probes.filter(({ role, target }) => role === "vip" && target === "10.30.1.10:25");
    expect(mail.map(({ coveredBy }) => coveredBy)).toEqual([["mail"]]);
    expect(unprobed).toEqual(["geo", "imap", "secure", "shop", "voip"]);
    expect(gone).toEqual(["web"]);
  });
});

describe("tokens", () => {
  test("each scope lets in what it says and nothing else", async () => {
    const backup = await backupOf(filesOf("zen-2.0"));
    const own = await api.token("snapshot:lb4");
    const reader = await api.token("read");
    const admin = await api.token("admin");
    const statuses = async (token: string | undefined) => [
      (await api.ask("POST", path("lb4"), { token, body: backup, headers: { "content-type": "application/gzip" } }))
        .status,
      (await api.ask("POST", path("lb3"), { token, body: backup, headers: { "content-type": "application/gzip" } }))
        .status,
      (await api.ask("GET", path("lb4"), { token })).status,
      (await api.ask("GET", path("lb4", "/latest/files"), { token })).status,
      (await api.ask("GET", "/v1/islands/south/drift", { token })).status,
    ];
    expect(await statuses(own)).toEqual([201, 403, 403, 403, 403]);
    expect(await statuses(reader)).toEqual([403, 403, 200, 200, 200]);
    expect(await statuses(admin)).toEqual([200, 201, 200, 200, 200]);
    for (const bad of [undefined, "x", "lifeboat_abcdef_", `${own.slice(0, -1)}${own.endsWith("A") ? "B" : "A"}`])
      expect([bad, ...(await statuses(bad))]).toEqual([bad, 401, 401, 401, 401, 401]);
    // A box's name tells nothing to who may not know it.
    expect((await api.upload("lb9", backup, own)).status).toBe(403);
  });

  test("one is shown once, listed with its last use, and good for nothing once it is revoked", async () => {
    const { out } = await api.cli("token", "create", "--scope", "snapshot:lb4", "--name", "box 4", "--local", "--json");
    const { id, token } = JSON.parse(out);
    const backup = await backupOf(filesOf("zen-2.0"));
    expect((await api.upload("lb4", backup, token)).status).toBe(200);
    const listed = JSON.parse((await api.cli("token", "list", "--local", "--json")).out);
    const mine = listed.tokens.find((one: { id: string }) => one.id === id);
    expect(mine).toMatchObject({ name: "box 4", scope: "snapshot:lb4", revokedMs: null, usedMs: expect.any(Number) });
    expect(JSON.stringify(listed)).not.toContain(token.split("_").at(-1));
    expect((await api.cli("token", "revoke", id, "--local")).code).toBe(0);
    const refused = await api.upload("lb4", backup, token);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await api.cli("token", "revoke", "nobody", "--local")).code).toBe(1);
  });
});

describe("the command line", () => {
  test("pushes a backup or a directory, and shows history, diff, drift and files", async () => {
    const folder = join(tmpdir(), `lifeboat-api-${process.pid}`);
    const file = `${folder}.tar.gz`;
    const out = `${folder}-out.tar.gz`;
    await writeFile(file, await backupOf(filesOf("zevenet-4.0")));
    try {
      const pushed = await api.cli("snapshot", "push", "--box", "lb4", file);
      expect([pushed.code, pushed.err]).toEqual([0, ""]);
      expect(pushed.out).toMatch(/^lb4: stored as \d{13}-[0-9a-f]{12}/);
      expect((await api.cli("snapshot", "push", "--box", "lb4", file)).out).toMatch(/noted as seen/);
      expect((await api.cli("snapshot", "list", "--box", "lb4")).out).toMatch(/npm start/);
      expect((await api.cli("snapshot", "diff", "--box", "lb4")).code).toBe(0);
      expect((await api.cli("snapshot", "get", "--box", "lb4")).out).toMatch(/^lb4: zen 4\.0\.4/);
      expect((await api.cli("drift", "south")).code).toBe(1);
      expect((await api.cli("snapshot", "get", "--box", "lb4", "--out", out)).code).toBe(0);
      expect((await readArchive(await readFile(out))).files.size).toBe(filesOf("zevenet-4.0").size);
      expect((await api.cli("snapshot", "get", "--box", "lb4", "--out", out)).code).toBe(1);
      for (const [name, bytes] of filesOf("zevenet-5.0")) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), bytes);
      }
      const packed = await api.cli("snapshot", "push", "--box", "lb4", folder, "--json");
      const { snapshot } = uploadedSchema.parse(JSON.parse(packed.out));
      expect([snapshot.version, snapshot.files]).toEqual(["5.0", filesOf("zevenet-5.0").size]);
      const wrong = await api.cli("snapshot", "push", "--box", "lb9", file);
      expect([wrong.code, wrong.err]).toEqual([1, "lifeboat: There is no load balancer 'lb9' in the configuration."]);
      for (const [words, says] of [
        [["get", "--box", "lb4", ""], /^lifeboat: SNAPSHOT: is empty/],
        [["diff", "--box", "lb4", "--from", ""], /^lifeboat: --from: is empty/],
        [["diff", "--box", "lb4", "--to", ""], /^lifeboat: --to: is empty/],
        [["list", "--box", ""], /^lifeboat: --box is missing/],
      ] as const)
        expect(await api.cli("snapshot", ...words)).toMatchObject({ code: 1, err: expect.stringMatching(says) });
      expect((await api.cli("drift", "")).err).toMatch(/^lifeboat: which island\?/);
      const clear = await api.cli("snapshot", "list", "--box", "lb4", "--url", "http://lifeboat.example.com");
      expect(clear.err).toMatch(/in the clear/);
    } finally {
      await Promise.all([file, out, folder].map((one) => rm(one, { force: true, recursive: true })));
    }
  });
});

describe("hostile uploads", () => {
  test("each gets a 4xx with a sentence, and leaves nothing behind", async () => {
    const before = pageSchema.parse((await get(path("lb1"))).json);
    for (const [name, make, says] of hostile) {
      const body = make();
      const { status, json } = await api.upload("lb1", body);
      expect([name, status]).toEqual([name, body.length === 0 ? 400 : body.length > 4 * 1024 * 1024 ? 413 : 422]);
      const { detail } = json as { detail: string };
      const expected = status === 422 ? says : /empty|at most/;
      expect([name, detail]).toEqual([name, expect.stringMatching(expected)]);
      expect([name, detail]).toEqual([name, expect.stringMatching(/^[\x20-\x7e…]{10,1000}\.$/)]);
    }
    const nothing = await api.upload("lb1", archiveOf(entry("readme", "no configuration"), END));
    expect([nothing.status, nothing.headers.get("content-type")]).toEqual([422, "application/problem+json"]);
    expect(pageSchema.parse((await get(path("lb1"))).json)).toEqual(before);
  });

  test("a body that is too large is cut off by the front, a wrong type is told the right one", async () => {
    const large = await api.upload("lb1", new Uint8Array(5 * 1024 * 1024)).catch(() => undefined);
    expect(large?.status ?? 413).toBe(413);
    const body = await backupOf(filesOf("zen-2.0"));
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const { status, json } = await api.ask("POST", path("lb1"), {
        token: api.service.token,
        body,
        headers: { "content-type": type },
      });
      expect([type, status, json]).toEqual([type, 415, expect.objectContaining({ title: "Unsupported Media Type" })]);
    }
    expect((await api.ask("DELETE", path("lb1"), { token: api.service.token })).headers.get("allow")).toBe("POST, GET");
  });
});

// Every upload tells of several things, one after another, and after the first three each waits a moment for others.
const TOLD_MS = 60_000;

test(
  "no secret of any fixture is in the stored bytes, the answers, the messages or the logs",
  async () => {
    for (const bundle of bundles)
      expect((await api.upload("lb4", await backupOf(filesOf(bundle)))).status).toBeLessThan(300);
    const list = pageSchema.parse((await get(path("lb4", "?limit=200"))).json);
    for (const { id } of list.snapshots) {
      await get(path("lb4", `/${id}`));
      await get(path("lb4", `/diff?from=${list.snapshots.at(-1)?.id}&to=${id}`));
    }
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        endpoint: api.service.addresses.dynamodb,
        region: "eu-west-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      }),
    );
    const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE }));
    client.destroy();
    const packed = Items.flatMap((item) => Object.values(item)).filter((value) => value instanceof Uint8Array);
    const stored = packed.map((bytes) => gunzipSync(bytes).toString("latin1"));
    expect(stored.join("\n")).toContain("REDACTED(");
    const places = {
      stored: stored.join("\n") + JSON.stringify(Items),
      said: api.said(),
      told: JSON.stringify(api.events),
    };
    const found = Object.entries(places).flatMap(([place, text]) =>
      secrets().flatMap((secret) => (text.includes(secret) ? [`${place}: ${secret}`] : [])),
    );
    expect(secrets().length).toBeGreaterThan(20);
    expect(found).toEqual([]);
    // Nor is any token's secret part, or the key, anywhere but where it was shown.
    const [, , shown = ""] = api.service.token.split("_");
    expect([places.stored.includes(shown), places.told.includes(shown), places.stored.includes(KEY)]).toEqual([
      false,
      false,
      false,
    ]);
  },
  TOLD_MS,
);
