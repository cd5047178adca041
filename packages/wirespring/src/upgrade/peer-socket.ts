import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * What a socket does not tell by itself: whether its peer has reset the connection, and whether it still speaks HTTP. Asked by the upgrade
 * attempt, which marks the sockets that it gets, and by the embedded server; calls nothing.
 */

/** The part of Node's handle of a TCP connection that asks the system; below zero for a connection that is none any more. */
interface Handle {
  readonly _handle?: { getpeername?(found: object): number } | null;
}

const upgraded = new WeakSet<Duplex>();

/** Notes that a socket does not speak HTTP any more: it is its session's, or somebody else's who listens for upgrades. */
export function markUpgraded(socket: Duplex): void {
  upgraded.add(socket);
}

/** Tells whether a socket was marked. */
export function wasUpgraded(socket: Duplex): boolean {
  return upgraded.has(socket);
}

/**
 * Tells whether the peer of a socket has reset it. The stream learns that from its next read only, behind the request that came before; the
 * system has forgotten the peer's address by then. False for what has no addresses: a Unix socket, a stream in memory.
 */
export function isGone(socket: Duplex): boolean {
  if (socket.destroyed) return true;
  const { remoteAddress, _handle } = socket as Socket & Handle;
  if (remoteAddress === undefined) return (socket as Socket).localAddress !== undefined;
  // Node answers what it was told when it was first asked.
  return (_handle?.getpeername?.({}) ?? 0) < 0;
}
