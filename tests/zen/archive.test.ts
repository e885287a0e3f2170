import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readable, readDirectory } from "../../shared/archive/directory.ts";
import { LIMITS, readArchive, writeArchive } from "../../shared/archive/read.ts";
import { readTar } from "../../shared/archive/tar.ts";
import { UserError } from "../../shared/model/errors.ts";
import { filesOf, single } from "./fixtures.ts";
import { archiveOf, END, entry, header, hostile, pax } from "./tars.ts";

const CONF = "usr/local/zenloadbalancer/config/global.conf";
const folder = mkdtempSync(join(tmpdir(), "lifeboat-archive-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a good archive", () => {
  it("comes back as it was written, with times, modes and long names", async () => {
    const files = filesOf("zen-3.10-a");
    files.set(`usr/${"long/".repeat(40)}name`, Buffer.from("x"));
    files.set("usr/größe.conf", Buffer.from("é"));
    const members = [{ path: CONF, bytes: 1, mtimeMs: 1_478_168_400_000, mode: 0o640 }];
    const again = await readArchive(await writeArchive(files, members));
    expect([...again.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual(
      [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
    );
    expect(again.members.find(({ path }) => path === CONF)).toMatchObject({ mtimeMs: 1_478_168_400_000, mode: 0o640 });
    expect(again.members.find(({ path }) => path.endsWith("zlb-start"))?.mode).toBe(0o755);
    expect(again.members.find(({ path }) => path.endsWith("mx_pen.cfg"))?.mode).toBe(0o644);
  });

  it("gives the same bytes for the same files", async () => {
    expect(await writeArchive(filesOf("zen-2.0"))).toEqual(await writeArchive(filesOf("zen-2.0")));
  });

  it("is one to the tar of this machine", async () => {
    const file = join(folder, "out.tar.gz");
    writeFileSync(file, await writeArchive(filesOf("zen-3.10-a")));
    const names = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).trim().split("\n");
    expect(names).toEqual([...filesOf("zen-3.10-a").keys()]);
  });

  it("is read as the tar of this machine writes it: directories, ./, and pax or GNU names", async () => {
    const deep = `${"directory/".repeat(12)}if_eth0:vip_conf`;
    for (const format of ["gnu", "pax", "ustar"]) {
      const file = join(folder, `${format}.tar.gz`);
      const script = `mkdir -p "$(dirname "${deep}")" && printf a > "${deep}" && printf b > global.conf && tar --format=${format} -czf "${file}" .`;
      const place = mkdtempSync(join(folder, "in-"));
      execFileSync("sh", ["-c", script], { cwd: place });
      const bytes = new Uint8Array(execFileSync("cat", [file]));
      const { files } = await readArchive(bytes);
      expect([...files.keys()].toSorted()).toEqual([deep, "global.conf"].toSorted());
    }
  });

  it("is read as upload.sh writes it: two paths to one file, whose second is a hard link", async () => {
    const place = mkdtempSync(join(folder, "in-"));
    const long = "long".repeat(30);
    const script = `mkdir -p archive/x live/x ${long} && printf pem > archive/x/cert1.pem && printf pem2 > ${long}/a.pem
      ln -s ../../archive/x/cert1.pem live/x/cert.pem && ln ${long}/a.pem ${long}/b.pem && tar -chz "$@" -f out.tar.gz archive live ${long}`;
    for (const format of ["gnu", "pax"]) {
      execFileSync("sh", ["-c", `rm -rf archive live ${long} && ${script}`, "sh", `--format=${format}`], {
        cwd: place,
      });
      const { files, members, skipped } = await readArchive(readFileSync(join(place, "out.tar.gz")));
      const texts = Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
      expect(texts).toEqual({
        "archive/x/cert1.pem": "pem",
        "live/x/cert.pem": "pem",
        [`${long}/a.pem`]: "pem2",
        [`${long}/b.pem`]: "pem2",
      });
      expect([members.length, skipped]).toEqual([4, []]);
    }
  });

  it("takes the later of two members of one name, and leaves out the links that real boxes have", async () => {
    const link = "usr/local/zevenet/config/letsencrypt/live/a.pem";
    const bytes = archiveOf(
      entry(CONF, "one"),
      header({ name: link, type: "2", link: "../../archive/a1.pem" }),
      entry(CONF, "two"),
      END,
    );
    const { files, skipped } = await readArchive(bytes);
    expect(Buffer.from(files.get(CONF) ?? []).toString()).toBe("two");
    expect(skipped).toEqual([link]);
  });
});

describe("a hostile archive", () => {
  it.each(hostile)("%s is refused in a sentence", async (_name, make, says) => {
    const error: unknown = await readArchive(make()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/^UserError: [^\n]{10,300}\.$/);
    expect(String(error)).toMatch(says);
    // oxlint-disable-next-line no-control-regex -- what is looked for
    expect(String(error)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });

  it("of any single flipped byte never fails otherwise", () => {
    const tar = Buffer.concat([entry(CONF, "a"), ...pax({ path: "x/y" }), entry("z", "b"), END]);
    let refused = 0;
    for (let at = 0; at < tar.length; at += 1) {
      const broken = Buffer.from(tar);
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8));
      try {
        readTar(broken, LIMITS);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(3 * 512);
  });

  it("cut anywhere is refused", async () => {
    const bytes = archiveOf(entry(CONF, "a".repeat(2000)), END);
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(readArchive(bytes.subarray(0, length))).rejects.toThrow(UserError);
    }
  });

  it("costs less than 256 MB, all of them one after the other", async () => {
    const config = "usr/local/zenloadbalancer/config";
    const boxes = [
      large(`${config}/w#_pound.cfg`, 5, "BackEnd\nAddress 10.0.0.1\nEnd\n"),
      large(`${config}/w_gslb.cfg/zones/z#`, 5, "a\n"),
      large(`${config}/if_eth#_conf`, 5, "e;1;2\n"),
      large("opt/notes#", 20, "password=abc\n"),
      large("opt/binary#", 20, "\0\x01\x02"),
    ];
    const archives = [
      ...hostile.map(([, make]) => make()),
      ...(await Promise.all(boxes.map((box) => writeArchive(box)))),
    ];
    const paths = archives.map((bytes, at) => {
      writeFileSync(join(folder, `${at}.tar.gz`), bytes);
      return join(folder, `${at}.tar.gz`);
    });
    // As Lambda starts Node, the heap knows its limit: without one V8 collects late on a large machine.
    const heap = ["--max-old-space-size=128", "--max-semi-space-size=8"];
    const args = [...heap, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "memory.ts"), ...paths];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 100_000 });
    expect(stderr).toBe("");
    expect(Number(stdout)).toBeGreaterThan(20);
    expect(Number(stdout)).toBeLessThan(256);
  }, 120_000);
});

