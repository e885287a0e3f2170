// Reads the archives named as arguments, as an upload would be, and prints the most memory the process ever had, in MB.
import { readFileSync } from "node:fs";
import { readArchive, writeArchive } from "../../shared/archive/read.ts";
import { UserError } from "../../shared/model/errors.ts";
import { readBox } from "../../shared/zen/box.ts";
import { diffOf } from "../../shared/zen/diff.ts";
import { redactionKey } from "../../shared/zen/redact.ts";

const key = redactionKey("memory");

for (const path of process.argv.slice(2)) {
  try {
    const { files, members } = await readArchive(readFileSync(path));
    const box = readBox(files, { key });
    diffOf(box.config, box.config);
    await writeArchive(box.files, members);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
process.stdout.write(String(Math.round(process.resourceUsage().maxRSS / 1024)));
