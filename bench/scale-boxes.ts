// What the scale bench's processes agree on.
export type Mode = "healthy" | "silent" | "dead";
export const services = ["http", "tcp", "smtp", "imap"] as const;
export type Service = (typeof services)[number];
export type Ready = { ports: Record<Service, number>; canary: number };

/** Addresses of so many boxes. */
export function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `127.2.${Math.floor(index / 250)}.${(index % 250) + 1}`);
}
