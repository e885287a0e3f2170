// A connection cut wherever one likes: a real proxy in front of a real server.
import { connect, type Socket } from "node:net";
import { listen, type Listening, LOOPBACK } from "./servers.ts";

/** What becomes of the connection once so many bytes have come from the server. */
export type Cut = "reset" | "close" | "stall";

/** Passes on everything that the client says, and of what the server says only so many bytes; then it cuts. */
export async function cutting(
  port: number,
  cut: Cut,
  afterBytes: number,
): Promise<Listening & { passed: () => number }> {
  let passed = 0;
  const servers: Socket[] = [];
  const listening = await listen((client) => {
    const server = connect({ port, host: LOOPBACK }).on("error", () => {});
    servers.push(server);
    client.pipe(server);
    const end = (): void => {
      if (cut === "reset") client.resetAndDestroy();
      if (cut === "close") client.end();
      server.destroy();
    };
    if (afterBytes === 0) return end();
    server.on("data", (bytes: Buffer) => {
      const room = afterBytes - passed;
      passed += Math.min(room, bytes.length);
      // What has been sent may still be on its way when an RST overtakes it: the probe gets a moment to read.
      const isLast = bytes.length >= room;
      client.write(bytes.subarray(0, room), () => isLast && setTimeout(end, cut === "reset" ? 10 : 0));
    });
    server.on("close", () => passed < afterBytes && client.end());
  });
  const dispose = async (): Promise<void> => {
    for (const server of servers) server.destroy();
    await listening[Symbol.asyncDispose]();
  };
  return { port: listening.port, sockets: listening.sockets, passed: () => passed, [Symbol.asyncDispose]: dispose };
}
