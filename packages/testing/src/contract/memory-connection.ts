import { memoryPair } from "../memory-client.js";
import { VirtualClock } from "../virtual-clock.js";
import type { ContractConnection, ContractOpening } from "./subject.js";

/** Makes a memory transport and its client for the contract suite. `patience`: milliseconds that a frame may take to come. */
export async function memoryConnection(opening: ContractOpening, patience = 5_000): Promise<ContractConnection> {
  const clock = new VirtualClock();
  const closeTimeout = 5_000;
  const { transport, client } = memoryPair({ answers: false, clock, closeTimeout, patience });
  if (opening.early.length > 0) client.frame(...opening.early);
  opening.opened(transport);
  return {
    peer: {
      send: (...frames) => client.frame(...frames),
      nextFrame: () => client.nextFrame(),
      stall: () => client.stall(),
      unstall: () => client.unstall(),
      end: () => client.end(),
      drop: () => client.drop(),
    },
    closeTimeout,
    advance: (milliseconds) => clock.advance(milliseconds),
    writes: () => client.writes,
    dispose: async () => client.drop(),
  };
}
