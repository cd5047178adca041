import { constants, inflateRawSync } from "node:zlib";
import { dialects } from "./dialects.js";
import { closeConnections, mismatch, openConnections, type LoadConnection } from "./load-connection.js";
import { measureWindow } from "./load-window.js";
import { percentileOf } from "./statistics.js";
import type { BroadcastWork, Measured, Order } from "./work.js";

/**
 * Messages that go to everybody: one connection publishes, and hears itself beside all the receivers. Called by `load.ts`.
 */

/** Beyond this many bytes of different text, no compressor finds an earlier message in its window. */
const VARIETY = 131_072;

/** Measures broadcast. Throws when the first delivery is not what was published. */
export async function loadBroadcast(order: Order, work: BroadcastWork): Promise<Measured> {
  const connections = await openConnections(order, work.receivers + 1, 64);
  const publisher = new Publisher(order, work, connections);
  publisher.publish();
  const measured = await measureWindow(
    order,
    () => publisher.deliveries,
    () => publisher.burstEnd(),
  );
  publisher.stop();
  await publisher.burstEnd();
  await closeConnections(connections);
  const acknowledged = percentileOf(publisher.waits, 0.5);
  return { ...measured, ...(acknowledged === undefined ? {} : { acknowledged }) };
}

class Publisher {
  /** Messages that the receivers have got; what the publisher gets of its own does not count. */
  deliveries = 0;
  /** Milliseconds from each publication to its `ok`. */
  readonly waits: number[] = [];
  readonly #order: Order;
  readonly #burst: number;
  readonly #connection: LoadConnection;
  readonly #texts: readonly string[];
  readonly #frames: readonly Buffer[];
  /** Frames that come for one burst: to all receivers and the publisher each message, to the publisher an `ok` for each. */
  readonly #expected: number;
  #due = 0;
  #next = 0;
  #published = 0;
  #isChecked = false;
  #burstEnded: (() => void) | undefined;
  #isStopped = false;

  constructor(order: Order, work: BroadcastWork, connections: readonly LoadConnection[]) {
    this.#order = order;
    this.#burst = work.burst;
    // Neither the first to be served nor the last: its wait must not depend on the order in which a server goes round.
    this.#connection = connections[Math.floor(connections.length / 2)]!;
    this.#texts = texts(work.bytes, Math.max(work.burst, Math.ceil(VARIETY / work.bytes)));
    this.#frames = this.#texts.map((text) => dialects[order.dialect].publish(text));
    this.#expected = (work.receivers + 2) * work.burst;
    const received = (): void => {
      this.deliveries++;
      this.#arrived();
    };
    for (const connection of connections) connection.listen({ frame: received });
    this.#connection.listen({ frame: (...frame) => this.#heard(...frame) });
  }

  publish(): void {
    this.#due = this.#expected;
    this.#published = performance.now();
    const frames: Buffer[] = [];
    for (let index = 0; index < this.#burst; index++) frames.push(this.#frames[this.#next++ % this.#frames.length]!);
    this.#connection.socket.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  /** Publishes nothing more after the burst that is under way. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when everybody has all of the burst that is under way. */
  async burstEnd(): Promise<void> {
    await new Promise<void>((resolve) => (this.#burstEnded = resolve));
  }

  /** The publisher's own frames: what everybody gets, and its `ok`. */
  #heard(first: number, bytes: Buffer, start: number, end: number): void {
    const { acknowledgement, greeting } = dialects[this.#order.dialect];
    const isCompressed = (first & 0x40) !== 0;
    // What was compressed after other messages cannot be read without them.
    const text =
      isCompressed && (this.#isChecked || greeting !== undefined) ? undefined : textOf(isCompressed, bytes, start, end);
    if (text?.startsWith(acknowledgement) === true) this.waits.push(performance.now() - this.#published);
    else if (!this.#isChecked) {
      if (text?.includes(this.#texts[0]!) === false) throw new Error(mismatch(this.#texts[0]!, text));
      this.#isChecked = true;
    }
    this.#arrived();
  }

  #arrived(): void {
    if (--this.#due > 0) return;
    this.#burstEnded?.();
    this.#burstEnded = undefined;
    if (!this.#isStopped) this.publish();
  }
}

function textOf(isCompressed: boolean, bytes: Buffer, start: number, end: number): string {
  if (!isCompressed) return bytes.toString("latin1", start, end);
  // RFC 7692, section 7.2.2: the end that every message has is not sent.
  const message = Buffer.concat([bytes.subarray(start, end), Buffer.from([0, 0, 255, 255])]);
  return inflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH }).toString("latin1");
}

/** Words without anything that JSON would escape, the same in every run. */
function texts(bytes: number, count: number): string[] {
  const words = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt".split(" ");
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: count }, (_, index) => {
    let text = `say ${index}`;
    while (text.length < bytes) text += ` ${words[random(words.length)]} ${random(1_000)}`;
    return text.slice(0, bytes);
  });
}
