import { type Report, reportSchema } from "../model/report.ts";
import type { Store } from "../ports.ts";
import { keys, NOT_THERE, partitions } from "./keys.ts";
import type { Condition, Table } from "./table.ts";

/**
 * One item a region and shard, overwritten by the next slot. A later deploy's report is newer whatever its slot: with
 * another interval the slots are counted anew.
 */
export function reportStore(table: Table): Pick<Store, "ownReport" | "reports" | "putReport"> {
  return {
    async ownReport(shard) {
      const item = await table.get(keys.report(table.region, shard));
      // One that cannot be read counts for none: only this region writes it, and every box must then rise anew.
      return item && (await table.known([item], reportSchema))[0];
    },
    async reports(regions, shards) {
      const read = regions.map(async (region) => {
        const items = await table.query(partitions.reports(region), { consistent: region === table.region });
        return table.known(items, reportSchema);
      });
      return (await Promise.all(read)).flat().filter(({ shard }) => shard < shards);
    },
    putReport: (report) => {
      const { region, shard, slot, cfg, startedMs } = report;
      return table.put(keys.report(region, shard), {
        value: report,
        fields: { slot, cfg, startedMs },
        condition: newerOrSame(report),
      });
    },
  };
}

/**
 * What may be overwritten by a report:
 *
 * | there is                                    | written |
 * | ------------------------------------------- | ------- |
 * | nothing, an earlier deploy's, an older slot | yes     |
 * | the same slot, deploy and start             | yes: itself, whose answer was lost, sent once more (by the SDK as well) |
 * | another of the same slot and deploy         | no      |
 * | a newer slot, not of an earlier deploy      | no      |
 */
function newerOrSame({ slot, cfg, startedMs }: Report): Condition {
  const same = "(#cfg = :cfg AND #slot = :slot AND #startedMs = :startedMs)";
  return {
    text: `${NOT_THERE} OR #cfg < :cfg OR #slot < :slot OR ${same}`,
    names: { "#cfg": "cfg", "#slot": "slot", "#startedMs": "startedMs" },
    values: { ":cfg": cfg, ":slot": slot, ":startedMs": startedMs },
  };
}
