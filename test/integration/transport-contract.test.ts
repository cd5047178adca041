import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { encodeFrame, RawClient, VirtualClock } from "@wirespring/testing";
import { transportContract, type ContractConnection, type ContractOpening } from "@wirespring/testing/contract";
import { defaultLimits, WsAcceptor } from "wirespring/spi";

const limits = { ...defaultLimits, closeTimeout: 5_000 };

/** A server with one connection, and the raw client at its other end. */
async function wsConnection(opening: ContractOpening): Promise<ContractConnection> {
  const clock = new VirtualClock();
  const acceptor = new WsAcceptor({ clock });
  const server = createServer();
  let writes = (): number => 0;
  server.on("upgrade", (request, socket, head) => {
    acceptor.accept(request, socket, head, {
      subprotocol: "",
      headers: [],
      endpoint: { config: { limits } },
      open(transport) {
        writes = countWrites(socket as Socket);
        opening.opened(transport);
      },
      abandon: () => {},
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = await RawClient.connect({ port });
  const early = Buffer.concat(opening.early.map(encodeFrame));
  const { status } = await client.upgrade({ early });
  if (status !== 101) throw new Error(`the upgrade was answered with ${status}`);
  return {
    peer: {
      send: (...frames) => client.frame(...frames),
      nextFrame: () => client.nextFrame(),
      stall: () => client.stall(),
      unstall: () => client.unstall(),
      end: () => client.end(),
      drop: () => client.reset(),
    },
    closeTimeout: limits.closeTimeout,
    advance: (milliseconds) => clock.advance(milliseconds),
    writes: () => writes(),
    dispose: async () => {
      client.destroy();
      acceptor.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** Counts what leaves for the operating system: one call for each write, however many chunks are in it. */
function countWrites(socket: Socket): () => number {
  let count = 0;
  const target = socket as unknown as Record<"_write" | "_writev", (...args: unknown[]) => void>;
  for (const name of ["_write", "_writev"] as const) {
    const original = target[name];
    target[name] = function (...args) {
      count++;
      original.apply(this, args);
    };
  }
  return () => count;
}

transportContract("ws", wsConnection);
