import { FrameReader } from "./client-frames.js";
import { dialects } from "./dialects.js";
import { closeConnections, mismatch, openConnections, type LoadConnection } from "./load-connection.js";
import { measureWindow } from "./load-window.js";
import type { EchoWork, Measured, Order } from "./work.js";

/**
 * Messages that come back: on each connection as many are under way as the work says, all the time. Called by `load.ts`.
 */

/** Milliseconds that the last answers may take. */
const DRAIN_PATIENCE = 5_000;

/** Measures echo. Throws when the first answer on a connection is not what was sent. */
export async function loadEcho(order: Order, work: EchoWork): Promise<Measured> {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(Math.ceil(work.bytes / 45)).slice(0, work.bytes);
  const frame = dialects[order.dialect].echo(order.mode, text);
  const batch = Buffer.concat(Array.from({ length: work.inFlight }, () => frame));
  const expected = expectedAnswer(order, frame);
  const connections = await openConnections(order, work.connections, 64);
  const state = { answers: 0, underWay: 0, stopped: undefined as (() => void) | undefined };
  for (const connection of connections) keepBusy(connection, { frame, batch, expected }, state);
  for (const { socket } of connections) socket.write(batch);
  state.underWay = connections.length * work.inFlight;
  const measured = await measureWindow(order, () => state.answers);
  await drained(state);
  await closeConnections(connections);
  return measured;
}

interface Traffic {
  answers: number;
  underWay: number;
  /** Called when nothing is under way any more; once it is there, nothing more is sent. */
  stopped: (() => void) | undefined;
}

interface Request {
  readonly frame: Buffer;
  /** As many frames as may be under way on a connection. */
  readonly batch: Buffer;
  readonly expected: Buffer;
}

function keepBusy(connection: LoadConnection, { frame, batch, expected }: Request, traffic: Traffic): void {
  let due = 0;
  let checked = false;
  connection.listen({
    frame: (_first, bytes, start, end) => {
      if (!checked) {
        if (expected.compare(bytes, start, end) !== 0)
          throw new Error(mismatch(String(expected), bytes.toString("utf8", start, end)));
        checked = true;
      }
      due++;
    },
    chunk: () => {
      if (due === 0) return;
      traffic.answers += due;
      if (traffic.stopped === undefined) connection.socket.write(batch.subarray(0, due * frame.length));
      else if ((traffic.underWay -= due) === 0) traffic.stopped();
      due = 0;
    },
  });
}

/** Sends nothing more and resolves when all answers have come. */
async function drained(traffic: Traffic): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${traffic.underWay} answers never came`)), DRAIN_PATIENCE);
    traffic.stopped = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** The payload that comes back; from the floor, which does not know frames, it comes masked. */
function expectedAnswer({ dialect }: Order, frame: Buffer): Buffer {
  let expected = Buffer.alloc(0);
  new FrameReader((_first, bytes, start, end) => {
    const mask = bytes.subarray(start - 4, start);
    expected = Buffer.from(bytes.subarray(start, end));
    if (dialect !== "net") for (let at = 0; at < expected.length; at++) expected[at]! ^= mask[at & 3]!;
  }).push(frame);
  return expected;
}
