import { expect, test } from "vitest";
import type { HostedZone } from "../../../shared/model/survey.ts";
import { lookUpIn } from "../../../shared/resolve/zone-lookup.ts";

const zone = (id: string, name: string, isPrivate = false): HostedZone => ({ id, name, private: isPrivate });

const zones = [
  zone("Z1", "example.com"),
  zone("Z2", "eu.example.com"),
  zone("Z3", "eu.example.com", true),
  zone("Z4", "twin.test"),
  zone("Z5", "twin.test"),
  zone("Z6", "inside.test", true),
];

const rows: [name: string, found: { zoneId: string } | { fault: string }][] = [
  ["example.com", { zoneId: "Z1" }],
  ["lb.example.com", { zoneId: "Z1" }],
  ["lb.eu.example.com", { zoneId: "Z2" }],
  ["*.eu.example.com", { zoneId: "Z2" }],
  [
    "notexample.com",
    { fault: "'notexample.com' is in no public hosted zone of this account; make the zone, or correct the name" },
  ],
  [
    "lb.inside.test",
    { fault: "'lb.inside.test' is in no public hosted zone of this account; make the zone, or correct the name" },
  ],
  [
    "lb.twin.test",
    {
      fault:
        "'twin.test' has several hosted zones, Z4 and Z5; say which one the registrar names: { name: 'lb.twin.test', zoneId: … }",
    },
  ],
];

test.each(rows)("%s: %j", (name, found) => {
  expect(lookUpIn(zones)(name)).toEqual(found);
});
