// Before tsyringe, which needs the metadata that this loads.
import { EndpointExporter, type Class, type LogRecord, type Metrics, type ServerContainer } from "wirespring";
import { memoryPair, Opcode, RawClient, readClose, settle, upgradeRequest, VirtualClock } from "@wirespring/testing";
import type { PeerFrame, ReceivedClose, ReceivedFrame } from "@wirespring/testing";
import { container } from "tsyringe";
import { Refusal, systemClock } from "wirespring/spi";
import { serve } from "./served.js";

/** The same sessions on a socket and in memory, by a clock that a test moves. */

/** The other end of a session. Answers nothing by itself, unless it is asked to. */
export interface CarriedPeer {
  frame(...frames: PeerFrame[]): void;
  nextFrame(): Promise<ReceivedFrame>;
  stall(): void;
  unstall(): void;
  /** Loses the connection. */
  drop(): void;
}

/** A server with its clock, and peers as many as a test wants. */
export interface Carried extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly sockets: ServerContainer;
  readonly log: readonly LogRecord[];
  /** Of the server's socket; undefined in memory. */
  readonly port: number | undefined;
  /** @param answers Pings and the close frame, where that can be said. */
  connect(path: string, answers?: boolean): Promise<CarriedPeer>;
}

export type Carrier = "memory" | "ws";
export const carriers: readonly Carrier[] = ["memory", "ws"];

/** What `run` and the exporter take. */
type CarriedLimits = NonNullable<ConstructorParameters<typeof EndpointExporter>[0]>["limits"];

/**
 * Puts endpoints into service.
 *
 * @param realTime The server goes by the system's clock; moving the other one has no effect then.
 */
export async function carry(
  carrier: Carrier,
  endpoints: readonly Class[],
  limits?: CarriedLimits,
  realTime = false,
): Promise<Carried> {
  const virtual = new VirtualClock();
  const clock = realTime ? systemClock : virtual;
  if (carrier === "ws") {
    const served = await serve(endpoints, { clock, ...(limits && { limits }) });
    const peers: RawClient[] = [];
    return {
      clock: virtual,
      sockets: served.sockets,
      log: served.log,
      port: served.port,
      async connect(path) {
        const peer = await RawClient.connect({ port: served.port });
        peers.push(peer);
        const { status } = await peer.upgrade({ path });
        if (status !== 101) throw new Error(`refused: ${status}`);
        return Object.assign(peer, { drop: () => peer.reset() });
      },
      async [Symbol.asyncDispose]() {
        for (const peer of peers) peer.destroy();
        await served[Symbol.asyncDispose]();
      },
    };
  }
  const log: LogRecord[] = [];
  const keep = (record: LogRecord): void => void log.push(record);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const dependencies = container.createChildContainer();
  const options = { endpoints, clock, logger, container: dependencies, ...(limits && { limits }) };
  const sockets = await new EndpointExporter(options).export();
  const peers: CarriedPeer[] = [];
  return {
    clock: virtual,
    sockets,
    log,
    port: undefined,
    async connect(path, answers = false) {
      const admission = await sockets.router.admit(upgradeRequest({ path }));
      if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
      const { transport, client } = memoryPair({ clock, answers });
      admission.open(transport);
      await settle();
      peers.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const peer of peers) peer.drop();
      await sockets.close();
    },
  };
}

/** The next close frame; frames before it are passed over. */
export async function nextClose(peer: CarriedPeer): Promise<ReceivedClose> {
  for (;;) {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode === Opcode.CLOSE) return readClose(payload);
  }
}

/** The texts that come before the close frame, which is the last item: `close 1000`. */
export async function textsToClose(peer: CarriedPeer): Promise<string[]> {
  const texts: string[] = [];
  for (;;) {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode === Opcode.CLOSE) return [...texts, `close ${readClose(payload).code}`];
    if (opcode === Opcode.TEXT) texts.push(String(payload));
  }
}

/** Waits until everything that was sent before has been read by the server: its answer to a ping comes behind it. */
export async function roundTrip(peer: CarriedPeer): Promise<void> {
  peer.frame({ opcode: Opcode.PING, payload: "round" });
  for (;;) {
    const { opcode, payload } = await peer.nextFrame();
    if (opcode === Opcode.PONG && String(payload) === "round") return;
  }
}

/** What was counted of sessions that have ended. */
export function endings({ limitHits, sessionsClosed, sessionsOpen }: Metrics): unknown {
  return { limitHits, sessionsClosed, sessionsOpen };
}

export function text(payload: string): PeerFrame {
  return { opcode: Opcode.TEXT, payload };
}
