// Configurations for the stack, as users write them. Their addresses are nobody's in a test: nothing is probed there.
import type { ConfigInput } from "../../shared/model/config.ts";
import { account } from "./aws-answers.ts";

export const zones = { Z0EXAMPLECOM: "example.com", Z0EXAMPLENET: "example.net" };

export const config: ConfigInput = {
  owner: "acme",
  account,
  home: "eu-west-1",
  regions: ["eu-west-1", "us-east-1", "ap-southeast-2"],
  notify: {
    email: ["on-call@example.com", "on.call@example.com"],
    sms: ["+4930123456"],
    https: ["https://alerts.example.com/hook"],
  },
  checks: { web: { protocol: "http", path: "/test.txt" }, https: { protocol: "tcp", port: 443 } },
  islands: { north: {}, south: {} },
  pools: [
    {
      id: "web",
      names: ["lb.example.com", "example.com", "*.apps.example.com"],
      checks: ["web", "https"],
      loadBalancers: [
        { id: "lb1", island: "north", address: "11.0.0.1", address6: "2a00:1450:4001::1" },
        { id: "lb2", island: "south", address: "11.0.0.2" },
      ],
    },
    {
      id: "trial",
      mode: "observe",
      names: ["trial.example.net"],
      checks: ["https"],
      loadBalancers: [{ id: "lb3", island: "south", address: "11.0.0.3" }],
    },
  ],
};

/** What `sst secret set` has kept. */
export const secrets = {
  LifeboatKey: "a key of the tests, as long as it has to be",
  LifeboatHeartbeatUrl: "https://watch.example.com/{region}",
  LifeboatProbeSecret: "0123456789abcdef",
};
