import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { boxNameOf } from "../../cli/zen-input.ts";
import { writeArchive } from "../../shared/archive/read.ts";
import { formatToken } from "../../shared/model/token.ts";
import { filesOf, secrets } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "lifeboat-zen-"));
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  for (const box of ["a", "b"])
    writeFileSync(at(`backup-lb${box}-20161103.tar.gz`), await writeArchive(filesOf(`zen-3.10-${box}`)));
  for (const [path, bytes] of filesOf("zevenet-5.0")) {
    const file = join(folder, "old-lb", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  writeFileSync(at("web_pound.cfg"), "ListenHTTP\nAddress 10.0.0.1\nPort 80\nEnd\n");
  writeFileSync(at("steers_l4xnat.cfg"), "steers;tcp;10.0.0.1\x1b[31m\x9b2J;25;nat;weight;none;120;up\n");
  writeFileSync(at("letter.txt"), "Dear all");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(words, { out: (text) => void out.push(text), err: (text) => void err.push(text) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

const [LBA, LBB] = [at("backup-lba-20161103.tar.gz"), at("backup-lbb-20161103.tar.gz")];

describe("lifeboat zen", () => {
  it("parse: one box is the object itself, several stand by name", async () => {
    const one: { version: string; farms: object } = JSON.parse((await run("zen", "parse", "--json", LBA)).out);
    expect(one.version).toBe("3.10.1");
    expect(Object.keys(one.farms)).toEqual(["every", "geo", "imap", "line", "mx", "secure", "shop", "voip"]);
    const two: { boxes: object } = JSON.parse((await run("zen", "parse", LBA, `other=${LBB}`, "--json")).out);
    expect(Object.keys(two.boxes)).toEqual(["lba", "other"]);
  });

  it("parse: takes a directory, its configuration directory and a single file", async () => {
    for (const path of ["old-lb", "old-lb/usr/local/zevenet/config"]) {
      const box: { config_dir: string; farms: object } = JSON.parse(
        (await run("zen", "parse", at(path), "--json")).out,
      );
      expect(box.config_dir).toBe("/usr/local/zevenet/config");
      expect(Object.keys(box.farms)).toEqual(["media", "mx", "web"]);
    }
    expect((await run("zen", "parse", at("web_pound.cfg"))).out).toMatch(/web +http +10\.0\.0\.1:80/);
  });

  it("parse: prints a table, and nothing that steers a terminal", async () => {
    const { code, out } = await run("zen", "parse", LBA, at("steers_l4xnat.cfg"));
    expect(code).toBe(0);
    expect(out).toMatch(/lba: zen 3\.10\.1/);
    expect(out).toMatch(/mx +tcp +10\.30\.1\.10:25 +weight +10\.30\.2\.21:25, 10\.30\.2\.22:25 \(maintenance\)/);
    const json = (await run("zen", "parse", at("steers_l4xnat.cfg"), "--json")).out;
    // oxlint-disable-next-line no-control-regex -- what is looked for
    for (const text of [out, json]) expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it("drift: has its three classes in JSON and as a table", async () => {
    const drift: Record<string, { farm: string; field: string; what: string; lba: unknown; lbb: unknown }[]> =
      JSON.parse((await run("zen", "drift", LBA, LBB, "--json")).out);
    expect(Object.keys(drift)).toEqual(["config_drift", "operator_state_difference", "run_state_only_not_drift"]);
    expect(drift["config_drift"]?.find(({ field }) => field === "weight")).toMatchObject({
      farm: "mx",
      what: "weight",
      lba: 4,
      lbb: 2,
    });
    const { out } = await run("zen", "drift", LBA, LBB);
    expect(out).toMatch(/configuration:[^]*operator state \(maintenance\):[^]*run state/);
    expect(out).toMatch(/mx +10\.30\.2\.22:25 +weight +4 +2/);
  });

  it("diff, checks and lint", async () => {
    const { changes }: { changes: { what: string }[] } = JSON.parse((await run("zen", "diff", LBA, LBB, "--json")).out);
    expect(changes.map(({ what }) => what)).toContain("vip");
    expect((await run("zen", "diff", LBA, LBA)).out).toBe("no difference");
    const { probes }: { probes: { box: string }[] } = JSON.parse((await run("zen", "checks", LBA, LBB, "--json")).out);
    expect([...new Set(probes.map(({ box }) => box))]).toEqual(["lba", "lbb"]);
    expect((await run("zen", "checks", LBA)).out).toMatch(/lba +mx +backend +tcp +10\.30\.2\.22:25 +skip: maintenance/);
    expect((await run("zen", "lint", at("old-lb"))).out).toMatch(
      /old-lb: warning: etc\/ssh\/sshd_config: root may log in/,
    );
    const { findings }: { findings: { rule: string }[] } = JSON.parse(
      (await run("zen", "lint", at("old-lb"), "--json")).out,
    );
    expect(findings.map(({ rule }) => rule)).toContain("gui-open");
  });

  it("prints no secret, whatever it is asked", async () => {
    const printed = await Promise.all(
      ["parse", "drift", "checks", "lint"].flatMap((word) => [
        run("zen", word, LBA, LBB, at("old-lb"), "--json"),
        run("zen", word, LBA, LBB, at("old-lb")),
      ]),
    );
    const all = printed.map(({ out, err }) => out + err).join("\n");
    expect(secrets().filter((secret) => all.includes(secret))).toEqual([]);
  });

  it("hashes with the deployment's key if there is one, else with one of the run", async () => {
    const hash = async (): Promise<string | undefined> =>
      /REDACTED\([0-9a-f]{16}\)/.exec((await run("zen", "parse", at("old-lb"), "--json")).out)?.[0];
    const before = process.env["LIFEBOAT_KEY"];
    delete process.env["LIFEBOAT_KEY"];
    expect(await hash()).not.toBe(await hash());
    process.env["LIFEBOAT_KEY"] = "a key";
    expect(await hash()).toBe(await hash());
    if (before === undefined) delete process.env["LIFEBOAT_KEY"];
    else process.env["LIFEBOAT_KEY"] = before;
  });

  it.each([
    [["zen", "parse"], /zen parse: give at least 1 backup .* usage: lifeboat zen parse/],
    [["zen", "drift", "x"], /zen drift: give at least 2/],
    [["zen", "diff", "x", "y", "z"], /zen diff: give exactly 2/],
    [["zen", "parse", at("none")], /none: there is no such file or directory\./],
    [["zen", "parse", at("letter.txt")], /letter\.txt: not a gzip file/],
    [["zen", "parse", at("none"), at("letter.txt")], /none: there is[^]*letter\.txt: not a gzip/],
  ])("%j says what is wrong", async (words, says) => {
    const { code, out, err } = await run(...words);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(says);
    expect(err).not.toContain("    at ");
  });

  it("says which commands there are of the first word", async () => {
    for (const words of [["zen", "foo"], ["zen"], ["zen", "--help"]]) {
      const { code, err } = await run(...words);
      expect(code).toBe(2);
      expect(err).toMatch(/^lifeboat: there is no command 'zen(?: foo)?'; there are:\n/);
      expect(err.match(/lifeboat zen \w+/g)).toHaveLength(5);
      expect(err).not.toContain("lifeboat plan");
    }
  });

  it("takes two boxes of one given name for a mistake", async () => {
    const { code, err } = await run("zen", "drift", `lb1=${LBA}`, `lb1=${LBB}`);
    expect(code).toBe(1);
    expect(err).toContain("a box before it is called lb1 too");
    expect((await run("zen", "drift", LBA, LBA)).out).toBe("no difference");
  });

  it("names what of a directory was left out", async () => {
    const place = at("left-out");
    mkdirSync(place);
    writeFileSync(join(place, "global.conf"), '$version="3.10.1";\n');
    symlinkSync("global.conf", join(place, "web_l4xnat.cfg"));
    execFileSync("mkfifo", [join(place, "pipe_l4xnat.cfg")]);
    const { out } = await run("zen", "parse", place);
    expect(out).toContain("problem web_l4xnat.cfg: a link, a pipe or the like was left out.");
    expect(out).toContain("problem pipe_l4xnat.cfg: a link");
    for (let count = 0; count < 30; count += 1) symlinkSync("global.conf", join(place, `a${count}_l4xnat.cfg`));
    const many = (await run("zen", "parse", place)).out;
    expect(many.match(/was left out/g)).toHaveLength(20);
    expect(many).toContain("was left out, and 12 more.");
  });

  it("snapshot push: names what of a directory it leaves out, on stderr, and one is one", async () => {
    const place = at("pushed");
    mkdirSync(place);
    writeFileSync(join(place, "global.conf"), '$version="3.10.1";\n');
    symlinkSync("global.conf", join(place, "web_l4xnat.cfg"));
    const box = {
      id: "1790000000000-0123456789ab",
      box: "lb1",
      takenMs: 0,
      changedMs: null,
      who: "cron",
      digest: "a".repeat(64),
    };
    const read = {
      product: "zen",
      version: "3.10.1",
      farms: 1,
      files: 1,
      unknown: { files: 0, lines: 0 },
      problems: 1,
    };
    const answer = { changed: true, snapshot: { ...box, ...read, changes: null, summary: [], bytes: 1, seen: null } };
    const server = createServer((request, response) => {
      request.resume().on("end", () => response.writeHead(201).end(JSON.stringify(answer)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("LIFEBOAT_TOKEN", formatToken("laptop", new Uint8Array(32)));
    try {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      const to = ["--box", "lb1", "--url", `http://127.0.0.1:${address.port}`];
      for (const more of [[], ["--json"]]) {
        const { code, out, err } = await run("snapshot", "push", ...to, place, ...more);
        expect([code, err]).toEqual([0, "web_l4xnat.cfg: a link, a pipe or the like was left out."]);
        expect(out).toMatch(more.length === 0 ? /^lb1: stored as \S+, 1 farm, 1 problem$/ : /^\{/);
      }
    } finally {
      vi.unstubAllEnvs();
      server.close();
    }
  });

  it("prints an IPv6 address in brackets before its port", async () => {
    writeFileSync(at("six_pound.cfg"), "ListenHTTPS\nAddress ::\nPort 443\nEnd\n");
    expect((await run("zen", "parse", at("six_pound.cfg"))).out).toMatch(/six +https +\[::\]:443/);
  });

  it("lets no name of a file steer the terminal", async () => {
    const place = at("names");
    mkdirSync(place);
    writeFileSync(join(place, "global.conf"), '$version="3.10.1";\n');
    writeFileSync(join(place, "if_\x1b[31m\u009b1m\u202e\nx_conf"), Buffer.alloc(3_000_000, "a"));
    const { code, err } = await run("zen", "parse", place);
    expect(code).toBe(1);
    expect(err).toContain("if_?[31m?1m??x_conf: 3.0 MB is more");
    const bidi = await run("zen", "parse", at("a\u202e\x1b[1mb"));
    expect(bidi.err).toMatch(/a\?\?\[1mb: there is no such file/);
    expect((await run("\x1b[1mfoo\u202e")).err).toContain("'?[1mfoo?'");
  });

  it("does not know an option that is none", async () => {
    expect(await run("zen", "parse", "--jsn", LBA)).toMatchObject({ code: 2, err: expect.stringContaining("--jsn") });
  });
});

describe("the name of a box", () => {
  it.each([
    ["backup-lb1-20161103.tar.gz", "lb1"],
    ["/x/backup-before-change.tar.gz", "before-change"],
    ["lb2.tgz", "lb2"],
    ["/mnt/lb3/usr/local/zevenet/config", "lb3"],
    ["/mnt/lb4/", "lb4"],
  ])("%s is %s", (path, name) => expect(boxNameOf(path)).toBe(name));
});
