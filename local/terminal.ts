import { emitKeypressEvents } from "node:readline";
import { command } from "./control.ts";
import type { Demo } from "./demo.ts";
import { type Line, renderScreen } from "./screen.ts";
import type { Service } from "./service.ts";

const REFRESH_MS = 500;
const ACTIONS: Record<string, string> = { k: "kill", h: "hang", e: "500", m: "mend" };

/** The live table in a terminal, redrawn twice a second, and the keys of the demo. Returns what ends it. */
export function startTerminal(options: {
  service: Service;
  demo: Demo | undefined;
  lines: readonly Line[];
  stop: () => void;
}): () => Promise<void> {
  const { service, demo, lines, stop } = options;
  const boxes = [...(demo?.servers.keys() ?? [])];
  let action = "kill";
  const { config, addresses, token } = service;
  const shown = { port: addresses.dns, name: config.pools[0]?.names[0]?.name ?? "", token, boxes };
  const draw = async (): Promise<void> => {
    const status = await service.status();
    const hints = hintsOf(shown, action);
    const { columns, rows } = process.stdout;
    const screen = renderScreen({ status, lines, workers: service.workers(), hints, columns, rows });
    process.stdout.write(`\u001b[H\u001b[2J${screen}`);
  };
  const press = async (key: string): Promise<void> => {
    if (key === "q") return stop();
    action = ACTIONS[key] ?? action;
    const box = boxes[Number(key) - 1];
    if (box) await command([box, action], service, demo);
    if (key === "r") await toggleRegion(service);
  };
  const timer = setInterval(() => void draw().catch((error: unknown) => service.note(String(error))), REFRESH_MS);
  process.stdout.write("\u001b[?1049h\u001b[?25l");
  if (process.stdin.isTTY) {
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on("keypress", (text: string | undefined, key: { ctrl?: boolean; name?: string }) => {
      if (key.ctrl && key.name === "c") return stop();
      void press(text ?? "").catch((error: unknown) => service.note(String(error)));
    });
  }
  return async () => {
    clearInterval(timer);
    if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
    process.stdout.write("\u001b[?25h\u001b[?1049l");
  };
}

type Shown = { port: number; name: string; token: string; boxes: readonly string[] };

/** What stays on the screen: how to ask, the token of the API, and what the keys do where there is a demo to break. */
export function hintsOf({ port, name, token, boxes }: Shown, action: string): string[] {
  const numbered = boxes.map((box, at) => `${at + 1} ${box}`).join(", ");
  return [
    `dig @127.0.0.1 -p ${port} ${name} +short`,
    `token ${token}`,
    ...(boxes.length > 0 ? [`[k]ill [h]ang [e]rror 500 [m]end: now ${action}; then ${numbered}`] : []),
    `${boxes.length > 0 ? "[r] drops or restores a region  " : ""}[q] quits`,
  ];
}

/** Drops the last region of the list, or brings back the one that is dropped. */
async function toggleRegion(service: Service): Promise<void> {
  const workers = Object.entries(service.workers());
  const dropped = workers.find(([, state]) => state !== "up");
  const last = workers.at(-1);
  if (dropped) await service.setRegion(dropped[0], "up");
  else if (last) await service.setRegion(last[0], "dropped");
}
