import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode } from "dns-packet";

/** Enough that a record with a tenth of the weight is missed by all of them in less than one of 10^9 samples. */
const SAMPLE = 200;

const ANSWER_MS = 500;
const ATTEMPTS = 20;

export type Resolver = {
  /** The addresses among many answers for the name. */
  sample(name: string): Promise<Set<string>>;
  /** Samples until the answers fit; rejects with what it saw last. */
  until(name: string, fits: (seen: Set<string>) => boolean, withinMs: number): Promise<Set<string>>;
  close(): void;
};

/** A real DNS client on UDP that asks the service's DNS port. */
export async function createResolver(port: number): Promise<Resolver> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const waiting = new Map<number, (addresses: string[]) => void>();
  let next = 0;
  socket.on("message", (packet) => {
    const { id = -1, answers = [] } = decode(packet);
    const addresses = answers.flatMap((answer) => (answer.type === "A" ? [answer.data] : []));
    waiting.get(id)?.(addresses);
    waiting.delete(id);
  });
  const ask = (name: string): Promise<string[] | undefined> => {
    const id = next++ % 65_536;
    const { promise, resolve } = Promise.withResolvers<string[] | undefined>();
    const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    waiting.set(id, (addresses) => {
      clearTimeout(timer);
      resolve(addresses);
    });
    socket.send(encode({ type: "query", id, questions: [{ type: "A", name }] }), port, "127.0.0.1");
    return promise;
  };
  const sample = async (name: string): Promise<Set<string>> => {
    for (let attempt = 1; ; attempt += 1) {
      const all = await Promise.all(Array.from({ length: SAMPLE }, () => ask(name)));
      const answered = all.flatMap((addresses) => addresses ?? []);
      const missed = all.filter((addresses) => addresses === undefined).length;
      // A server that has not started yet answers nobody. What only some have been answered says nothing of who is missing.
      if (missed === 0 || missed === SAMPLE) return new Set(answered);
      if (attempt === ATTEMPTS) throw new Error(`${missed} of ${SAMPLE} questions were not answered`);
    }
  };
  return {
    sample,
    until: async (name, fits, withinMs) => {
      const endMs = Date.now() + withinMs;
      for (;;) {
        const seen = await sample(name);
        if (fits(seen)) return seen;
        if (Date.now() > endMs)
          throw new Error(`after ${withinMs} ms ${name} still answers with ${[...seen].join(", ") || "nothing"}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    close: () => socket.close(),
  };
}
