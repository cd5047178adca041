import { expect } from "vitest";
import { CloseReason, Prepared, type SendCallback } from "wirespring/spi";
import type { TransportCase } from "./transport-case.js";

/** How what is sent reaches the peer, and what the sender learns of it. */

const BIG = 65_536;
/** Together more than what a system's socket buffers hold. */
const MANY = 512;

export const sendingCases: readonly TransportCase[] = [
  {
    name: "sends text, bytes and empty messages",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      transport.send("grüße 😀");
      transport.send(Uint8Array.of(0, 255));
      transport.send("");
      transport.send(new Uint8Array(0));
      expect(await subject.frames(4)).toEqual(["text:grüße 😀", "binary:00ff", "text:", "binary:"]);
    },
  },
  {
    name: "sends messages of every size of header",
    async run(open) {
      const { transport, peer } = await open();
      for (const size of [125, 126, 16_384, 16_385, 65_535, 65_536, 200_000]) {
        for (const message of [
          "x".repeat(size),
          `${"é".repeat(size / 2)}${"x".repeat(size % 2)}`,
          Buffer.alloc(size, 7),
        ]) {
          transport.send(message);
          expect((await peer.nextFrame()).payload.equals(Buffer.from(message as string))).toBe(true);
        }
      }
    },
  },
  {
    name: "keeps the order of messages, prepared ones, pings and pongs",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      transport.send("1");
      transport.ping(Buffer.from("2"));
      transport.send(new Prepared("3"));
      transport.pong(Buffer.from("4"));
      transport.send(Uint8Array.of(5));
      transport.flush();
      transport.ping();
      transport.send("7");
      expect(await subject.frames(7)).toEqual(["text:1", "ping:2", "text:3", "pong:4", "binary:05", "ping:", "text:7"]);
    },
  },
  {
    name: "sends parts as the frames of one message, with control frames between them",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      transport.send("a", { fin: false });
      transport.ping(Buffer.from("p"));
      transport.send("", { fin: false });
      transport.send("b", { fin: true });
      transport.send(Uint8Array.of(1), { fin: false });
      transport.send(Uint8Array.of(2));
      transport.send("c");
      expect(await subject.frames(7)).toEqual([
        "+text:a",
        "ping:p",
        "+more:",
        "more:b",
        "+binary:01",
        "more:\u0002",
        "text:c",
      ]);
    },
  },
  {
    name: "sends a prepared message any number of times, to any number of peers",
    async run(open) {
      const subjects = [await open(), await open()];
      const message = new Prepared("grüße");
      const bytes = new Prepared(Buffer.alloc(100_000, 9));
      for (const { transport } of subjects) {
        transport.send(message);
        transport.send(bytes);
        transport.send(message);
      }
      for (const { peer } of subjects) {
        expect(await peer.nextFrame()).toMatchObject({ opcode: 1, fin: true, payload: Buffer.from("grüße") });
        const second = await peer.nextFrame();
        expect([second.opcode, second.payload.equals(Buffer.alloc(100_000, 9))]).toEqual([2, true]);
        expect(await peer.nextFrame()).toMatchObject({ opcode: 1, payload: Buffer.from("grüße") });
      }
      expect(bytes.bytes.every((byte) => byte === 9)).toBe(true);
    },
  },
  {
    name: "sends joined prepared messages in a row, each as one of its own, and calls done once",
    async run(open) {
      const subjects = [await open(), await open()];
      const joined = Prepared.join([new Prepared("a"), new Prepared(Uint8Array.of(1)), new Prepared("")]);
      for (const subject of subjects) {
        const { transport } = subject;
        let calls = 0;
        transport.send("before");
        transport.send(joined, undefined, () => calls++);
        transport.ping();
        transport.send(joined);
        await subject.done((last) => transport.send("after", undefined, last));
        expect(calls).toBe(1);
        expect(await subject.frames(9)).toEqual([
          "text:before",
          "text:a",
          "binary:01",
          "text:",
          "ping:",
          "text:a",
          "binary:01",
          "text:",
          "text:after",
        ]);
      }
    },
  },
  {
    name: "sends a prepared message that is the end of another as such",
    async run(open) {
      const subject = await open();
      subject.transport.send("a", { fin: false });
      subject.transport.send(new Prepared("b"));
      subject.transport.send(new Prepared("c"), { fin: false });
      subject.transport.send("d");
      expect(await subject.frames(4)).toEqual(["+text:a", "more:b", "+text:c", "more:d"]);
    },
  },
  {
    name: "never calls done from within a call",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      let within = true;
      const early: string[] = [];
      const done =
        (name: string): SendCallback =>
        () => {
          if (within) early.push(name);
        };
      transport.send("a", undefined, done("send"));
      transport.ping(undefined, done("ping"));
      transport.pong(undefined, done("pong"));
      transport.send(new Prepared("b"), undefined, done("prepared"));
      transport.flush();
      within = false;
      await subject.done((last) => transport.send("c", undefined, last));
      expect(early).toEqual([]);
    },
  },
  {
    name: "calls each done once, in order, without an error",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      const calls: string[] = [];
      const done =
        (name: string): SendCallback =>
        (error) =>
          calls.push(error ? `${name} failed` : name);
      transport.send("a", undefined, done("a"));
      transport.ping(undefined, done("b"));
      transport.send(new Uint8Array(100_000), undefined, done("c"));
      transport.send(new Prepared("d"), undefined, done("d"));
      transport.send("e", { fin: false }, done("e"));
      transport.pong(undefined, done("f"));
      expect(await subject.done((last) => transport.send("g", undefined, last))).toBeUndefined();
      await subject.settle();
      expect(calls).toEqual(["a", "b", "c", "d", "e", "f"]);
    },
  },
  {
    name: "lets what one tick sends leave in one write",
    needsWrites: true,
    async run(open) {
      const subject = await open();
      const { transport, connection } = subject;
      const before = connection.writes!();
      for (let index = 0; index < 50; index++) transport.send(`message ${index}`);
      transport.ping();
      transport.send(new Prepared("prepared"));
      transport.send(Buffer.alloc(100_000));
      await subject.done((done) => transport.send("last", undefined, done));
      expect(connection.writes!() - before).toBe(1);
    },
  },
  {
    name: "lets flush write at once, and goes on collecting after it",
    needsWrites: true,
    async run(open) {
      const subject = await open();
      const { transport, connection } = subject;
      const before = connection.writes!();
      transport.send("a");
      expect(connection.writes!() - before).toBe(0);
      transport.flush();
      expect(connection.writes!() - before).toBe(1);
      transport.flush();
      transport.send("b");
      transport.send("c");
      expect(connection.writes!() - before).toBe(1);
      expect(await subject.frames(3)).toEqual(["text:a", "text:b", "text:c"]);
      expect(connection.writes!() - before).toBe(2);
    },
  },
  {
    name: "counts what it buffers, in bytes, from send until the network has taken it",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      expect(transport.bufferedAmount).toBe(0);
      transport.send("é".repeat(1_000));
      expect(transport.bufferedAmount).toBeGreaterThanOrEqual(2_000);
      transport.send(new Prepared("€".repeat(10_000)));
      transport.send("€".repeat(10_000));
      expect(transport.bufferedAmount).toBeGreaterThanOrEqual(62_000);
      // Headers count or not; nothing is counted twice.
      expect(transport.bufferedAmount).toBeLessThan(62_100);
      await subject.done((done) => transport.send("last", undefined, done));
      await subject.settle();
      expect(transport.bufferedAmount).toBe(0);
    },
  },
  {
    name: "holds back done, and counts what waits, while the peer does not read",
    async run(open) {
      const subject = await open();
      const { transport, peer } = subject;
      peer.stall();
      let calls = 0;
      for (let index = 0; index < MANY; index++) transport.send(Buffer.alloc(BIG), undefined, () => calls++);
      expect(transport.bufferedAmount).toBeGreaterThanOrEqual(MANY * BIG);
      await subject.settle();
      expect(calls).toBeLessThan(MANY);
      expect(transport.bufferedAmount).toBeGreaterThan(0);
      peer.unstall();
      for (let index = 0; index < MANY; index++) expect((await peer.nextFrame()).payload.length).toBe(BIG);
      await subject.done((done) => transport.send("last", undefined, done));
      expect(calls).toBe(MANY);
      await subject.settle();
      expect(transport.bufferedAmount).toBe(0);
    },
  },
  {
    name: "fails each send that waits when the connection ends, once",
    async run(open) {
      const subject = await open();
      const { transport, peer, sink } = subject;
      peer.stall();
      const calls: number[] = Array.from({ length: MANY }, () => 0);
      let failed = 0;
      for (let index = 0; index < MANY; index++)
        transport.send(Buffer.alloc(BIG), undefined, (error) => {
          calls[index]!++;
          if (error) failed++;
        });
      await subject.settle();
      // The same tick as the end: nothing of it can have left.
      const last = subject.done((done) => transport.send("last", undefined, done));
      transport.terminate();
      expect(await last).toBeInstanceOf(Error);
      await sink.untilClosed();
      await subject.settle();
      expect(calls.every((count) => count === 1)).toBe(true);
      expect(failed).toBeGreaterThan(0);
      expect(transport.bufferedAmount).toBe(0);
    },
  },
  {
    name: "tells done of a ping or pong over 125 bytes, and sends none",
    async run(open) {
      const subject = await open();
      const { transport } = subject;
      const tooMuch = new Uint8Array(126);
      expect(await subject.done((done) => transport.ping(tooMuch, done))).toBeInstanceOf(Error);
      expect(await subject.done((done) => transport.pong(tooMuch, done))).toBeInstanceOf(Error);
      transport.ping(tooMuch);
      transport.ping(new Uint8Array(125));
      expect((await subject.peer.nextFrame()).payload.length).toBe(125);
    },
  },
  {
    name: "refuses sends after close through done, and sends none",
    async run(open) {
      const subject = await open();
      const { transport, peer } = subject;
      transport.send("before");
      transport.close(new CloseReason(1000));
      const refused = [
        subject.done((done) => transport.send("after", undefined, done)),
        subject.done((done) => transport.send(new Prepared("after"), undefined, done)),
        subject.done((done) => transport.ping(undefined, done)),
        subject.done((done) => transport.pong(undefined, done)),
      ];
      transport.send("after");
      transport.ping();
      for (const each of refused) expect(await each).toBeInstanceOf(Error);
      expect(await subject.frames(2)).toEqual(["text:before", "close:1000:"]);
      peer.end();
      await subject.sink.untilClosed();
      await expect(peer.nextFrame()).rejects.toBeInstanceOf(Error);
      expect(transport.bufferedAmount).toBe(0);
    },
  },
];
