import { connect, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

/**
 * Opens a connection to an IP literal; no name is resolved. Whoever wants its errors listens for them; one that comes
 * when nobody does (after the verdict, or after a bug of ours) does not become an exception.
 */
export function open(address: string, port: number): Socket {
  return connect({ host: address, port, autoSelectFamily: false }).on("error", ignore);
}

function ignore(): void {}

/**
 * Ends a connection whose verdict is known: with RST, so that neither side keeps a socket in TIME_WAIT. Three are only
 * dropped: one that does not stand yet, because `resetAndDestroy` would wait for it, long after our deadline; one
 * whose sending side is shut already, where it fails and leaks the descriptor (EINVAL from libuv); and one under TLS,
 * where resetting the socket below ends Node 24 with a segmentation fault.
 */
export function hangUp(socket: Socket): void {
  const isPlain = !(socket instanceof TLSSocket);
  if (isPlain && !socket.connecting && !socket.destroyed && !socket.writableEnded) socket.resetAndDestroy();
  else socket.destroy();
}
