import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** What the page's script exports; it is plain JavaScript and comes without types. */
interface ConnectionModule {
  waitBefore: (attempt: number, close: { code: number; reason: string }, random?: () => number) => number;
  Connection: new (
    url: string,
    on: Record<"connecting" | "message" | "waiting" | "refused", (...told: unknown[]) => void>,
  ) => { send(value: unknown): boolean; retryNow(): void; end(): void };
}

const { Connection, waitBefore } = (await import(
  new URL("../public/connection.js", import.meta.url).href
)) as ConnectionModule;

const lost = { code: 1006, reason: "" };

describe("waitBefore", () => {
  it.each([1012, 1013])("waits as long as a server says that closes with %i", (code) => {
    expect(waitBefore(3, { code, reason: "retry=1234" }, () => 0)).toBe(1_234);
  });

  it("waits 30 s at most, whatever the server says", () => {
    expect(waitBefore(0, { code: 1012, reason: "retry=999999" })).toBe(30_000);
  });

  it("does not take the word of any other close code", () => {
    expect(waitBefore(0, { code: 1000, reason: "retry=1234" }, () => 1)).toBe(500);
  });

  it("else waits a random part of a time that doubles up to 30 s", () => {
    expect([0, 1, 2, 5, 6, 50].map((attempt) => waitBefore(attempt, lost, () => 1))).toEqual([
      500, 1_000, 2_000, 16_000, 30_000, 30_000,
    ]);
    expect(waitBefore(5, lost, () => 0)).toBe(0);
    expect(waitBefore(2, lost, () => 0.25)).toBe(500);
  });
});

describe("Connection", () => {
  class FakeSocket extends EventTarget {
    static readonly OPEN = 1;
    static readonly all: FakeSocket[] = [];
    readyState = 0;
    readonly sent: string[] = [];
    closed = false;

    constructor(readonly url: string) {
      super();
      FakeSocket.all.push(this);
    }

    send(data: string): void {
      this.sent.push(data);
    }

    close(): void {
      this.closed = true;
    }

    receive(value: unknown): void {
      this.readyState = FakeSocket.OPEN;
      this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(value) }));
    }

    break(code: number, reason = ""): void {
      this.readyState = 3;
      this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
    }
  }

  let told: unknown[][];
  let connection: InstanceType<ConnectionModule["Connection"]>;
  const socket = () => FakeSocket.all.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.spyOn(Math, "random").mockReturnValue(1);
    FakeSocket.all.length = 0;
    told = [];
    connection = new Connection("ws://chat.example/", {
      connecting: () => told.push(["connecting"]),
      message: (value) => told.push(["message", value]),
      waiting: (wait) => told.push(["waiting", wait]),
      refused: (reason) => told.push(["refused", reason]),
    });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("hands on what it hears and sends JSON while it is open, nothing else", () => {
    expect(connection.send({ text: "too early" })).toBe(false);
    socket().receive({ type: "welcome" });
    expect(connection.send({ text: "hello" })).toBe(true);
    expect(socket().sent).toEqual(['{"text":"hello"}']);
    socket().break(1006);
    expect(connection.send({ text: "too late" })).toBe(false);
    expect(told).toEqual([["connecting"], ["message", { type: "welcome" }], ["waiting", 500]]);
  });

  it("comes back after the time the server says", () => {
    socket().receive({});
    socket().break(1012, "retry=2500");
    vi.advanceTimersByTime(2_499);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("waits longer from failure to failure, until a server answers again", () => {
    const waits = () => told.filter(([what]) => what === "waiting").map(([, wait]) => wait);
    for (let failure = 0; failure < 3; failure++) {
      socket().break(1006);
      vi.runOnlyPendingTimers();
    }
    expect(waits()).toEqual([500, 1_000, 2_000]);
    socket().receive({});
    socket().break(1006);
    expect(waits().at(-1)).toBe(500);
  });

  it("tries at once when asked to, but only while it waits", () => {
    connection.retryNow();
    expect(FakeSocket.all).toHaveLength(1);
    socket().break(1006);
    connection.retryNow();
    expect(FakeSocket.all).toHaveLength(2);
    vi.runAllTimers();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("does not come back when it was refused", () => {
    socket().break(4400, "Please choose a name.");
    vi.runAllTimers();
    expect(told.at(-1)).toEqual(["refused", "Please choose a name."]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("closes, and tells nothing more, when it was ended", () => {
    const last = socket();
    connection.end();
    last.receive({ type: "late" });
    last.break(1006);
    vi.runAllTimers();
    expect(last.closed).toBe(true);
    expect(told).toEqual([["connecting"]]);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
