import { describe, expect, it } from "vitest";
import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Clock } from "../clock.js";
import { Diagnostics } from "../diagnostics.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { Invoke } from "../endpoint/handler.js";
import { DecodeException } from "../errors.js";
import { HandshakeRequest } from "../handshake-request.js";
import { defaultLimits } from "../limits.js";
import type { SendCallback, SendOptions, Transport, TransportSink } from "../session/transport.js";
import { OutboxBudget } from "../session/outbox-budget.js";
import { RecipientCount } from "../session/recipient-count.js";
import { TimerWheel } from "../timer-wheel.js";
import { Dispatcher, type DispatcherHome, type Equipment } from "./dispatcher.js";

/** Keeps what was asked of it; the test plays the peer. */
class FakeTransport implements Transport {
  readonly calls: string[] = [];
  sink!: TransportSink;
  bufferedAmount = 0;
  bytesRead = 0;
  bytesWritten = 0;
  heardAt = 0;
  readonly #pending: SendCallback[] = [];

  listen(sink: TransportSink): void {
    this.sink = sink;
  }
  send(message: unknown, _options?: SendOptions, done?: SendCallback): void {
    this.calls.push(
      `send ${typeof message === "string" ? message : Buffer.from(message as Uint8Array).toString("hex")}`,
    );
    if (done) this.#pending.push(done);
  }
  flush(): void {}
  ping(): void {}
  pong(): void {}
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  close(reason: CloseReason): void {
    this.calls.push(`close ${reason.code} ${reason.reasonPhrase}`.trim());
  }
  terminate(): void {
    this.calls.push("terminate");
  }
  settle(error?: Error): void {
    for (const done of this.#pending.splice(0)) done(error);
  }
  text(text: string): void {
    this.sink.message(Buffer.from(text), false);
  }
}

/** A clock whose timers run when the test says so. */
class FakeClock implements Clock {
  readonly timers: { task: () => void; delay: number }[] = [];
  now = (): number => 0;
  wallTime = (): number => 0;
  setTimer(task: () => void, delay: number): { cancel(): void } {
    const timer = { task, delay };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }
}

interface Hooks {
  open?: () => unknown;
  text?: (text: string) => unknown;
  close?: (reason: CloseReason) => unknown;
  error?: (error: Error) => unknown;
  pong?: () => unknown;
  decode?: (data: Buffer) => unknown;
  dispose?: () => Promise<void>;
}

function start(hooks: Hooks, options: { concurrency?: number | "unordered" } = {}) {
  const events: string[] = [];
  const logged: string[] = [];
  const log = (record: { event: string }): void => void logged.push(record.event);
  const clock = new FakeClock();
  const transport = new FakeTransport();
  const handler = (
    call: ((payload: never) => unknown) | undefined,
    payloadOf = (payload: unknown): unknown => payload,
  ) => call && { method: "m", invoke: ((_context, payload) => call(payloadOf(payload) as never)) as Invoke };
  const model = {
    options: { value: "/x", ...options },
    wantsRequest: false,
    open: handler(hooks.open),
    close: hooks.close && { method: "m", invoke: ((context) => hooks.close!(context.reason!)) as Invoke },
    error: handler(hooks.error),
    text: hooks.text && {
      ...handler(hooks.text)!,
      form: "whole",
      maxMessageSize: undefined,
      decode: (_context: unknown, data: Buffer) => (hooks.decode ?? String)(data),
    },
    pong: hooks.pong && { ...handler(hooks.pong)!, form: "whole", maxMessageSize: undefined, decode: () => undefined },
  } as unknown as EndpointModel;
  const diagnostics = new Diagnostics({ debug: log, info: log, warn: log, error: log });
  const home = {
    model,
    config: {},
    path: "/x",
    limits: defaultLimits,
    clock,
    diagnostics,
    wheel: new TimerWheel(new FakeClock()),
    budget: new OutboxBudget(2 ** 30),
    recipients: new RecipientCount(),
    container: {},
    openSessions: () => new Set(),
    opened: () => events.push("opened"),
    ended: (_dispatcher: unknown, reason: CloseReason, clean: boolean) => events.push(`ended ${reason.code} ${clean}`),
  } as unknown as DispatcherHome;
  const request = new HandshakeRequest(
    { url: "/x", httpVersion: "1.1", headers: { host: "localhost" }, rawHeaders: [], socket: {} },
    { pathParameters: new Map(), queryString: null },
    new AbortController().signal,
  );
  const dispatcher = new Dispatcher(home, {
    request,
    principal: null,
    subprotocol: "",
    userProperties: new Map(),
    maxTextMessageSize: 100,
    maxBinaryMessageSize: 200,
  });
  const codecs = { init: () => undefined, encode: String };
  const equipment = { instance: {}, codecs, dispose: hooks.dispose } as unknown as Equipment;
  return {
    dispatcher,
    transport,
    events,
    logged,
    clock,
    diagnostics,
    session: dispatcher.session,
    begin: () => dispatcher.start(transport, equipment),
  };
}

/** A promise with its ends in the test's hands. */
function gate(): { promise: Promise<void>; open: () => void; fail: (error: Error) => void } {
  let open!: () => void;
  let fail!: (error: Error) => void;
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

describe("Dispatcher", () => {
  it("calls synchronous handlers synchronously, from @OnOpen to @OnClose", () => {
    const seen: string[] = [];
    const { begin, transport, events } = start({
      open: () => void seen.push("open"),
      text: (text) => {
        seen.push(text);
        return text.toUpperCase();
      },
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    transport.text("a");
    transport.sink.closed(new CloseReason(1001), true);
    expect(seen).toEqual(["open", "a", "close 1001"]);
    expect(transport.calls).toEqual(["send A"]);
    expect(events).toEqual(["opened", "ended 1001 true"]);
  });

  it("gives up on a disposal that never ends, says so, and ends once (F04)", async () => {
    const disposal = gate();
    const { begin, transport, events, logged, clock, diagnostics, session } = start({
      dispose: () => disposal.promise,
    });
    begin();
    transport.sink.closed(new CloseReason(1001), true);
    await settle();
    expect(events).toEqual(["opened"]);
    expect(clock.timers.map(({ delay }) => delay)).toEqual([defaultLimits.handlerTimeout]);
    clock.timers.pop()!.task();
    expect(events).toEqual(["opened", "ended 1001 true"]);
    expect(logged).toEqual(["error"]);
    expect(diagnostics.metrics().errors).toEqual({ dispose: 1 });
    expect(session.isOpen).toBe(false);
    disposal.open();
    await settle();
    expect(events).toHaveLength(2);
  });

  it("leaves no timer behind a disposal that ends", async () => {
    const { begin, transport, events, logged, clock } = start({ dispose: () => Promise.resolve() });
    begin();
    transport.sink.closed(new CloseReason(1001), true);
    await settle();
    expect([events, logged, clock.timers]).toEqual([["opened", "ended 1001 true"], [], []]);
  });

  it("holds input until an asynchronous @OnOpen has settled (J-45)", async () => {
    const opening = gate();
    const seen: string[] = [];
    const { begin, transport } = start({ open: () => opening.promise, text: (text) => void seen.push(text) });
    begin();
    expect(transport.calls).toEqual(["pause"]);
    transport.text("early");
    expect(seen).toEqual([]);
    opening.open();
    await settle();
    expect(seen).toEqual(["early"]);
    expect(transport.calls).toEqual(["pause", "resume"]);
  });

  it("closes with 1011 after @OnError when @OnOpen fails, and calls @OnClose once", async () => {
    const seen: string[] = [];
    const { begin, transport } = start({
      open: () => Promise.reject(new Error("no database")),
      error: async (error) => void seen.push(error.message),
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    await settle();
    transport.sink.closed(new CloseReason(1011), true);
    expect(seen).toEqual(["no database", "close 1011"]);
    expect(transport.calls.filter((call) => call.startsWith("close"))).toHaveLength(1);
    expect(transport.calls.join()).not.toContain("no database");
  });

  it("gives up on an @OnOpen that takes too long: 1011, and @OnClose (F04)", async () => {
    const seen: string[] = [];
    const late = gate();
    const { begin, transport, clock, diagnostics } = start({
      open: () => late.promise,
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    expect(clock.timers[0]?.delay).toBe(defaultLimits.openTimeout);
    clock.timers[0]!.task();
    expect(transport.calls.some((call) => call.startsWith("close 1011"))).toBe(true);
    expect(seen).toEqual(["close 1011"]);
    late.fail(new Error("late"));
    await settle();
    expect(seen).toEqual(["close 1011"]);
    expect(diagnostics.metrics().errors).toEqual({ onOpen: 2 });
  });

  it("calls @OnClose only after @OnOpen has settled when the peer leaves meanwhile (F05)", async () => {
    const opening = gate();
    const seen: string[] = [];
    const { begin, transport, events } = start({
      open: () => opening.promise.then(() => void seen.push("open ends")),
      close: () => void seen.push("close"),
    });
    begin();
    transport.sink.closed(new CloseReason(1006), false);
    expect(seen).toEqual([]);
    opening.open();
    await settle();
    expect(seen).toEqual(["open ends", "close"]);
    expect(events.at(-1)).toBe("ended 1006 false");
  });

  it("handles what came before the peer's close, then calls @OnClose (J-203)", async () => {
    const first = gate();
    const seen: string[] = [];
    const { begin, transport } = start({
      text: (text) => {
        seen.push(text);
        return text === "a" ? first.promise : undefined;
      },
      close: () => void seen.push("close"),
    });
    begin();
    transport.text("a");
    transport.text("b");
    transport.sink.closed(new CloseReason(1000), true);
    first.open();
    await settle();
    expect(seen).toEqual(["a", "b", "close"]);
  });

  it("drops and counts what waits when the application closes; the running handler ends first (J-151, J-203)", async () => {
    const first = gate();
    const seen: string[] = [];
    const { begin, transport, session, diagnostics } = start({
      text: (text) => {
        seen.push(text);
        return first.promise;
      },
      close: (reason) => void seen.push(`close ${reason.code} ${reason.reasonPhrase}`),
    });
    begin();
    transport.text("a");
    transport.text("b");
    await session.close(new CloseReason(4000, "enough"));
    await session.close(new CloseReason(4001, "too late"));
    transport.text("c");
    expect(session.isOpen).toBe(false);
    first.open();
    await settle();
    expect(seen).toEqual(["a", "close 4000 enough"]);
    expect(transport.calls).toEqual(["close 4000 enough"]);
    expect(diagnostics.metrics().messagesDropped).toEqual({ closing: 2 });
  });

  it("closes with 1011 and a phrase of ours when a handler throws and there is no @OnError", async () => {
    for (const fail of [
      () => {
        throw new Error("secret");
      },
      () => Promise.reject(new Error("secret")),
    ]) {
      const { begin, transport, session, logged, diagnostics } = start({ text: fail });
      begin();
      transport.text("a");
      await settle();
      expect(transport.calls).toEqual([`close 1011 the server failed (session ${session.id})`]);
      expect(logged).toEqual(["error"]);
      expect(diagnostics.metrics().errors).toEqual({ onMessage: 1 });
    }
  });

  it("closes with 1007 when a message cannot be decoded and there is no @OnError", () => {
    const { begin, transport } = start({
      text: () => {},
      decode: (data) => {
        throw new DecodeException(String(data), "not a line");
      },
    });
    begin();
    transport.text("secret");
    expect(transport.calls[0]).toMatch(/^close 1007 the message could not be decoded \(session /);
  });

  it("gives errors to @OnError and goes on (J-192, J-193)", async () => {
    const seen: unknown[] = [];
    const error = new TypeError("mine");
    const { begin, transport, logged } = start({
      text: (text) => {
        if (text === "bad") throw error;
        return text;
      },
      error: (thrown) => void seen.push(thrown),
    });
    begin();
    transport.text("bad");
    transport.text("good");
    expect(seen).toEqual([error]);
    expect(seen[0]).toBe(error);
    expect(transport.calls).toEqual(["send good"]);
    expect(logged).toEqual([]);
  });

  it("wraps what is thrown and is no Error", () => {
    const seen: Error[] = [];
    const { begin, transport } = start({
      text: () => {
        throw "a string";
      },
      error: (thrown) => void seen.push(thrown),
    });
    begin();
    transport.text("x");
    expect(seen[0]).toBeInstanceOf(Error);
    expect(seen[0]?.cause).toBe("a string");
  });

  it("logs an error of @OnError and does not call it again (J-195)", async () => {
    let calls = 0;
    const { begin, transport, diagnostics } = start({
      text: () => Promise.reject(new Error("first")),
      error: async () => {
        calls++;
        throw new Error("second");
      },
    });
    begin();
    transport.text("x");
    await settle();
    expect(calls).toBe(1);
    expect(diagnostics.metrics().errors).toEqual({ onMessage: 1, onError: 1 });
    expect(transport.calls).toEqual([]);
  });

  it("closes with 1003 when there is no handler for a kind of message, and counts the message", () => {
    const { begin, transport, session, diagnostics } = start({ text: () => {} });
    begin();
    transport.sink.message(Buffer.from("x"), true);
    expect(transport.calls).toEqual([`close 1003 no handler for binary messages (session ${session.id})`]);
    expect(diagnostics.metrics().messagesDropped).toEqual({ "no-handler": 1 });
  });

  it("drops a pong that nobody handles without a word (J-77)", () => {
    const { begin, transport, diagnostics } = start({ text: () => {} });
    begin();
    transport.sink.pong(Buffer.from("x"));
    expect(transport.calls).toEqual([]);
    expect(diagnostics.metrics().messagesDropped).toEqual({});
  });

  it("tells @OnError when a reply cannot leave because the handler closed (J-83)", () => {
    const seen: string[] = [];
    const harness = start({
      text: () => {
        void harness.session.close();
        return "reply";
      },
      error: (error) => void seen.push((error as { code?: string }).code ?? ""),
    });
    harness.begin();
    harness.transport.text("x");
    expect(seen).toEqual(["WS_SESSION_CLOSED"]);
    expect(harness.diagnostics.metrics().sendsFailed).toBe(1);
    expect(harness.transport.calls).toEqual(["close 1000"]);
  });

  it("pauses the transport when the mailbox is full and resumes it when there is room", async () => {
    const gates = Array.from({ length: 100 }, gate);
    let index = 0;
    const { begin, transport } = start({ text: () => gates[index++]!.promise });
    begin();
    for (let count = 0; count < 65; count++) transport.text("x");
    expect(transport.calls).toEqual(["pause"]);
    for (const { open } of gates.slice(0, 34)) {
      open();
      await settle();
    }
    expect(transport.calls).toEqual(["pause", "resume"]);
  });

  it("drains: what arrived is handled and answered, then the session closes", async () => {
    const first = gate();
    const { dispatcher, begin, transport } = start({ text: (text) => first.promise.then(() => text) });
    begin();
    transport.text("a");
    transport.text("b");
    dispatcher.drain(new CloseReason(CloseCodes.SERVICE_RESTART, "retry=1"));
    expect(transport.calls).toEqual(["pause"]);
    first.open();
    await settle();
    expect(transport.calls).toEqual(["pause", "send a", "send b", "close 1012 retry=1"]);
  });

  it("gives up on a handler that never ends, and still calls @OnClose", () => {
    const seen: string[] = [];
    const { dispatcher, begin, transport, events } = start({
      text: () => new Promise(() => {}),
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    transport.text("a");
    dispatcher.drain(new CloseReason(1012));
    dispatcher.abort();
    transport.sink.closed(new CloseReason(1006), false);
    expect(transport.calls).toEqual(["pause", "terminate"]);
    expect(seen).toEqual(["close 1006"]);
    expect(events.at(-1)).toBe("ended 1006 false");
  });

  it("tells the limit of the kind of message that begins", () => {
    const { begin, transport } = start({ text: () => {} });
    begin();
    expect({ ...transport.sink.begin(false, true) }).toEqual({ parts: false, maxBytes: 100 });
    expect({ ...transport.sink.begin(true, true) }).toEqual({ parts: false, maxBytes: 200 });
  });

  it("closes with 1008 once for a flood of pings, and what is left of the flood costs nothing (T49)", () => {
    const { begin, transport, clock, diagnostics } = start({});
    begin();
    for (let count = 0; count < 41; count++) transport.sink.ping(Buffer.alloc(0));
    expect(transport.calls.filter((call) => call.startsWith("close"))).toEqual(["close 1008 too many pings and pongs"]);
    let looks = 0;
    clock.now = () => looks++;
    for (let count = 0; count < 100; count++) {
      transport.sink.ping(Buffer.alloc(0));
      transport.sink.pong(Buffer.alloc(0));
    }
    expect(looks).toBe(0);
    expect(diagnostics.metrics().limitHits).toEqual({ "control-rate": 1 });
  });

  it("gives a broken connection to @OnError before @OnClose (J-154, J-196)", () => {
    const seen: string[] = [];
    const { begin, transport } = start({
      error: (error) => void seen.push(`${error.name}: ${(error.cause as Error).message}`),
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    transport.sink.failed(new Error("invalid UTF-8"));
    transport.sink.closed(new CloseReason(1007), false);
    expect(seen).toEqual(["SessionException: invalid UTF-8", "close 1007"]);
  });
});

describe("LiveRemote", () => {
  it("settles all sends of a tick when the transport has told of each", async () => {
    const { begin, transport, session } = start({});
    begin();
    const first = session.remote.sendText("a");
    const second = session.remote.sendBinary(new Uint8Array([1, 2]).buffer);
    expect(transport.calls).toEqual(["send a", "send 0102"]);
    let settled = false;
    void first.then(() => (settled = true));
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    transport.settle();
    await expect(Promise.all([first, second])).resolves.toEqual(["sent", "sent"]);
  });

  it("rejects and counts a send that the transport could not make", async () => {
    const { begin, transport, session, diagnostics } = start({});
    begin();
    const sent = session.remote.sendText("a");
    transport.settle(new Error("ECONNRESET"));
    await expect(sent).rejects.toMatchObject({ code: "WS_SESSION_FAILED", session });
    expect(diagnostics.metrics().sendsFailed).toBe(1);
  });

  it("rejects with WS_SESSION_CLOSED before the session opens and after it closes", async () => {
    const { begin, session } = start({});
    await expect(session.remote.sendText("a")).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    begin();
    await session.close();
    await expect(session.remote.sendText("a")).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
    await expect(session.remote.sendPing()).rejects.toMatchObject({ code: "WS_SESSION_CLOSED" });
  });

  it("refuses what cannot be sent (J-131, J-142)", async () => {
    const { begin, session, transport } = start({});
    begin();
    const { remote } = session;
    const illegal = { code: "WS_ILLEGAL_ARGUMENT" };
    await expect(remote.sendText(null as never)).rejects.toMatchObject(illegal);
    await expect(remote.sendBinary("x" as never)).rejects.toMatchObject(illegal);
    await expect(remote.sendObject(undefined)).rejects.toMatchObject(illegal);
    await expect(remote.sendPing(new Uint8Array(126))).rejects.toMatchObject(illegal);
    await expect(remote.sendPong("x" as never)).rejects.toMatchObject(illegal);
    expect(transport.calls).toEqual([]);
  });

  it("keeps the order of sends while an encoder is at work (J-140)", async () => {
    const { dispatcher, begin, session, transport } = start({});
    begin();
    const slow = gate();
    dispatcher.encode = (value) => slow.promise.then(() => `encoded ${String(value)}`);
    void session.remote.sendObject(1);
    void session.remote.sendText("later");
    expect(transport.calls).toEqual([]);
    slow.open();
    await settle();
    expect(transport.calls).toEqual(["send encoded 1", "send later"]);
  });
});

describe("an @OnOpen that fails", () => {
  it("keeps the session shut while an asynchronous @OnError is at work, and for ever when that hangs", async () => {
    const seen: string[] = [];
    const { begin, transport, clock } = start({
      open: () => Promise.reject(new Error("who are you?")),
      error: () => new Promise(() => {}),
      text: (text) => void seen.push(text),
      close: (reason) => void seen.push(`close ${reason.code}`),
    });
    begin();
    await settle();
    transport.text("early");
    expect(seen).toEqual([]);
    for (const { task } of clock.timers.splice(0)) task();
    expect(transport.calls.filter((call) => call.startsWith("close 1011"))).toHaveLength(1);
    expect(seen).toEqual(["close 1011"]);
    transport.text("later");
    expect(seen).toEqual(["close 1011"]);
  });

  it("that is too late tells @OnError once", async () => {
    let told = 0;
    const { begin, clock, transport } = start({ open: () => new Promise(() => {}), error: async () => void told++ });
    begin();
    for (const { task } of clock.timers.splice(0)) task();
    await settle();
    expect(told).toBe(1);
    expect(transport.calls.at(-1)).toMatch(/^close 1011/);
  });
});

describe("values of the application that cannot be touched", () => {
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const hostile: [name: string, value: () => unknown][] = [
    [
      "an object whose then throws when it is read",
      () =>
        Object.defineProperty({}, "then", {
          get: () => {
            throw new Error("no");
          },
        }),
    ],
    [
      "a promise whose then throws",
      () =>
        Object.assign(Promise.resolve(), {
          then: () => {
            throw new Error("no");
          },
        }),
    ],
    ["a promise that rejects with a revoked proxy", () => Promise.reject(revoked())],
    [
      "a thenable that throws",
      () => ({
        then: () => {
          throw new Error("no");
        },
      }),
    ],
  ];

  it.each(hostile)("%s, from a handler or from @OnOpen, close the session and no more", async (_name, value) => {
    for (const hooks of [{ text: value }, { open: value }]) {
      const { begin, transport, events } = start(hooks);
      begin();
      transport.text("x");
      await settle();
      await settle();
      expect(transport.calls.some((call) => call.startsWith("close 1011"))).toBe(true);
      transport.sink.closed(new CloseReason(1011), true);
      await settle();
      expect(events.at(-1)).toBe("ended 1011 true");
    }
  });

  it("a revoked proxy that is thrown reaches @OnError as an Error", () => {
    const seen: Error[] = [];
    const { begin, transport } = start({
      text: () => {
        throw revoked();
      },
      error: (error) => void seen.push(error),
    });
    begin();
    transport.text("x");
    expect(seen[0]?.message).toBe("a value that is not an Error was thrown: an object that cannot be looked at");
  });
});

describe("order of sends", () => {
  it("holds for a returned value, too, while an encoder is at work (J-140)", async () => {
    const slow = gate();
    const harness = start({
      text: () => {
        void harness.session.remote.sendObject("slow");
        return "reply";
      },
    });
    harness.dispatcher.encode = (value) => slow.promise.then(() => String(value));
    harness.begin();
    harness.transport.text("x");
    void harness.session.remote.sendText("later");
    slow.open();
    await settle();
    await settle();
    expect(harness.transport.calls).toEqual(["send slow", "send reply", "send later"]);
  });
});

describe("close", () => {
  it.each([1004, 1006, 1015, 1016, 2999])(
    "tells @OnClose what is on the wire for the code %s (J-158)",
    async (code) => {
      const seen: number[] = [];
      const { begin, session, transport } = start({ close: (reason) => void seen.push(reason.code) });
      begin();
      await session.close(new CloseReason(code, "why"));
      expect(transport.calls).toEqual(["close 1000 why"]);
      expect(seen).toEqual([1000]);
    },
  );

  it("takes what is no CloseReason, and never throws", async () => {
    for (const [reason, call] of [
      [{ code: 4000, reasonPhrase: "é".repeat(100) }, `close 4000 ${"é".repeat(61)}`],
      [{ code: 17 }, "close 1011"],
      [null, "close 1011"],
      // What is a CloseReason can be changed by who does not ask the compiler.
      [Object.assign(new CloseReason(4000), { reasonPhrase: "é".repeat(100) }), `close 4000 ${"é".repeat(61)}`],
      [Object.assign(new CloseReason(4000), { code: 1000.5 }), "close 1011"],
    ] as const) {
      const { begin, session, transport } = start({});
      begin();
      await session.close(reason as never);
      expect(transport.calls).toEqual([call]);
    }
  });
});
