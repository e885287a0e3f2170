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
      const { region, shard, slot, cfg } = report;
      return table.put(keys.report(region, shard), {
        value: report,
        fields: { slot, cfg },
        condition: newerThan(report),
      });
    },
  };
}

function newerThan({ slot, cfg }: Report): Condition {
  return {
    text: `${NOT_THERE} OR #cfg < :cfg OR #slot < :slot`,
    names: { "#cfg": "cfg", "#slot": "slot" },
    values: { ":cfg": cfg, ":slot": slot },
  };
}
