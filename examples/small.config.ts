import { defineConfig } from "../shared/model/config.ts";

// The least there can be: two sites with one load balancer each, everything else by default.
export default defineConfig({
  owner: "example",
  home: "eu-west-1",
  regions: ["eu-west-1", "eu-central-1", "us-east-1"],
  checks: { web: { protocol: "http" } },
  islands: { north: {}, south: {} },
  pools: [
    {
      id: "web",
      names: ["lb.example.com"],
      checks: ["web"],
      loadBalancers: [
        { id: "north", island: "north", address: "192.0.2.10" },
        { id: "south", island: "south", address: "198.51.100.10" },
      ],
    },
  ],
});