/** A box with `count` files of 1 MiB, `#` in their path a number, each full of the same. */
function large(path: string, count: number, content: string): Map<string, Uint8Array> {
  const files = single("x", "");
  for (let at = 0; at < count; at += 1)
    files.set(path.replace("#", String(at)), Buffer.alloc(1024 * 1024, content, "latin1"));
  return files;
}

describe("a directory", () => {
  it.each([
    ["that is none", join(folder, "none"), "there is no such file or directory."],
    ["that may not be read", "EACCES", "it cannot be read: this user may not."],
    ["of a broken disk", "EIO", "it cannot be read: the system says EIO."],
  ])("%s is refused in a sentence", async (_name, what, says) => {
    const code = /^[A-Z]+$/.exec(what)?.[0];
    const work = code ? readable("", Promise.reject(Object.assign(new Error("x"), { code }))) : readDirectory(what);
    await expect(work).rejects.toThrow(new UserError(says));
  });

  it("with a path that the system does not read is refused by its name", async () => {
    const place = mkdtempSync(join(folder, "deep-"));
    // Only step by step does a path become longer than the system takes.
    const script = 'for (let i = 0; i < 25; i++) { fs.mkdirSync("d".repeat(200)); process.chdir("d".repeat(200)); }';
    execFileSync(process.execPath, ["-e", script], { cwd: place });
    await expect(readDirectory(place)).rejects.toThrow(/^'d{120}': it cannot be read: the system says ENAMETOOLONG\.$/);
    execFileSync("rm", ["-rf", place]);
  });

  it("names the file in it that cannot be read", async () => {
    const refused = Promise.reject(Object.assign(new Error("x"), { code: "EACCES" }));
    await expect(readable("sub/a\x1b.cfg", refused)).rejects.toThrow(
      new UserError("'sub/a?.cfg': it cannot be read: this user may not."),
    );
  });

  it("is read like an archive, links left out", async () => {
    const place = mkdtempSync(join(folder, "dir-"));
    writeFileSync(join(place, "if_eth0:vip_conf"), "eth0:vip:10.0.0.1:255.255.255.0:up::\n");
    symlinkSync("/etc/passwd", join(place, "passwd"));
    symlinkSync("/", join(place, "root"));
    const { files, skipped, members } = await readDirectory(place);
    expect([...files.keys()]).toEqual(["if_eth0:vip_conf"]);
    expect(skipped).toEqual(["passwd", "root"]);
    expect(members[0]?.mtimeMs).toBeGreaterThan(1_700_000_000_000);
  });

  it.each([
    [{ ...LIMITS, members: 1 }, "more than 1 files"],
    [{ ...LIMITS, memberBytes: 3 }, "at most"],
    [{ ...LIMITS, unpackedBytes: 7 }, "more than"],
  ])("is bounded: %j", async (limits, says) => {
    const place = mkdtempSync(join(folder, "dir-"));
    for (const name of ["a", "b"]) writeFileSync(join(place, name), "1234");
    await expect(readDirectory(place, limits)).rejects.toThrow(says);
  });
});
