import { CloseReason, OnMessage, OnOpen, PongMessage, ServerEndpoint, Session } from "wirespring";
import { AssertionError } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openSession } from "./test-application.js";

@ServerEndpoint({ value: "/desk", maxTextMessageSize: 100 })
class Desk {
  @OnMessage()
  async asked(session: Session, text: string): Promise<string | undefined> {
    const [what, argument] = text.split(" ");
    if (what === "close") await session.close(new CloseReason(Number(argument), "as you like"));
    if (what === "hang") await new Promise(() => {});
    if (what === "slow") await sleep(Number(argument));
    return ["close", "quiet"].includes(what!) ? undefined : text;
  }

  @OnMessage()
  bytes(data: Buffer): Buffer {
    return data;
  }
}

describe("TestClient", () => {
  afterEach(() => void vi.useRealTimers());

  it("gives messages in order, as text and bytes, and those of handlers that take real time", async () => {
    await using client = await openSession(Desk);
    client.send("slow 5");
    client.send("a");
    client.send(Uint8Array.of(1));
    expect(await client.next()).toBe("slow 5");
    expect(await Promise.all([client.next(), client.next()])).toEqual(["a", Buffer.of(1)]);
  });

  it("does not wait for a message that nobody sends", async () => {
    await using client = await openSession(Desk);
    client.send("first");
    await client.next();
    client.send("quiet");
    await expect(client.next()).rejects.toThrow(
      'waited for a message: everything has settled: no handler runs and nothing is on its way (it may be waited for with { within } of the clock, or { patience } of real time); received so far: "first"',
    );
    client.send("still here");
    expect(await client.next()).toBe("still here");
  });

  it("says that a handler still runs", async () => {
    await using client = await openSession(Desk, { patience: 0 });
    client.send("hang");
    await expect(client.next()).rejects.toThrow("a handler still runs after 0 ms of real time");
    await expect(client.next({ patience: 1 })).rejects.toThrow("a handler still runs after 1 ms of real time");
    await expect(client.expectClosed(1000)).rejects.toThrow("it is open: a handler still");
    await expect(client.expectSilence()).rejects.toThrow("one may still come: a handler still runs");
  });

  it("moves the clock as far as it is told, and no further than it has to", async () => {
    @ServerEndpoint("/tick")
    class Tick {
      @OnOpen()
      opened(session: Session): void {
        session.maxIdleTimeout = 5_000;
      }
    }
    await using client = await openSession(Tick);
    await expect(client.next({ within: 4_000 })).rejects.toThrow("4000 ms of the clock have passed, everything has");
    await client.expectClosed(1001, "the session was idle", { within: 60_000 });
  });

  it("has real patience for what the application does by itself, when it is told", async () => {
    @ServerEndpoint("/later")
    class Later {
      @OnOpen()
      opened(session: Session): void {
        setTimeout(() => void session.remote.sendText("late"), 5);
      }
    }
    await using client = await openSession(Later);
    expect(await client.next({ patience: 1_000 })).toBe("late");
  });

  it("is not disturbed by fake timers, which hold the application's own still", async () => {
    vi.useFakeTimers();
    @ServerEndpoint("/timers")
    class Timers {
      @OnMessage()
      async later(text: string): Promise<string> {
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return text;
      }
    }
    await using client = await openSession(Timers, { patience: 20 });
    client.send("late");
    await expect(client.next()).rejects.toThrow("a handler still runs after 20 ms of real time");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await client.next()).toBe("late");
    client.vanish();
    await client.expectClosed(1006, "", { within: 46_000 });
  });

  it("takes JSON, and says what it found when it is none", async () => {
    await using client = await openSession(Desk);
    client.sendJson({ a: [1] });
    expect(await client.nextJson()).toEqual({ a: [1] });
    client.send("plain");
    await expect(client.nextJson()).rejects.toThrow('expected a message in JSON, found "plain"');
  });

  it("expects the close code, and the reason if one is given", async () => {
    await using client = await openSession(Desk);
    client.send("close 4001");
    await client.expectClosed(4001);
    await client.expectClosed(4001, "as you like");
    await client.expectClosed(4001, /like$/);
    await expect(client.expectClosed(4002)).rejects.toThrow(
      'expected the connection to be closed with 4002, found 4001 "as you like"',
    );
    await expect(client.expectClosed(4001, "")).rejects.toThrow(AssertionError);
    await expect(client.expectClosed(4001, /^like/)).rejects.toThrow("closed with 4001 /^like/, found 4001");
    await expect(client.next()).rejects.toThrow('the connection is closed (4001) with "as you like"');
  });

  it("expects an end that does not come no longer than anything is at work", async () => {
    await using client = await openSession(Desk);
    await expect(client.expectClosed(1000)).rejects.toThrow(
      "expected the connection to be closed with 1000, it is open: everything has settled",
    );
  });

  it("expects silence", async () => {
    await using client = await openSession(Desk);
    client.send("quiet");
    await client.expectSilence();
    client.send("loud");
    await expect(client.expectSilence()).rejects.toThrow('expected no message, found "loud"');
    await client.next();
    await client.expectSilence({ within: 1_000 });
  });

  it("leaves as a page does, and is told the answer", async () => {
    await using client = await openSession(Desk);
    expect(await client.leave(4000, "bye")).toEqual({ code: 4000, reason: "bye" });
    expect(await client.leave()).toEqual({ code: 4000, reason: "bye" });
    expect(client.session.isOpen).toBe(false);
  });

  it("cuts messages into frames, in the middle of a character, too", async () => {
    await using client = await openSession(Desk);
    client.send("häé€", { frameSize: 2 });
    client.send(Buffer.from("abc"), { frameSize: 1 });
    client.send("", { frameSize: 1 });
    expect([await client.next(), await client.next(), await client.next()]).toEqual(["häé€", Buffer.from("abc"), ""]);
    expect(() => client.send("x", { frameSize: 0 })).toThrow("frameSize must be a number from 1, found 0");
    client.send("x".repeat(101), { frameSize: 10 });
    await client.expectClosed(1009);
  });

  it("vanishes without a word, and the server finds it out", async () => {
    await using client = await openSession(Desk, { limits: { heartbeatInterval: 10_000, heartbeatTimeout: 5_000 } });
    client.vanish();
    client.send("lost");
    client.ping();
    await expect(client.next({ within: 9_000 })).rejects.toThrow("received so far: nothing");
    expect(client.session.isOpen).toBe(true);
    await client.expectClosed(1006, "", { within: 16_000 });
    expect(client.session.isOpen).toBe(false);
  });

  it("stalls, and is thrown out when it takes nothing", async () => {
    @ServerEndpoint({ value: "/flood", slowConsumerTimeout: 1_000, slowConsumerBytes: 1_000, outboxHighMark: 1_000 })
    class Flood {
      @OnMessage()
      more(session: Session, _text: string): void {
        for (let count = 0; count < 10; count++) void session.remote.sendText("x".repeat(1_000));
      }
    }
    await using client = await openSession(Flood);
    client.stall();
    client.send("more");
    await client.expectClosed(1006, "", { within: 5_000 });
    expect(client.received).toEqual([]);
  });

  it("speaks in frames, pings and pongs where a test wants it", async () => {
    @ServerEndpoint("/pong")
    class Pongs {
      @OnMessage()
      pong(message: PongMessage): string {
        return message.applicationData.toString();
      }
    }
    await using client = await openSession(Pongs);
    client.pong("here");
    expect(await client.next()).toBe("here");
    client.ping("who");
    expect(await client.nextFrame()).toMatchObject({ opcode: 1, fin: true });
    expect(await client.nextFrame()).toMatchObject({ opcode: 10, payload: Buffer.from("who") });
    await expect(client.nextFrame()).rejects.toThrow("waited for a frame: everything has settled");
    client.frame({ opcode: 3 });
    await client.expectClosed(1002);
  });
});
