import { describe, expect, it } from "vitest";
import { JumpingClock, turns } from "../jumping-clock.test.fixture.js";
import { defaultLimits } from "../limits.js";
import { TimerWheel } from "../timer-wheel.js";
import { SessionWatch, type WatchLimits, type WatchOwner } from "./session-watch.js";
import type { Transport } from "./transport.js";

/** A look comes so much later than it was wanted, at most. */
const TURN = 100;

function start(limits: Partial<WatchLimits> = {}) {
  const clock = new JumpingClock();
  const wheel = new TimerWheel(clock);
  const pings: number[] = [];
  const found: string[] = [];
  const verdict = (name: string) => () => void found.push(`${name} ${clock.now()}`);
  const transport = {
    heardAt: 0,
    bytesWritten: 0,
    ping: (data: Uint8Array) => void (pings.push(clock.now()), (beat = Buffer.from(data))),
  };
  let beat = Buffer.alloc(0);
  const state = { held: -Infinity, unread: 0, oldestCall: undefined as number | undefined };
  const owner: WatchOwner = {
    clock,
    limits: { ...defaultLimits, ...limits },
    lastHeld: () => state.held,
    get unread() {
      return state.unread;
    },
    get oldestCall() {
      return state.oldestCall;
    },
    silent: verdict("silent"),
    idle: (timeout) => verdict(`idle ${timeout}`)(),
    unfinished: verdict("unfinished"),
    overdue: verdict("overdue"),
    slow: verdict("slow"),
    expired: verdict("expired"),
  };
  const watch = new SessionWatch(owner, wheel, transport as unknown as Transport);
  return { clock, wheel, watch, transport, state, pings, found, heartbeat: () => beat };
}

/** Without heartbeats, which tests of other bounds do not want to hear of. */
const quiet = { heartbeatInterval: 0 };

describe("the heartbeat", () => {
  it("finds a dead peer within 46 s, by one ping (F08)", () => {
    for (let count = 0; count < 200; count++) {
      const { clock, found, pings } = start();
      clock.advance(46_000);
      expect(pings).toHaveLength(1);
      expect(pings[0]).toBeGreaterThanOrEqual(22_500);
      expect(pings[0]).toBeLessThanOrEqual(25_000);
      expect(found).toEqual([`silent ${pings[0]! + 20_000}`]);
      clock.advance(200_000);
      expect(found).toHaveLength(1);
    }
  });

  it("comes at different times in different sessions", () => {
    const clocks = Array.from({ length: 50 }, () => start());
    for (const { clock } of clocks) clock.advance(25_000);
    expect(new Set(clocks.map(({ pings }) => pings[0])).size).toBeGreaterThan(10);
  });

  it.each([
    ["at once", 0],
    ["after a second", 1_000],
    ["in the last moment", 19_900],
  ])("lets a peer live that shows life %s after each ping", (_name, delay) => {
    const { clock, found, pings, transport } = start();
    let answered = 0;
    for (let time = 0; time < 600_000; time += TURN) {
      clock.advance(TURN);
      if (pings.length > answered && clock.now() >= pings[answered]! + delay) {
        transport.heardAt = clock.now();
        answered++;
      }
    }
    expect(found).toEqual([]);
    expect(answered).toBeGreaterThan(12);
  });

  it("comes in its interval also where that is shorter than its timeout", () => {
    const { clock, found, pings, transport } = start({ heartbeatInterval: 5_000, heartbeatTimeout: 20_000 });
    for (let time = 0; time < 60_000; time += TURN) {
      clock.advance(TURN);
      if (transport.heardAt < (pings.at(-1) ?? 0)) transport.heardAt = clock.now();
    }
    expect(pings.length).toBeGreaterThanOrEqual(11);
    const before = pings.length;
    clock.advance(26_000);
    expect(pings.length - before).toBeLessThanOrEqual(1);
    expect(found).toEqual([`silent ${pings.at(-1)! + 20_000}`]);
  });

  it("does not ping who sends anyway, and finds it 46 s after the last byte", () => {
    const { clock, found, pings, transport } = start();
    for (let time = 0; time < 300_000; time += 1_000) {
      transport.heardAt = clock.now();
      clock.advance(1_000);
    }
    expect(pings).toEqual([]);
    clock.advance(45_000);
    expect(found).toHaveLength(1);
  });

  it("is off at 0", () => {
    const { clock, found, pings } = start(quiet);
    clock.advance(10_000_000);
    expect([pings, found, clock.timers.size]).toEqual([[], [], 0]);
  });

  it("stands still while we hold the peer's input, and begins anew when we let go", () => {
    const { clock, found, pings, state } = start();
    for (let time = 0; time < 300_000; time += TURN) {
      state.held = clock.now();
      clock.advance(TURN);
    }
    expect(found).toEqual([]);
    const releasedAt = state.held;
    clock.advance(releasedAt + 46_000 - clock.now());
    expect(found).toHaveLength(1);
    expect(pings.at(-1)).toBeGreaterThan(releasedAt + 22_400);
  });

  it("does not blame a peer whose answer could not be read until a moment ago", () => {
    const { clock, found, pings, state } = start();
    clock.advance(25_000);
    expect(pings).toHaveLength(1);
    // Held nearly all the time since the ping, and let go right before the verdict.
    clock.advance(pings[0]! + 19_999 - clock.now());
    state.held = clock.now();
    clock.advance(TURN);
    expect(found).toEqual([]);
    clock.advance(46_000);
    expect(found).toHaveLength(1);
  });

  it("knows the answers to its pings, each once, and nothing else", () => {
    const { clock, watch, heartbeat, transport } = start();
    const answer = Buffer.from("wsprng");
    expect(watch.isHeartbeat(answer)).toBe(false);
    clock.advance(25_000);
    expect(heartbeat().equals(answer)).toBe(true);
    expect(watch.isHeartbeat(Buffer.from("wsprnG"))).toBe(false);
    expect(watch.isHeartbeat(answer)).toBe(true);
    expect(watch.isHeartbeat(answer)).toBe(false);
    for (let count = 0; count < 2; count++) {
      transport.heardAt = clock.now();
      clock.advance(25_000);
    }
    // Two are out, because something else came first.
    expect([1, 2, 3].map(() => watch.isHeartbeat(answer))).toEqual([true, true, false]);
  });
});

