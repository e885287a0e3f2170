import { defineConfig } from "../shared/model/config.ts";

// Five regions on three continents, three of which must agree. The stronger site serves two thirds of the answers, a
// standby serves only when fewer than two others do, and at least two of the pool always stay in the answer.
export default defineConfig({
  owner: "example",
  account: "123456789012",
  contact: "https://example.com/about-our-probes",
  home: "eu-west-1",
  regions: ["eu-west-1", "us-east-1", "ap-southeast-1", "eu-north-1", "us-west-2"],
  intervalS: 30,
  quorum: 3,
  checks: {
    shop: { protocol: "http", host: "shop.example.com", path: "/health", statuses: [200, 204] },
    https: { protocol: "tcp", port: 443 },
    // Seen and reported, without a vote: nothing is withdrawn for it.
    metrics: { protocol: "tcp", port: 9100, votes: false },
  },
  islands: {
    frankfurt: { note: "Rack 12. Remote hands: ticket portal." },
    virginia: { note: "Cage 3. The duty desk answers at any hour." },
    standby: { note: "Cold by design. If it serves, at most one other load balancer does." },
  },
  pools: [
    {
      id: "shop",
      // An apex cannot be a CNAME; it can be a set of weighted A records.
      names: [{ name: "example.com", zoneId: "Z0123456789EXAMPLE" }, "shop.example.com"],
      checks: ["shop", "https", "metrics"],
      floor: { count: 2 },
      restore: { afterS: 120, successes: 5 },
      loadBalancers: [
        { id: "fra-1", island: "frankfurt", address: "192.0.2.10", weight: 20 },
        { id: "fra-2", island: "frankfurt", address: "192.0.2.11", weight: 20 },
        { id: "iad-1", island: "virginia", address: "198.51.100.10", weight: 10 },
        { id: "iad-2", island: "virginia", address: "198.51.100.11", weight: 10 },
        { id: "standby", island: "standby", address: "203.0.113.10", weight: 0 },
      ],
    },
  ],
});
