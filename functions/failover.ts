import { failover } from "../shared/flow/failover.ts";
import { failoverEventSchema } from "../shared/model/failover-call.ts";
import { readSettings } from "../shared/runtime/settings.ts";
import { wireFailover } from "../shared/runtime/wire-failover.ts";
import { handle } from "./middleware.ts";

const ports = wireFailover(readSettings());

/** Called by probe (wake) and by the Scheduler (reconcile). */
export const handler = handle("failover", failoverEventSchema, (event, signal) => failover(event, ports, signal));
