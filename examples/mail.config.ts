import { defineConfig } from "../shared/model/config.ts";

// Web and mail through the same two load balancers: one box in two pools is probed once, and each pool has its own checks
// and rules. No Lambda without a VPC reaches port 25, so submission stands for it.
export default defineConfig({
  owner: "example",
  home: "eu-west-1",
  regions: ["eu-west-1", "eu-central-1", "us-east-1"],
  checks: {
    webmail: { protocol: "http", host: "webmail.example.com", path: "/test.txt" },
    submission: { protocol: "smtp", port: 587, tls: "starttls" },
    imaps: { protocol: "imap", port: 993, tls: "implicit" },
  },
  islands: { north: { note: "Hall 1." }, south: { note: "Hall 7." } },
  pools: [
    {
      id: "webmail",
      names: ["webmail.example.com"],
      checks: ["webmail"],
      loadBalancers: [
        { id: "north-1", island: "north", address: "192.0.2.10" },
        { id: "south-1", island: "south", address: "198.51.100.10" },
      ],
    },
    {
      id: "mail",
      names: ["mail.example.com", "imap.example.com"],
      checks: ["submission", "imaps"],
      // A mail client that is given a dead address waits long: take the record away altogether.
      withdraw: "delete",
      restore: { afterS: 300 },
      loadBalancers: [
        { id: "north-1", island: "north", address: "192.0.2.10" },
        { id: "south-1", island: "south", address: "198.51.100.10" },
      ],
    },
  ],
});
