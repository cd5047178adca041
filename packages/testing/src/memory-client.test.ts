import { describe, expect, it } from "vitest";
import { CloseReason, type Delivery, type TransportSink } from "wirespring/spi";
import { memoryPair, type MemoryPair } from "./memory-client.js";
import { settle } from "./settle.js";
import { VirtualClock } from "./virtual-clock.js";

/** An echo over the transport. */
function echo({ transport }: MemoryPair, delivery: Delivery = { parts: false, maxBytes: 100 }): void {
  const sink: TransportSink = {
    begin: () => delivery,
    message: (data, binary) => transport.send(binary ? data : data.toString()),
    part: (data, _binary, last) => transport.send(data.toString(), { fin: last }),
    ping: () => {},
    pong: (data) => transport.send(`pong ${data.toString()}`),
    failed: () => {},
    closed: () => {},
  };
  transport.listen(sink);
}

describe("MemoryClient", () => {
  it("talks in messages, whole and in parts", async () => {
    const pair = memoryPair();
    echo(pair);
    const { client } = pair;
    client.send("hello");
    client.send(Uint8Array.of(1, 2));
    client.sendPart("a", false);
    client.sendPart("b", true);
    expect([await client.next(), await client.next(), await client.next()]).toEqual(["hello", Buffer.of(1, 2), "ab"]);
    expect(client.received.length).toBe(3);
  });

  it("joins the parts of a message that it receives", async () => {
    const pair = memoryPair();
    echo(pair, { parts: true, maxBytes: 100 });
    pair.client.sendPart("a", false);
    pair.client.sendPart("b", true);
    expect(await pair.client.next()).toBe("ab");
    expect(pair.client.frames.map(({ fin }) => fin)).toEqual([false, true]);
  });

  it("is the same each time: what one tick sends arrives in one turn, and answers leave in one write", async () => {
    const pair = memoryPair();
    echo(pair);
    for (let index = 0; index < 10; index++) pair.client.send(`${index}`);
    expect(pair.client.received).toEqual([]);
    for (let index = 0; index < 10; index++) expect(await pair.client.next()).toBe(`${index}`);
    expect(pair.client.writes).toBe(1);
  });

  it("answers pings and the close frame like a browser", async () => {
    const pair = memoryPair();
    echo(pair);
    pair.transport.ping(Buffer.from("you"));
    expect(await pair.client.next()).toBe("pong you");
    pair.transport.close(new CloseReason(4001, "bye"));
    expect(await pair.client.closed).toEqual({ code: 4001, reason: "bye" });
    await expect(pair.client.next()).rejects.toThrow("the connection is closed (4001)");
    expect(() => pair.client.send("more")).toThrow("has closed");
  });

  it("learns the answer to its own close frame", async () => {
    const pair = memoryPair();
    echo(pair);
    pair.client.close(3000, "done");
    expect(await pair.client.closed).toEqual({ code: 3000, reason: "done" });
  });

  it("answers nothing when it was made so", async () => {
    const pair = memoryPair({ answers: false });
    echo(pair);
    pair.transport.ping();
    pair.transport.send("after");
    expect(await pair.client.next()).toBe("after");
    pair.client.frame({ opcode: 1, payload: "still" });
    expect(await pair.client.next()).toBe("still");
    expect(pair.client.frames.map(({ opcode }) => opcode)).toEqual([9, 1, 1]);
  });

  it("is answered what was held while it ended, as on a socket whose end is not read before", async () => {
    const pair = memoryPair({ answers: false });
    echo(pair);
    pair.transport.pause();
    pair.client.send("held");
    pair.client.end();
    await settle();
    expect(pair.client.frames).toEqual([]);
    pair.transport.resume();
    expect(await pair.client.next()).toBe("held");
    expect(await pair.client.closed).toEqual({ code: 1006, reason: "" });
  });

  it("can send control frames that never end, and is refused for what their header says", async () => {
    const pair = memoryPair({ answers: false });
    echo(pair);
    pair.client.frame({ opcode: 9, length: 5 }, { opcode: 1, payload: "behind" });
    await settle();
    expect(pair.client.frames).toEqual([]);
    pair.client.frame({ opcode: 8, length: 1 });
    expect(await pair.client.closed).toMatchObject({ code: 1002 });
  });

  it("learns of a connection that ends without a close frame as 1006", async () => {
    const ended = memoryPair();
    echo(ended);
    ended.transport.terminate();
    expect(await ended.client.closed).toEqual({ code: 1006, reason: "" });

    const dropped = memoryPair();
    echo(dropped);
    dropped.client.drop();
    expect(await dropped.client.closed).toEqual({ code: 1006, reason: "" });
    expect(() => dropped.client.ping()).toThrow("has closed");
  });

  it("lets the server's buffer grow while it does not read", async () => {
    const pair = memoryPair();
    echo(pair);
    pair.client.stall();
    pair.client.send("0123456789");
    pair.client.send("0123456789");
    await new VirtualClock().advance(0);
    expect(pair.transport.bufferedAmount).toBe(20);
    pair.client.unstall();
    expect(await pair.client.next()).toBe("0123456789");
    expect(pair.transport.bufferedAmount).toBe(0);
  });

  it("times the closing handshake by the given clock", async () => {
    const clock = new VirtualClock();
    const pair = memoryPair({ answers: false, clock, closeTimeout: 50 });
    echo(pair);
    pair.transport.close(new CloseReason(1000));
    expect(clock.pending).toBe(1);
    await clock.advance(50);
    expect(await pair.client.closed).toEqual({ code: 1000, reason: "" });
    expect(clock.pending).toBe(0);
    expect(() => pair.client.ping()).toThrow("has closed");
  });
});