describe("a stall of the event loop", () => {
  it.each([1_000, 5_000, 30_000, 120_000])("of %d ms kills nobody (F10)", async (stall) => {
    for (const before of [0, 10_000, 22_000, 24_000, 30_000]) {
      const { clock, found, pings, transport, state, watch } = start();
      watch.idleTimeout = 44_100;
      clock.advance(before);
      state.oldestCall = clock.now();
      watch.called(clock.now());
      watch.incomplete();
      watch.touch();
      clock.advance(500);
      clock.jump(stall);
      // What has arrived is read before the wheel looks.
      if (pings.length > 0) transport.heardAt = clock.now();
      await turns();
      // A handler and a message that take a second more.
      clock.advance(1_000);
      state.oldestCall = undefined;
      watch.complete();
      watch.touch();
      expect(found).toEqual([]);
      transport.heardAt = clock.now();
      clock.advance(10_000);
      expect(found).toEqual([]);
    }
  });

  it("does not save a peer that is dead after it, too", async () => {
    const { clock, found } = start();
    clock.advance(23_000);
    clock.jump(30_000);
    await turns();
    clock.advance(46_000);
    expect(found).toHaveLength(1);
  });
});

describe("maxIdleTimeout", () => {
  it("ends what is idle, counted from the last touch", () => {
    const { clock, found, watch } = start(quiet);
    watch.touch();
    watch.idleTimeout = 1_000;
    clock.advance(700);
    watch.touch();
    clock.advance(999);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["idle 1000 1700"]);
  });

  it("is off at 0 and below, and begins anew when it is set", () => {
    const { clock, found, watch } = start(quiet);
    watch.idleTimeout = 1_000;
    clock.advance(900);
    watch.idleTimeout = 0;
    clock.advance(10_000);
    watch.idleTimeout = -5;
    clock.advance(10_000);
    watch.idleTimeout = 2_000;
    clock.advance(1_999);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toHaveLength(1);
  });

  it("does not run while input is held, nor for our heartbeat", () => {
    const { clock, found, watch, state, pings } = start();
    watch.idleTimeout = 30_000;
    state.held = 5_000;
    clock.advance(34_999);
    expect([found, pings.length]).toEqual([[], 1]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["idle 30000 35000"]);
  });
});

describe("assembly time", () => {
  it("ends 30 s after a message has begun that is not complete (T45)", () => {
    const { clock, found, watch } = start(quiet);
    clock.advance(1_000);
    watch.incomplete();
    clock.advance(29_999);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["unfinished 31000"]);
  });

  it("is of each message by itself", () => {
    const { clock, found, watch } = start(quiet);
    for (let count = 0; count < 10; count++) {
      watch.incomplete();
      clock.advance(29_000);
      watch.complete();
    }
    clock.advance(100_000);
    expect(found).toEqual([]);
  });

  it("does not run while we hold the peer's input", () => {
    const { clock, found, watch, state } = start(quiet);
    watch.incomplete();
    state.held = 29_900;
    clock.advance(59_899);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["unfinished 59900"]);
  });
});

