import { expect } from "vitest";
import { binary, closing, more, ping, pong, text } from "./frames.js";
import type { Recorder } from "./recorder.js";
import type { TransportCase } from "./transport-case.js";
import type { Subject } from "./subject.js";

/** How a transport holds what arrives, and goes on. */

/** Opens a connection whose sink pauses it within the first event of a type. */
async function pausingAt(
  open: Parameters<TransportCase["run"]>[0],
  type: "message" | "part" | "ping",
): Promise<Subject> {
  let transport: Subject["transport"] | undefined;
  let paused = false;
  const react: Recorder["react"] = (event) => {
    if (event.type !== type || paused) return;
    paused = true;
    transport!.pause();
  };
  const subject = await open({ delivery: { parts: type === "part", maxBytes: 65_536 }, react });
  transport = subject.transport;
  return subject;
}

export const pausingCases: readonly TransportCase[] = [
  {
    name: "holds the rest of a chunk when paused from within a message",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"), binary([3]), text("4"));
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      expect(await sink.untilTold(4)).toEqual(["text:1", "text:2", "binary:03", "text:4"]);
    },
  },
  {
    name: "holds the next frame when paused from within a part",
    async run(open) {
      const subject = await pausingAt(open, "part");
      const { sink, peer, transport } = subject;
      peer.send(text("1", false), more("2"), more("3", true));
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["part:1"]);
      transport.resume();
      expect(await sink.untilTold(3)).toEqual(["part:1", "part:2", "last:3"]);
    },
  },
  {
    name: "holds pings and pongs behind the border",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), ping("2"), pong("3"));
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      expect(await sink.untilTold(3)).toEqual(["text:1", "ping:2", "pong:3"]);
      expect(await subject.frames(1)).toEqual(["pong:2"]);
    },
  },
  {
    name: "holds behind a ping when paused from within it",
    async run(open) {
      const subject = await pausingAt(open, "ping");
      const { sink, peer, transport } = subject;
      peer.send(ping("1"), text("2"));
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["ping:1"]);
      transport.resume();
      expect(await sink.untilTold(2)).toEqual(["ping:1", "text:2"]);
    },
  },
  {
    name: "holds what arrives while it is paused, also the rest of a message",
    async run(open) {
      const subject = await open();
      const { sink, peer, transport } = subject;
      peer.send(text("a", false), ping("seen"));
      await sink.untilTold(1);
      transport.pause();
      peer.send(more("b", true));
      peer.send(text("c"));
      await subject.settle();
      expect(sink.told).toEqual(["ping:seen"]);
      transport.resume();
      expect(await sink.untilTold(3)).toEqual(["ping:seen", "text:ab", "text:c"]);
    },
  },
  {
    name: "never calls the sink from within resume",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"));
      await sink.untilTold(1);
      await subject.settle();
      transport.resume();
      expect(sink.told).toEqual(["text:1"]);
      expect(await sink.untilTold(2)).toEqual(["text:1", "text:2"]);
    },
  },
  {
    name: "stays paused when it is paused right after resume",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"));
      await sink.untilTold(1);
      transport.resume();
      transport.pause();
      await subject.settle();
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      expect(await sink.untilTold(2)).toEqual(["text:1", "text:2"]);
    },
  },
  {
    name: "bears pause and resume within each of many messages of a chunk",
    async run(open) {
      const many = Array.from({ length: 2_000 }, (_, index) => `${index}`);
      let transport: Subject["transport"] | undefined;
      let depth = 0;
      let deepest = 0;
      const react: Recorder["react"] = (event) => {
        if (event.type !== "message") return;
        deepest = Math.max(deepest, ++depth);
        transport!.pause();
        // Every other one later, so that the transport is held in between.
        if (event.data.length % 2 === 0) transport!.resume();
        else process.nextTick(() => transport!.resume());
        depth--;
      };
      const subject = await open({ react });
      transport = subject.transport;
      subject.peer.send(...many.map((each) => text(each)));
      expect(await subject.sink.untilTold(many.length)).toEqual(many.map((each) => `text:${each}`));
      expect(deepest).toBe(1);
    },
  },
  {
    name: "delivers what was held when the peer has ended meanwhile, then closed",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"), text("3"));
      peer.end();
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      await sink.untilClosed();
      expect(sink.told).toEqual(["text:1", "text:2", "text:3", "closed:1006::unclean"]);
    },
  },
  {
    name: "delivers what was held with the peer's close frame behind it",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"), closing(4001, "bye"));
      await sink.untilTold(1);
      await subject.settle();
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      await sink.untilClosed();
      expect(sink.told).toEqual(["text:1", "text:2", "closed:4001:bye:clean"]);
    },
  },
  {
    name: "notices a lost peer while it is paused: sends fail, nothing is buffered, and what was held is delivered",
    async run(open) {
      const subject = await pausingAt(open, "message");
      const { sink, peer, transport } = subject;
      peer.send(text("1"), text("2"));
      await sink.untilTold(1);
      peer.drop();
      let error: Error | undefined;
      for (let attempt = 0; error === undefined && attempt < 1_000; attempt++) {
        error = await subject.done((done) => transport.send("anybody?", undefined, done));
        await subject.settle();
      }
      expect(error).toBeInstanceOf(Error);
      expect(transport.bufferedAmount).toBe(0);
      expect(sink.told).toEqual(["text:1"]);
      transport.resume();
      await sink.untilClosed();
      expect(sink.told).toEqual(["text:1", "text:2", "failed", "closed:1006::unclean"]);
    },
  },
];
