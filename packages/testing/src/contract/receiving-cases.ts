import { expect } from "vitest";
import type { PeerFrame } from "../peer-frame.js";
import { binary, more, ping, pong, text } from "./frames.js";
import type { TransportCase } from "./transport-case.js";

/** What a transport does with what its peer sends. */

const IN_PARTS = { parts: true, maxBytes: 65_536 };

export const receivingCases: readonly TransportCase[] = [
  {
    name: "keeps what the peer sent before listen, and never calls the sink from within it",
    async run(open) {
      const { sink, toldWithinListen } = await open({ early: [text("early"), text("bird")] });
      expect(toldWithinListen).toBe(0);
      expect(await sink.untilTold(2)).toEqual(["text:early", "text:bird"]);
    },
  },
  {
    name: "delivers whole messages and asks begin for each",
    async run(open) {
      const { sink, peer } = await open();
      peer.send(text("a"), binary([1, 255]), text(""));
      await sink.untilTold(3);
      expect(sink.everything).toEqual(["begin:text", "text:a", "begin:binary", "binary:01ff", "begin:text", "text:"]);
    },
  },
  {
    name: "joins the frames of a message, with ping and pong in their midst",
    async run(open) {
      const { sink, peer } = await open();
      peer.send(text("a", false), ping("x"), more("b"), pong("y"), more("c", true));
      await sink.untilTold(3);
      expect(sink.everything).toEqual(["begin:text", "ping:x", "pong:y", "text:abc"]);
    },
  },
  {
    name: "gives one part for each frame when begin asks for parts",
    async run(open) {
      const { sink, peer } = await open({ delivery: IN_PARTS });
      peer.send(text("a", false), more(""), more("b", true), binary([7]));
      await sink.untilTold(4);
      expect(sink.everything).toEqual(["begin:text", "part:a", "part:", "last:b", "begin:binary", "last:07"]);
    },
  },
  {
    name: "gives a part before the next frame has come",
    async run(open) {
      const { sink, peer } = await open({ delivery: IN_PARTS });
      peer.send(binary([1], false));
      expect(await sink.untilTold(1)).toEqual(["part:01"]);
      peer.send(more(Buffer.of(2), true));
      expect(await sink.untilTold(2)).toEqual(["part:01", "last:02"]);
    },
  },
  {
    name: "accepts a text part that ends inside a character",
    async run(open) {
      const { sink, peer } = await open({ delivery: IN_PARTS });
      const euro = Buffer.from("€");
      peer.send(text(euro.subarray(0, 1), false), more(euro.subarray(1, 2)), more(euro.subarray(2), true));
      await sink.untilTold(3);
      const parts = sink.events.flatMap((event) => (event.type === "part" ? [event.data] : []));
      expect(Buffer.concat(parts).toString()).toBe("€");
    },
  },
  {
    name: "leaves the bytes that it gave alone",
    async run(open) {
      const { sink, peer } = await open();
      peer.send(binary(Buffer.alloc(1_000, 1)));
      await sink.untilTold(1);
      for (let round = 2; round < 10; round++) {
        peer.send(binary(Buffer.alloc(1_000, round)));
        await sink.untilTold(round);
      }
      const [first] = sink.events.flatMap((event) => (event.type === "message" ? [event.data] : []));
      expect(first!.equals(Buffer.alloc(1_000, 1))).toBe(true);
    },
  },
  {
    name: "accepts a message of exactly maxBytes",
    async run(open) {
      const { sink, peer } = await open({ delivery: { parts: false, maxBytes: 10 } });
      peer.send(text("0123456789"), text("01234", false), more("56789", true));
      expect(await sink.untilTold(2)).toEqual(["text:0123456789", "text:0123456789"]);
    },
  },
  refusal("a message over maxBytes by its declared length", 1009, false, [{ opcode: 1, payload: "", length: 65_537 }]),
  refusal("a message whose frames together are over maxBytes", 1009, false, [
    binary(Buffer.alloc(65_536), false),
    more(Buffer.alloc(1)),
  ]),
  refusal("a frame over maxBytes in parts", 1009, true, [{ opcode: 2, payload: "", length: 65_537 }]),
  {
    name: "applies maxBytes to each frame in parts, not to their sum",
    async run(open) {
      const { sink, peer } = await open({ delivery: { parts: true, maxBytes: 10 } });
      const ten = Buffer.alloc(10, 0x61);
      peer.send(text(ten, false), more(ten), more(ten, true), text(ten));
      expect((await sink.untilTold(4)).map((told) => told.slice(0, 4))).toEqual(["part", "part", "last", "last"]);
    },
  },
  refusal("text that is not UTF-8", 1007, false, [text(Buffer.from("eda080", "hex"))]),
  refusal("text whose frames together are not UTF-8", 1007, false, [
    text(Buffer.of(0xe2, 0x82), false),
    more(Buffer.of(0x41), true),
  ]),
  refusal("a frame that is not UTF-8 of a text that never ends", 1007, false, [
    text("a", false),
    more("b", false),
    more(Buffer.of(0xff), false),
  ]),
  refusal("a text part that is not UTF-8", 1007, true, [text(Buffer.of(0xff), false)]),
  refusal("a text part that does not end the character before it", 1007, true, [
    text(Buffer.of(0xe2), false),
    more("a", true),
  ]),
  refusal("text in parts that ends inside a character", 1007, true, [text("a", false), more(Buffer.of(0xe2), true)]),
  refusal("a reserved bit", 1002, false, [{ opcode: 1, payload: "a", rsv: 2 }]),
  refusal("an opcode that is not defined", 1002, false, [{ opcode: 3, payload: "a" }]),
  refusal("a ping in fragments", 1002, false, [{ opcode: 9, payload: "a", fin: false }]),
  refusal("a ping over 125 bytes", 1002, false, [{ opcode: 9, payload: Buffer.alloc(126) }]),
  refusal("a continuation of nothing", 1002, false, [more("a", true)]),
  refusal("a new message inside another", 1002, false, [text("a", false), text("b")]),
  {
    name: "answers a ping and tells of it",
    async run(open) {
      const subject = await open();
      subject.peer.send(ping("are you there"));
      expect(await subject.frames(1)).toEqual(["pong:are you there"]);
      expect(await subject.sink.untilTold(1)).toEqual(["ping:are you there"]);
    },
  },
  {
    name: "tells of a pong and answers none",
    async run(open) {
      const subject = await open();
      subject.peer.send(pong("here"), ping("last"));
      expect(await subject.sink.untilTold(2)).toEqual(["pong:here", "ping:last"]);
      expect(await subject.frames(1)).toEqual(["pong:last"]);
    },
  },
];

/** The peer breaks the protocol: it is told the code, the sink hears of the error and then of the end, and nothing of it is delivered. */
function refusal(what: string, code: number, parts: boolean, frames: readonly PeerFrame[]): TransportCase {
  return {
    name: `refuses ${what} with ${code}${parts ? " (in parts)" : ""}`,
    async run(open) {
      const subject = await open({ delivery: { parts, maxBytes: 65_536 } });
      subject.peer.send(...frames, text("never"));
      await subject.sink.untilClosed();
      const told = subject.sink.told.filter((each) => !each.startsWith("part:"));
      expect(told).toEqual(["failed", `closed:${code}::unclean`]);
      expect(await subject.frames(1)).toEqual([`close:${code}:`]);
    },
  };
}
