import { Route53Client } from "@aws-sdk/client-route-53";
import { paced } from "../route53/paced.ts";
import { createZone } from "../route53/zone.ts";
import { createReplicas } from "../store/replicas.ts";
import { createSnapshots } from "../store/snapshots.ts";
import { createStore } from "../store/store.ts";
import { clientOptions, perRegion } from "./clients.ts";
import type { Settings } from "./settings.ts";
import { wireAnnouncer } from "./wire-announcer.ts";
import { tableIn, wireRegion } from "./wire-region.ts";

/** The ports of failover. */
export function wireFailover(settings: Settings) {
  const { region, config } = settings;
  const ports = wireRegion(settings, "failover");
  const storeIn = (to: string) => createStore(tableIn(to, settings, ports.log));
  // The zone's commands have deadlines of their own. Both clients share their connections.
  const reads = new Route53Client(clientOptions(region, { attempts: 3 }));
  const { requestHandler } = reads.config;
  const writes = new Route53Client({ ...clientOptions(region, { attempts: 1 }), requestHandler });
  return {
    ...ports,
    store: storeIn(region),
    zone: paced(createZone({ reads, writes }), ports),
    replicas: createReplicas({
      regions: config.regions,
      storeFor: perRegion(storeIn),
    }),
    announcer: wireAnnouncer(settings, ports),
    snapshots: createSnapshots(tableIn(region, settings, ports.log)),
  };
}
