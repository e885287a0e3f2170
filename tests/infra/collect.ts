// Evaluates a program in a process of its own, which ends when nothing is left to do, as under the real engine: resources
// are still made in callbacks after the program has returned. Options come as JSON, the evaluation goes to a file.
import { writeFileSync } from "node:fs";
import { startProgram } from "./program.ts";

const [bundle = "", options = "{}", file = ""] = process.argv.slice(2);

process.on("unhandledRejection", (error) => {
  console.error(error);
  process.exit(1);
});
const finish = await startProgram(bundle, JSON.parse(options));
process.once("beforeExit", () => {
  try {
    writeFileSync(file, JSON.stringify(finish()));
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
});
