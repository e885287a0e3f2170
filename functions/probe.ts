import { answerAsk } from "../shared/flow/ask.ts";
import { askFollowed } from "../shared/flow/follows.ts";
import { planSlots } from "../shared/flow/plan-slots.ts";
import { probeSlot } from "../shared/flow/probe.ts";
import { probeEventSchema } from "../shared/model/probe-call.ts";
import { readSettings } from "../shared/runtime/settings.ts";
import { wireProbe } from "../shared/runtime/wire-probe.ts";
import { handle } from "./middleware.ts";

const ports = wireProbe(readSettings());

/** Called by the Scheduler (plan), by the queue (a slot), and by the other regions (ask, ping). */
export const handler = handle("probe", probeEventSchema, async (event, signal) => {
  switch (event.kind) {
    case "plan":
      for (const slot of await planSlots(event.scheduledMs, ports, signal)) await probeSlot(slot, ports, signal);
      return askFollowed(ports, signal);
    case "slot":
      return probeSlot(event, ports, signal);
    case "ask":
      return answerAsk(event, ports, signal);
    case "ping":
      return { region: ports.region };
  }
});
