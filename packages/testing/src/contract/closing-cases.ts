import { expect } from "vitest";
import { CloseReason } from "wirespring/spi";
import { closing, more, ping, text } from "./frames.js";
import type { Subject } from "./subject.js";
import type { TransportCase } from "./transport-case.js";

/** How a connection ends, and what both sides learn of it. */

const VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
const INVALID = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535];
const UNSENDABLE = [1004, 1006, 1015, 1016, 2999];

export const closingCases: readonly TransportCase[] = [
  ...VALID.map((code) => peerCloses(`tells of the peer's close code ${code} (T41)`, `bye ${code}`, code)),
  {
    name: "tells of an empty close frame as 1005 and answers with one",
    async run(open) {
      const subject = await open();
      subject.peer.send(closing());
      await subject.sink.untilClosed();
      expect(subject.sink.told).toEqual(["closed:1005::clean"]);
      expect(await subject.frames(1)).toEqual(["close:"]);
    },
  },
  ...INVALID.map((code) => peerIsRefused(`refuses the close code ${code} with 1002 (T41)`, closing(code), 1002)),
  peerIsRefused("refuses a close frame of one byte with 1002 (T41)", { opcode: 8, payload: "x" }, 1002),
  peerIsRefused("refuses a close phrase that is not UTF-8 with 1007 (T42)", closing(1000, Buffer.of(0xff)), 1007),
  {
    name: "tells of the peer's close frame at once, though its connection stays",
    async run(open) {
      const subject = await open();
      subject.peer.send(text("last"), closing(1000));
      expect(await subject.sink.untilTold(2)).toEqual(["text:last", "closed:1000::clean"]);
      await subject.connection.advance(subject.connection.closeTimeout);
      expect(subject.sink.told.length).toBe(2);
    },
  },
  {
    name: "tells of a connection that ends without a close frame as 1006",
    async run(open) {
      const subject = await open();
      subject.peer.send(text("last"), text("unfinished", false));
      subject.peer.end();
      await subject.sink.untilClosed();
      expect(subject.sink.told).toEqual(["text:last", "closed:1006::unclean"]);
      const error = await subject.done((done) => subject.transport.send("after", undefined, done));
      expect(error).toBeInstanceOf(Error);
    },
  },
  {
    name: "tells of a lost connection as an error and 1006",
    async run(open) {
      const subject = await open();
      subject.peer.send(text("last"));
      await subject.sink.untilTold(1);
      subject.peer.drop();
      await subject.sink.untilClosed();
      expect(subject.sink.told).toEqual(["text:last", "failed", "closed:1006::unclean"]);
    },
  },
  {
    name: "sends what waits, then the close frame, and is closed with the answer",
    async run(open) {
      const subject = await open();
      const { transport, sink } = subject;
      transport.send("1");
      transport.send("2", { fin: false });
      transport.close(new CloseReason(4003, "grüße"));
      expect(await subject.frames(3)).toEqual(["text:1", "+text:2", "close:4003:grüße"]);
      expect(sink.told).toEqual([]);
      subject.peer.send(closing(4003, "grüße"));
      await sink.untilClosed();
      expect(sink.told).toEqual(["closed:4003:grüße:clean"]);
    },
  },
  ...UNSENDABLE.map((code) => closes(`sends 1000 and the phrase for the code ${code} (J-158)`, code, "close:1000:why")),
  closes("sends an empty close frame for the code 1005 (J-158)", 1005, "close:"),
  closes("sends a code of the application as it is", 4999, "close:4999:why"),
  {
    name: "heeds the first close only",
    async run(open) {
      const subject = await open();
      subject.transport.close(new CloseReason(4001));
      subject.transport.close(new CloseReason(4002));
      expect(await subject.frames(1)).toEqual(["close:4001:"]);
      subject.transport.close(new CloseReason(4003));
      subject.peer.send(closing(4001));
      await subject.sink.untilClosed();
      await expect(subject.peer.nextFrame()).rejects.toBeInstanceOf(Error);
    },
  },
  {
    name: "delivers what arrives between close and its answer",
    async run(open) {
      const subject = await open();
      const { transport, peer, sink } = subject;
      peer.send(text("a", false));
      transport.close(new CloseReason(1000));
      expect(await subject.frames(1)).toEqual(["close:1000:"]);
      peer.send(more("b", true), text("c"), closing(1000));
      await sink.untilClosed();
      expect(sink.told).toEqual(["text:ab", "text:c", "closed:1000::clean"]);
    },
  },
  {
    name: "reads the answer though it was paused, and cannot be paused after close (F09)",
    async run(open) {
      const subject = await open();
      const { transport, peer, sink } = subject;
      transport.pause();
      peer.send(text("held"));
      await subject.settle();
      transport.close(new CloseReason(1000));
      transport.pause();
      expect(await subject.frames(1)).toEqual(["close:1000:"]);
      peer.send(closing(1000));
      await sink.untilClosed();
      expect(sink.told).toEqual(["text:held", "closed:1000::clean"]);
    },
  },
  {
    name: "ends a connection whose peer does not answer in time, not before (T55)",
    async run(open) {
      const subject = await open();
      const { transport, sink, connection } = subject;
      transport.close(new CloseReason(1000));
      expect(await subject.frames(1)).toEqual(["close:1000:"]);
      await connection.advance(connection.closeTimeout - 1);
      expect(sink.told).toEqual([]);
      await connection.advance(1);
      await sink.untilClosed();
      expect(sink.told).toEqual(["closed:1006::unclean"]);
    },
  },
  {
    name: "ends a connection in time whose peer does not read what waits before the close frame (F09)",
    async run(open) {
      const subject = await open();
      const { transport, sink, peer, connection } = subject;
      peer.stall();
      for (let index = 0; index < 512; index++) transport.send(Buffer.alloc(65_536));
      transport.close(new CloseReason(1000));
      await subject.settle();
      expect(sink.told).toEqual([]);
      await connection.advance(connection.closeTimeout);
      await sink.untilClosed();
      expect(sink.told).toEqual(["closed:1006::unclean"]);
      expect(transport.bufferedAmount).toBe(0);
    },
  },
  {
    name: "terminates at once: 1006, and nothing more is delivered, also of the chunk in hand",
    async run(open) {
      let transport: Subject["transport"] | undefined;
      const subject = await open({
        react: (event) => {
          if (event.type === "message") transport!.terminate();
        },
      });
      transport = subject.transport;
      subject.peer.send(text("1"), text("2"), ping());
      await subject.sink.untilClosed();
      await subject.settle();
      expect(subject.sink.told).toEqual(["text:1", "closed:1006::unclean"]);
    },
  },
  {
    name: "terminates while it is paused: closed comes, and what was held is not delivered",
    async run(open) {
      let transport: Subject["transport"] | undefined;
      const subject = await open({
        react: (event) => {
          if (event.type === "message") transport!.pause();
        },
      });
      transport = subject.transport;
      subject.peer.send(text("1"), text("2"));
      await subject.sink.untilTold(1);
      transport.terminate();
      await subject.sink.untilClosed();
      await subject.settle();
      expect(subject.sink.told).toEqual(["text:1", "closed:1006::unclean"]);
    },
  },
  {
    name: "calls nothing after closed, whatever the peer sends",
    async run(open) {
      const subject = await open();
      const { peer, sink, transport } = subject;
      peer.send(text("1"), closing(1000), text("2"), ping(), closing(1001));
      await sink.untilClosed();
      transport.resume();
      transport.close(new CloseReason(1011));
      transport.terminate();
      await subject.settle();
      expect(sink.told).toEqual(["text:1", "closed:1000::clean"]);
    },
  },
  {
    name: "throws in no state",
    async run(open) {
      const subject = await open();
      const { transport, sink } = subject;
      const callAll = (): void => {
        transport.pause();
        transport.resume();
        transport.send("a");
        transport.send("a", { fin: false });
        transport.send(Buffer.alloc(10), undefined, () => {});
        transport.ping(new Uint8Array(1_000));
        transport.pong();
        transport.flush();
        expect(transport.bufferedAmount).toBeGreaterThanOrEqual(0);
      };
      callAll();
      transport.close(new CloseReason(1006, "nobody sends this"));
      callAll();
      transport.close(new CloseReason(1000));
      transport.terminate();
      callAll();
      await sink.untilClosed();
      callAll();
      transport.close(new CloseReason(1000));
      transport.terminate();
      await subject.settle();
      expect(sink.told.length).toBe(1);
    },
  },
];

function peerCloses(name: string, phrase: string, code: number): TransportCase {
  return {
    name,
    async run(open) {
      const subject = await open();
      subject.peer.send(closing(code, phrase));
      await subject.sink.untilClosed();
      expect(subject.sink.told).toEqual([`closed:${code}:${phrase}:clean`]);
      expect((await subject.peer.nextFrame()).payload.readUInt16BE(0)).toBe(code);
    },
  };
}

function peerIsRefused(name: string, frame: ReturnType<typeof closing>, code: number): TransportCase {
  return {
    name,
    async run(open) {
      const subject = await open();
      subject.peer.send(frame);
      await subject.sink.untilClosed();
      expect(subject.sink.told).toEqual(["failed", `closed:${code}::unclean`]);
      expect(await subject.frames(1)).toEqual([`close:${code}:`]);
    },
  };
}

function closes(name: string, code: number, onTheWire: string): TransportCase {
  return {
    name,
    async run(open) {
      const subject = await open();
      subject.transport.close(new CloseReason(code, "why"));
      expect(await subject.frames(1)).toEqual([onTheWire]);
    },
  };
}
