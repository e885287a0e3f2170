// Preloaded into a process: what it sends to AWS goes to a server on this machine, with the host it was meant for in a
// header. The SDK, its endpoints and its environment stay as they are in AWS.
import { createRequire, syncBuiltinESMExports } from "node:module";

const require = createRequire(import.meta.url);
const http = require("node:http");
const https = require("node:https");
const front = new URL(process.env.LIFEBOAT_TEST_FRONT);
const caller = process.env.LIFEBOAT_TEST_CALLER ?? "";
const agent = new http.Agent({ keepAlive: true });

https.request = (options, callback) => {
  const host = options.hostname ?? options.host;
  if (!host.endsWith(".amazonaws.com")) throw new Error(`no request may leave this machine: ${host}`);
  const headers = { ...options.headers, "x-meant-for": host, "x-caller": caller };
  const { method, path, signal } = options;
  return http.request({ hostname: front.hostname, port: front.port, method, path, signal, agent, headers }, callback);
};
syncBuiltinESMExports();
