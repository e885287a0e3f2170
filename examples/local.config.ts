import { defineConfig } from "../shared/model/config.ts";

// For `npm start -- --config examples/local.config.ts`: services on this machine and on the network around it, watched by
// three regions that are threads. `allowLocal` lets private addresses and short intervals through; deploy refuses it.
export default defineConfig({
  owner: "example",
  home: "eu-west-1",
  regions: ["eu-west-1", "eu-central-1", "us-east-1"],
  intervalS: 2,
  allowLocal: true,
  canaries: [{ address: "127.0.0.1", port: 5353 }],
  checks: { web: { protocol: "http", port: 8080, timeoutMs: 1500 } },
  islands: { desk: {}, cellar: {} },
  pools: [
    {
      id: "web",
      names: ["lb.example.test"],
      checks: ["web"],
      restore: { afterS: 10 },
      loadBalancers: [
        { id: "desk", island: "desk", address: "127.0.0.1" },
        { id: "cellar", island: "cellar", address: "192.168.1.20" },
      ],
    },
  ],
});
