import { defineConfig } from "./shared/model/config.ts";

// The only file to edit. Replace every name and address: those in 192.0.2.0/24 and 198.51.100.0/24 are nobody's.
export default defineConfig({
  owner: "example",
  home: "eu-west-1",
  regions: ["eu-west-1", "eu-central-1", "us-east-1"],

  checks: {
    web: { protocol: "http", path: "/test.txt", contains: "ok" },
    https: { protocol: "tcp", port: 443 },
  },

  islands: {
    north: { note: "Hall 1. Out of hours: the provider's duty desk has the remote hands." },
    south: { note: "Hall 7. Out of hours: call the duty phone." },
  },

  pools: [
    {
      id: "web",
      names: ["lb.example.com"],
      checks: ["web", "https"],
      loadBalancers: [
        { id: "north-1", setIdentifier: "Primary Load Balancer", island: "north", address: "192.0.2.10" },
        { id: "north-2", setIdentifier: "Secondary Load Balancer", island: "north", address: "192.0.2.11" },
        { id: "south-1", island: "south", address: "198.51.100.10" },
        { id: "south-2", island: "south", address: "198.51.100.11" },
      ],
    },
  ],
});
