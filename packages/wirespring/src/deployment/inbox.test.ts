import { describe, expect, it } from "vitest";
import { CloseReason } from "../close-reason.js";
import { Diagnostics } from "../diagnostics.js";
import { JumpingClock, turns } from "../jumping-clock.test.fixture.js";
import { RecipientCount } from "../session/recipient-count.js";
import { defaultLimits, type Limits } from "../limits.js";
import type { Transport } from "../session/transport.js";
import type { HandlerCalls } from "./handler-calls.js";
import { Inbox, type InboxHome, type InboxOwner } from "./inbox.js";

interface Wishes {
  readonly form?: "whole" | "stream" | "parts";
  readonly concurrency?: number | "unordered";
  readonly limits?: Partial<Limits>;
}

/** An inbox whose whole messages are handled for ever, and whose streams are read by nobody. */
function start({ form = "whole", concurrency = 1, limits = {} }: Wishes) {
  const clock = new JumpingClock();
  const called: string[] = [];
  const input: string[] = [];
  const log = (): void => {};
  const diagnostics = new Diagnostics({ debug: log, info: log, warn: log, error: log });
  const home = {
    limits: { ...defaultLimits, ...limits },
    clock,
    recipients: new RecipientCount(),
    diagnostics,
    path: "/x",
    model: { options: { concurrency }, text: { form }, binary: undefined, pong: undefined },
  } as unknown as InboxHome;
  const owner = {
    session: { id: "1", maxTextMessageSize: 100 },
    reason: undefined as CloseReason | undefined,
    active: () => {},
    called: () => {},
    broke: () => {},
    close: (reason: CloseReason) => {
      owner.reason ??= reason;
      inbox.end(reason);
      return Promise.resolve();
    },
  };
  const calls = {
    message: (_handler: unknown, _kind: string, data: Buffer) => {
      called.push(String(data));
      return new Promise<void>(() => {});
    },
    invoke: () => void called.push("part"),
    decoded: () => void called.push("stream"),
  } as unknown as HandlerCalls;
  const inbox = new Inbox(home, owner as unknown as InboxOwner, calls);
  inbox.listen({
    bytesRead: 0,
    listen: () => {},
    pause: () => void input.push("pause"),
    resume: () => void input.push("resume"),
  } as unknown as Transport);
  inbox.release();
  const say = (count: number): void => {
    for (let index = 0; index < count; index++) {
      inbox.begin(false, true);
      inbox.message(Buffer.from("x"), false);
    }
  };
  return { inbox, owner, clock, called, input, say, dropped: () => diagnostics.metrics().messagesDropped };
}

describe("Inbox", () => {
  it.each([
    [1, 1],
    [8, 8],
    [200, 200],
    [5_000, 5_000],
    ["unordered", 1_024],
  ] as const)("with a concurrency of %s handles %d at a time, and then 64 may wait", (concurrency, running) => {
    const limits = { turnMessages: 1_000_000 };
    const { say, called, input } = start({ concurrency, limits });
    say(running + 63);
    expect([called.length, input]).toEqual([running, []]);
    say(1);
    expect([called.length, input]).toEqual([running, ["pause"]]);
  });

  it("of calls that run at the same time keeps no more bytes than may wait", () => {
    const { say, called, input } = start({ concurrency: "unordered", limits: { mailboxBytes: 300 } });
    say(299);
    expect([called.length, input]).toEqual([299, []]);
    say(1);
    expect([called.length, input]).toEqual([300, ["pause"]]);
  });

  it.each(["stream", "parts"] as const)(
    "counts the frames of a message (%s) for the turn of its session",
    async (form) => {
      const { inbox, input } = start({ form });
      inbox.begin(false, false);
      for (let frame = 0; frame < 1_022; frame++) inbox.part(Buffer.alloc(0), false, false);
      expect(input).toEqual([]);
      for (let frame = 0; frame < 3; frame++) inbox.part(Buffer.alloc(0), false, false);
      expect(input).toEqual(["pause"]);
      // It is the peer that is waited for, all the same.
      expect(inbox.isHeld).toBe(false);
      await turns(1);
      expect(input).toEqual(["pause", "resume"]);
    },
  );

  it("counts nothing for the rate after the end, and leaves no timer", async () => {
    const { say, owner, clock, dropped } = start({ limits: { messageRate: 10, messageBurst: 2 } });
    say(4);
    expect(clock.timers.size).toBe(1);
    await owner.close(new CloseReason(1000));
    expect(clock.timers.size).toBe(0);
    say(1_000);
    expect(clock.timers.size).toBe(0);
    expect(dropped()).toEqual({ closing: 1_000 });
  });
});
