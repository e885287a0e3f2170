#!/usr/bin/env node
// The command `lifeboat`: finds Node 24, then main.ts.
import { run } from "./ready.mjs";

run(["--runtime", "cli/main.ts", ...process.argv.slice(2)]);
