import { encodeFrame, memoryPair, settle, VirtualClock, type MemoryClient } from "@wirespring/testing";
import fc from "fast-check";
import type { Transport, WsAcceptor } from "wirespring/spi";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { SinkRecord, type Interference } from "./sink-record.js";
import { pairAcceptor, shortFrame, SocketPair, type StreamEnd } from "./socket-pair.js";

/**
 * The same frames to a ws transport and to one in memory: both tell their sinks the same and send the same, whatever the frames are and however
 * their bytes are cut (T35 to T51).
 */

/** A frame; each character of the payload is a byte. */
interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: string;
}

/** What a peer sends, and what becomes of it meanwhile. */
interface FrameStream {
  readonly frames: readonly Frame[];
  /** The last frame declares so many bytes more than it has. */
  readonly missing: number;
  /** Where the bytes are cut into chunks; a first cut at 0: nothing comes with the request. */
  readonly cuts: readonly number[];
  readonly end: StreamEnd;
  readonly parts: boolean;
  readonly interference: Interference | null;
}

/** Small, so that streams reach it. */
const MAX_BYTES = 150;

const CHUNKS = 5;

const PAYLOADS = [
  "",
  "a",
  "\xe2\x82\xac",
  "\xe2\x82",
  "\xac",
  "\xf0\x9f",
  "\x98\x80",
  "\xed\xa0\x80",
  "\xff",
  "\xc0\xaf",
  "\0",
  "x".repeat(125),
  "x".repeat(126),
  "x".repeat(150),
  "y".repeat(151),
  "\x03\xe8",
  "\x03\xe8bye",
  "\x03\xe8\xff",
  "\x03",
  "\x03\xec",
  "\x03\xed",
  "\x03\xee",
  "\x03\xf7",
  "\x0b\xb8",
  "\x13\x87",
  "\x13\x88",
  "\x00\x00",
] as const;

const frame: fc.Arbitrary<Frame> = fc
  .tuple(
    fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 2, 8, 9, 10, 9, 10, 3, 11, 15),
    fc.constantFrom(true, true, false),
    fc.constantFrom(...Array<number>(30).fill(0), 1, 2, 4, 7),
    fc.constantFrom(...PAYLOADS),
  )
  .map(([opcode, fin, rsv, payload]) => ({ opcode, fin, rsv, payload }));

const interference: fc.Arbitrary<Interference | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  fc.record({ after: fc.integer({ min: 1, max: 3 }), what: fc.constantFrom("close", "pause", "terminate") }),
);

const inputs: fc.Arbitrary<FrameStream> = fc.record({
  frames: fc.array(frame, { minLength: 1, maxLength: 7 }),
  missing: fc.constantFrom(0, 0, 0, 0, 1, 200, 70_000),
  cuts: fc.array(fc.nat(300), { maxLength: CHUNKS - 1 }),
  end: fc.constantFrom("fin", "reset", "stay"),
  parts: fc.boolean(),
  interference,
});

/** One stream on both transports. */
class Run {
  readonly #pair: SocketPair;
  readonly #client: MemoryClient;
  readonly #end: StreamEnd;
  /** Whether a connection is broken off: what was on its way may get there or not. */
  readonly #breaks: boolean;
  readonly #chunks: readonly Buffer[];
  readonly #transports: Transport[] = [];
  readonly #records: SinkRecord[] = [];

  constructor(stream: FrameStream, acceptor: WsAcceptor, clock: VirtualClock) {
    const { frames, missing, parts, end } = stream;
    const listen = (transport: Transport): void => {
      const record = new SinkRecord(transport, { parts, maxBytes: MAX_BYTES }, stream.interference);
      this.#transports.push(transport);
      this.#records.push(record);
      transport.listen(record);
    };
    const sent = frames.map((each, index) => {
      const payload = Buffer.from(each.payload, "latin1");
      return { ...each, payload, length: payload.length + (index === frames.length - 1 ? missing : 0) };
    });
    const [early, ...chunks] = cut(Buffer.concat(sent.map(encodeFrame)), stream.cuts);
    this.#chunks = chunks;
    this.#end = end;
    this.#breaks = end === "reset" || stream.interference?.what === "terminate";
    this.#pair = new SocketPair(acceptor, early!, listen);
    const { transport, client } = memoryPair({ clock, answers: false });
    this.#client = client;
    listen(transport);
    client.frame(...sent);
  }

  /** Lets the next chunk arrive, if there is one. */
  feed(turn: number): void {
    const chunk = this.#chunks[turn];
    if (chunk !== undefined) this.#pair.arrive(chunk);
  }

  end(): void {
    this.#pair.end(this.#end);
    if (this.#end === "fin") this.#client.end();
    else if (this.#end === "reset") this.#client.drop();
  }

  judge(): void {
    const [ws, memory] = this.#records.map((record) => record.events.join("; "));
    for (const { fault } of this.#records) if (fault !== undefined) throw new Error(fault);
    if (ws !== memory) throw new Error(`told by ws: ${ws}\nin memory: ${memory}`);
    if (this.#breaks) return;
    const sent = this.#pair.sent().join("; ");
    const received = this.#client.frames.map(({ opcode, payload }) => shortFrame(opcode, payload)).join("; ");
    if (sent !== received) throw new Error(`sent by ws: ${sent}\nin memory: ${received}`);
  }

  terminate(): void {
    for (const transport of this.#transports) transport.terminate();
  }

  judgeEnd(): void {
    for (const { isClosed, fault } of this.#records)
      if (!isClosed || fault !== undefined) throw new Error(fault ?? "the end was not told");
    if (!this.#pair.isOver) throw new Error("the socket is open still");
  }
}

/** Cuts bytes at these places, with an empty chunk where a place comes twice. */
function cut(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = cuts.map((each) => Math.min(each, bytes.length)).sort((one, other) => one - other);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

class Frames implements Trial<FrameStream> {
  readonly #clock = new VirtualClock();
  readonly #acceptor = pairAcceptor(this.#clock);
  #runs: Run[] = [];

  attempt(stream: FrameStream): void {
    this.#runs.push(new Run(stream, this.#acceptor, this.#clock));
  }

  async settle(): Promise<void> {
    const runs = this.#runs;
    this.#runs = [];
    let timers = 0;
    for (let turn = 0; turn < CHUNKS; turn++) {
      for (const run of runs) run.feed(turn);
      await settle(1);
    }
    for (const run of runs) run.end();
    await settle(6);
    try {
      for (const run of runs) run.judge();
    } finally {
      for (const run of runs) run.terminate();
      await settle(3);
      timers = this.#clock.pending;
      // What follows begins without them.
      if (timers > 0) await this.#clock.advance(60_000);
    }
    for (const run of runs) run.judgeEnd();
    if (timers > 0) throw new Error(`${timers} timers are left`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#acceptor.close();
  }
}

export const frameFuzzer: Fuzzer<FrameStream> = {
  name: "frames",
  inputs,
  together: 250,
  start: () => Promise.resolve(new Frames()),
};
