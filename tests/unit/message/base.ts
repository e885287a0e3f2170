import type { Moved, WeightsEvent } from "../../../shared/model/event.ts";
import { resolveConfig } from "../../../shared/resolve/resolve.ts";

/** 2026-09-21 14:13:20 UTC, by `date -u -d @1790000000`. */
export const AT_MS = 1_790_000_000_000;

const member = (id: string, island: string, n: number) => ({ id, island, address: `4.1.1.${n}` });

/** Two islands of two load balancers each; lb2 with a SetIdentifier and twice the weight. */
export const { resolved: config } = resolveConfig(
  {
    owner: "acme",
    home: "eu-west-1",
    regions: ["eu-west-1", "eu-central-1", "us-east-1"],
    checks: {
      web: { protocol: "http", host: "www.acme.com" },
      mail: { protocol: "tcp", port: 587 },
      admin: { protocol: "tcp", port: 444, expect: "closed", votes: false },
    },
    islands: { north: { note: "Hall 1.\nCall the duty phone." }, south: {} },
    pools: [
      {
        id: "front",
        names: ["lb.acme.com", "www.acme.com"],
        checks: ["web", "mail", "admin"],
        loadBalancers: [
          member("lb1", "north", 1),
          { ...member("lb2", "north", 2), setIdentifier: "Primary Load Balancer", weight: 2 },
          member("lb3", "south", 3),
          member("lb4", "south", 4),
        ],
      },
    ],
  },
  { cfg: 1, zones: () => ({ zoneId: "Z1" }) },
);

export const regions = config.regions;

/** A load balancer that moved; without evidence unless given. */
export function moved(box: string, before: number, after: number, over: Partial<Moved> = {}): Moved {
  const { island = "?", address = "?" } = config.boxes[box] ?? {};
  const setIdentifier = box === "lb2" ? "Primary Load Balancer" : box;
  return {
    box,
    setIdentifier,
    island,
    address,
    before,
    after,
    because: "web is down in 2 of 3 regions",
    evidence: [],
    ...over,
  };
}

/** Down by a timeout in two regions, up in the third. */
export const timeouts: Moved["evidence"] = [
  { region: "eu-west-1", check: "web", kind: "down", reason: "timeout", detail: "no answer within 2500 ms" },
  { region: "eu-central-1", check: "web", kind: "down", reason: "timeout", detail: "no answer within 2500 ms" },
  { region: "us-east-1", check: "web", kind: "up", detail: "80 ms" },
  { region: "eu-west-1", check: "mail", kind: "down", reason: "refused", detail: "connection refused" },
];

/** An event over these; whatever did not move has the weight of the configuration. */
export function event(list: Moved[], over: Partial<WeightsEvent> = {}): WeightsEvent {
  const weights = { lb1: 1, lb2: 2, lb3: 1, lb4: 1, ...Object.fromEntries(list.map(({ box, after }) => [box, after])) };
  return {
    version: 1,
    type: "weights",
    id: "front/1790000000",
    pool: "front",
    name: "lb.acme.com",
    epoch: 1_790_000_000,
    atMs: AT_MS,
    region: "eu-west-1",
    weights,
    open: false,
    moved: list,
    notes: ["Hall 1.\nCall the duty phone."],
    ...over,
  };
}
