import { expect } from "vitest";
import { Opcode } from "../peer-frame.js";
import type { TransportCase } from "./transport-case.js";

/** What a transport tells of itself: when it heard the peer, how much has come and gone, whether a message is there. */

const BIG = 65_536;
/** Together more than what a system's socket buffers hold. */
const MANY = 512;

const text = (payload: string) => ({ opcode: Opcode.TEXT, payload });
const begun = { opcode: Opcode.TEXT, payload: "begun", fin: false };
/** A frame of which the rest never comes. */
const half = { opcode: Opcode.TEXT, payload: "x".repeat(5_000), length: 20_000 };

export const measuringCases: readonly TransportCase[] = [
  {
    name: "tells by its clock when bytes came last, at first when it was made",
    async run(open) {
      const { transport, connection, peer, sink, settle } = await openWith(open);
      const made = transport.heardAt;
      await connection.advance(1_000);
      expect(transport.heardAt).toBe(made);
      peer.send(text("a"));
      await sink.untilTold(1);
      expect(transport.heardAt).toBe(made + 1_000);
      await connection.advance(500);
      transport.send("what is sent is not heard");
      await settle();
      expect(transport.heardAt).toBe(made + 1_000);
      peer.send({ opcode: Opcode.PONG, payload: "p" });
      await sink.untilTold(2);
      expect(transport.heardAt).toBe(made + 1_500);
    },
  },
  {
    name: "hears the peer in the middle of a message, and of a frame",
    async run(open) {
      for (const frame of [begun, half]) {
        const { transport, connection, peer, until } = await openWith(open);
        const made = transport.heardAt;
        await connection.advance(1_000);
        peer.send(frame);
        await until(() => transport.heardAt === made + 1_000, "heardAt");
      }
    },
  },
  {
    name: "counts the bytes it has read, of a frame that is not complete, too",
    async run(open) {
      const { transport, peer, sink, until } = await openWith(open);
      const before = transport.bytesRead;
      peer.send(text("x".repeat(1_000)));
      await sink.untilTold(1);
      const first = transport.bytesRead - before;
      expect(first).toBeGreaterThanOrEqual(1_000);
      expect(first).toBeLessThan(1_100);
      peer.send(half);
      await until(() => transport.bytesRead - before >= first + 5_000, "bytesRead");
      expect(transport.bytesRead - before).toBeLessThan(first + 5_100);
    },
  },
  {
    name: "counts the bytes that the network has taken, and those only",
    async run(open) {
      const { transport, peer, settle, until } = await openWith(open);
      const before = transport.bytesWritten;
      peer.stall();
      for (let count = 0; count < MANY; count++) transport.send(Buffer.alloc(BIG));
      transport.flush();
      await settle();
      const stalled = transport.bytesWritten - before;
      expect(transport.bufferedAmount).toBeGreaterThan(BIG);
      expect(stalled).toBeLessThan((MANY - 1) * BIG);
      await settle();
      expect(transport.bytesWritten - before).toBe(stalled);
      peer.unstall();
      await until(() => transport.bufferedAmount === 0, "all to be taken");
      expect(transport.bytesWritten - before).toBeGreaterThanOrEqual(MANY * BIG);
      expect(transport.bytesWritten - before).toBeLessThan(MANY * (BIG + 100));
    },
  },
  {
    name: "says whether all of a message has arrived when it begins",
    async run(open) {
      const { peer, sink, until } = await openWith(open);
      const told = (): readonly boolean[] =>
        sink.events.flatMap((event) => (event.type === "begin" ? [event.complete] : []));
      peer.send(text("whole"), { opcode: Opcode.BINARY, payload: "" });
      peer.send(begun, { opcode: Opcode.CONTINUATION, payload: "ended" });
      await sink.untilTold(3);
      peer.send(half);
      await until(() => told().length === 4, "begin");
      expect(told()).toEqual([true, true, false, false]);
    },
  },
];

async function openWith(open: Parameters<TransportCase["run"]>[0]) {
  const subject = await open();
  const { transport, connection, peer, sink } = subject;
  return {
    transport,
    connection,
    peer,
    sink,
    settle: () => subject.settle(),
    until: (reached: () => boolean, what: string) => subject.until(reached, what),
  };
}
