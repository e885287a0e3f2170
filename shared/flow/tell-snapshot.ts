import type { ConditionKind } from "../model/event.ts";
import type { Manifest } from "../model/manifest.ts";
import type { BoxConfig } from "../model/snapshot.ts";
import { driftOf } from "../zen/drift.ts";
import { lintOf } from "../zen/lint.ts";
import { driftNews, farmNews, lintNews, mayExplain, type News, type NewsOf } from "../zen/news.ts";
import { changeLines } from "./changes.ts";
import { newest, tendConditions } from "./conditions.ts";
import type { SnapshotPorts } from "./snapshot.ts";
import { knownBox, newestOf } from "./snapshots.ts";

/** How far back an incident may lie that a change explains only now, with the upload of a night's cron. */
const INCIDENTS_MS = 86_400_000;

/**
 * Tells what an upload shows, and what it shows no more: drift of the island, farms that vanished, certificates that end
 * soon, new findings of lint, an incident that began soon after the change. An equal upload too, as time goes on and a
 * message may have been lost.
 */
export async function tellSnapshot(
  box: string,
  taken: { config: BoxConfig; before: BoxConfig | undefined; manifest: Manifest },
  ports: SnapshotPorts,
): Promise<void> {
  const { config, store, clock } = ports;
  const { island } = knownBox(box, config);
  const told = [...newest((await store.conditions(config.regions)).filter(({ waiting }) => waiting !== true)).values()];
  const { manifests, configs } = await newestOf(island, ports, taken);
  const news: NewsOf[] = [
    ...(manifests.size < 2 ? [] : [driftNews(island, driftOf(configs), told)]),
    farmNews(box, taken.before, taken.config),
    lintNews(box, lintOf(taken.config, clock.nowMs())),
  ];
  const holding = [...news.flatMap((one) => one.holding), ...(await incidentNews(taken.manifest, ports))];
  const judged = (kind: ConditionKind, subject: string): boolean => news.some((one) => one.judged(kind, subject));
  await tendConditions({ holding, judged, rank: 0 }, ports);
}

/** That the box went out within 15 minutes of this change, told when the change becomes known after it. */
async function incidentNews(manifest: Manifest, { store, clock }: SnapshotPorts): Promise<News[]> {
  const { box, id, changedMs } = manifest;
  if (changedMs === null || clock.nowMs() - changedMs > INCIDENTS_MS) return [];
  const steps = (await store.steps(changedMs)).flatMap((fact) => (fact.kind === "step" ? [fact] : []));
  const incident = steps.find((step) => {
    return step.box === box && step.step === "withdrawn" && mayExplain(changedMs, step.atMs);
  });
  // What went out after the upload has its own message, which names the change.
  if (!incident || incident.atMs > manifest.takenMs) return [];
  const minutes = Math.max(0, Math.round((incident.atMs - changedMs) / 60_000));
  const detail = [`It went out ${minutes} min after the change (${incident.detail}).`, ...changeLines(manifest)];
  return [{ kind: "changed-before", subject: `${box} ${id}`, detail: detail.join("\n"), page: false }];
}
