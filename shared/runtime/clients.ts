// What every SDK client is made with. The wire files beside this one are the only places that make clients.

/** Time to connect, for every client: a region that does not answer by then is taken for gone. */
const CONNECT_MS = 1000;

/**
 * A client's options: one request takes at most `requestMs` and is tried `attempts` times. Without `requestMs` the
 * caller's AbortSignal is the only deadline. Connections are kept alive, as the SDK does by itself.
 */
export function clientOptions(region: string, { requestMs, attempts }: { requestMs?: number; attempts: number }) {
  return {
    region,
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // Without the second option the SDK only warns of the first.
      ...(requestMs === undefined ? {} : { requestTimeout: requestMs, throwOnRequestTimeout: true }),
    },
  };
}

/** Makes each region's client when it is first asked for. */
export function perRegion<Client>(make: (region: string) => Client): (region: string) => Client {
  const made = new Map<string, Client>();
  return (region) => {
    const client = made.get(region) ?? make(region);
    made.set(region, client);
    return client;
  };
}
