// What probe needs, and no more: its bundle must not hold the clients that only failover uses.
import { SQSClient } from "@aws-sdk/client-sqs";
import { createSlots } from "../call/slots.ts";
import { createHeartbeat } from "../notify/heartbeat.ts";
import { createProber } from "../probe/probes.ts";
import { createResolver } from "../probe/resolver.ts";
import { createProbeStore } from "../store/probe-store.ts";
import { clientOptions } from "./clients.ts";
import { readHeartbeatUrl } from "./heartbeat.ts";
import { readProbeHeader } from "./probe-header.ts";
import type { Settings } from "./settings.ts";
import { tableIn, wireRegion } from "./wire-region.ts";

/** The ports of probe: plan, slot, ask and ping. */
export function wireProbe(settings: Settings) {
  const { region, config, queueUrl } = settings;
  const queue = new SQSClient(clientOptions(region, { requestMs: 3000, attempts: 3 }));
  const ports = wireRegion(settings, "probe");
  const url = readHeartbeatUrl(config, region, ports.log);
  return {
    ...ports,
    store: createProbeStore(tableIn(region, settings, ports.log)),
    prober: createProber({ contact: config.contact, header: readProbeHeader(config) }),
    slots: createSlots({ client: queue, queueUrl }),
    resolver: createResolver(config.resolvers),
    ...(url === undefined ? {} : { heartbeat: createHeartbeat({ url, log: ports.log }) }),
  };
}