describe("handler time", () => {
  it("ends 30 s after the oldest call (F04)", () => {
    const { clock, found, watch, state } = start(quiet);
    state.oldestCall = clock.now();
    watch.called(clock.now());
    clock.advance(20_000);
    // The first has ended: the second is the oldest.
    state.oldestCall = 10_000;
    clock.advance(19_999);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["overdue 40000"]);
  });

  it("is none where no call goes on", () => {
    const { clock, found, watch, state } = start(quiet);
    state.oldestCall = clock.now();
    watch.called(clock.now());
    state.oldestCall = undefined;
    clock.advance(100_000);
    expect(found).toEqual([]);
  });
});

describe("a slow consumer", () => {
  it("is who takes less than 65 536 bytes in 10 s while more waits", () => {
    const { clock, found, watch, state, transport } = start(quiet);
    state.unread = 65_537;
    watch.congested();
    clock.advance(5_000);
    transport.bytesWritten = 65_535;
    clock.advance(4_999);
    expect(found).toEqual([]);
    clock.advance(1 + TURN);
    expect(found).toEqual(["slow 10000"]);
  });

  it.each([
    ["takes exactly 65 536 bytes", 65_536, 1_000_000],
    ["leaves no more than 65 536 bytes", 0, 65_536],
  ])("is not who %s", (_name, perTenSeconds, unread) => {
    const { clock, found, watch, state, transport } = start(quiet);
    state.unread = unread;
    for (let count = 0; count < 20; count++) {
      watch.congested();
      clock.advance(9_000);
      transport.bytesWritten += perTenSeconds;
      clock.advance(1_000);
    }
    expect(found).toEqual([]);
  });

  it("is found 10 s to 12.5 s after it has stopped, whatever it took before", () => {
    const { clock, found, watch, state, transport } = start(quiet);
    state.unread = 10_000_000;
    watch.congested();
    transport.bytesWritten = 5_000_000;
    clock.advance(12_400);
    expect(found).toEqual([]);
    clock.advance(2 * TURN);
    expect(found).toEqual(["slow 12500"]);
  });

  it("is found, too, when it had kept up for a while", () => {
    const { clock, found, watch, state, transport } = start(quiet);
    state.unread = 100_000;
    watch.congested();
    transport.bytesWritten = 100_000;
    state.unread = 0;
    clock.advance(20_000);
    state.unread = 100_000;
    watch.congested();
    watch.congested();
    clock.advance(10_000 + TURN);
    expect(found).toEqual(["slow 30000"]);
  });
});

describe("expiry", () => {
  it.each([
    [50_000, 50_000],
    [-10, 100],
    [10_000_000, 10_000_000],
  ])("at %d ends the session at %d", (expiresAt, at) => {
    const { clock, found, watch } = start(quiet);
    watch.expiresAt = expiresAt;
    clock.advance(at - 1);
    expect(found).toEqual([]);
    clock.advance(1);
    expect(found).toEqual([`expired ${at}`]);
  });

  it("can be put off, and taken back", () => {
    const { clock, found, watch } = start(quiet);
    watch.expiresAt = 1_000;
    watch.expiresAt = 3_000;
    clock.advance(2_900);
    watch.expiresAt = Infinity;
    clock.advance(100_000);
    expect(found).toEqual([]);
  });
});

describe("SessionWatch", () => {
  it("finds one thing only, though several are due, and looks no more", () => {
    const { clock, found, watch, state } = start();
    watch.idleTimeout = 45_000;
    watch.expiresAt = 45_000;
    watch.incomplete();
    state.oldestCall = 0;
    state.unread = 1_000_000;
    watch.congested();
    clock.advance(500_000);
    expect(found).toEqual(["slow 10000"]);
    watch.expiresAt = clock.now();
    clock.advance(1_000);
    expect([found.length, clock.timers.size, watch.turn]).toEqual([1, 0, -1]);
  });

  it("looks no more when it was stopped, whatever is set afterwards", () => {
    const { clock, found, watch, pings } = start();
    watch.stop();
    watch.expiresAt = 10;
    watch.idleTimeout = 10;
    watch.incomplete();
    watch.congested();
    watch.called(0);
    clock.advance(500_000);
    expect([found, pings, clock.timers.size]).toEqual([[], [], 0]);
  });
});
