import { describe, expect, it } from "vitest";
import { JumpingClock, turns } from "../jumping-clock.test.fixture.js";
import { RecipientCount } from "../session/recipient-count.js";
import { Turn } from "./turn.js";

function start(limits = { turnMessages: 1_024, turnTime: 2 }) {
  const clock = new JumpingClock();
  const recipients = new RecipientCount();
  let over = 0;
  let reads = 0;
  const counted = {
    now: () => (reads++, clock.now()),
    wallTime: () => 0,
    setTimer: clock.setTimer.bind(clock),
  };
  const turn = new Turn(limits, counted, recipients, () => over++);
  /** Handles messages that take so long each; gives after how many the session has had its turn. */
  const handle = (count: number, milliseconds = 0, published = 0): number | undefined => {
    for (let index = 1; index <= count; index++) {
      const began = turn.begin();
      clock.advance(milliseconds);
      recipients.add(published);
      if (turn.end(began)) return index;
    }
    return undefined;
  };
  return { handle, recipients, over: () => over, reads: () => reads };
}

describe("Turn", () => {
  it("is over after so many messages, and begins anew in the next turn of the event loop", async () => {
    const { handle, over } = start();
    expect(handle(2_000)).toBe(1_024);
    expect(over()).toBe(0);
    await turns(1);
    expect(over()).toBe(1);
    expect(handle(1_023)).toBeUndefined();
    await turns(1);
    expect(over()).toBe(2);
    expect(handle(2_000)).toBe(1_024);
    await turns(1);
  });

  it.each([
    [2, 1],
    [5, 1],
    [1, 2],
    [0.5, 4],
    [0.25, 8],
  ])("with handlers of %d ms is over after %d of them", async (milliseconds, count) => {
    const { handle } = start();
    expect(handle(2_000, milliseconds)).toBe(count);
    await turns(1);
    expect(handle(2_000, milliseconds)).toBe(count);
    await turns(1);
  });

  it("measures quick handlers now and then only, and still finds those that have become slow", async () => {
    const { handle, reads } = start();
    handle(1, 0);
    const before = reads();
    handle(800, 0);
    expect(reads() - before).toBeLessThanOrEqual(2 * 101);
    await turns(1);
    // One in eight is measured and stands for the others.
    expect(handle(2_000, 1)).toBeLessThanOrEqual(8);
    await turns(1);
    expect(handle(2_000, 1)).toBe(2);
    await turns(1);
  });

  it("does not count together what lies in different turns", async () => {
    const { handle } = start();
    for (let count = 0; count < 40; count++) {
      expect(handle(60)).toBeUndefined();
      expect(handle(1_000 - 60)).toBeUndefined();
      await turns(1);
    }
  });

  it("asks for another turn only where it matters", async () => {
    const { handle, over } = start();
    handle(255);
    await turns(1);
    expect(over()).toBe(0);
    handle(1);
    await turns(1);
    expect(over()).toBe(1);
  });

  it("counts what came before it asked, in whichever turn, so that its turn is at most a quarter shorter", async () => {
    const { handle } = start();
    handle(255);
    await turns(1);
    expect(handle(2_000)).toBe(1_024 - 255);
    await turns(1);
    expect(handle(2_000)).toBe(1_024);
    await turns(1);
  });

  it("counts a message for each recipient of what it has published", async () => {
    const { handle, recipients, over } = start();
    // What others have published meanwhile is theirs.
    recipients.add(10_000);
    expect(handle(2_000, 0, 255)).toBe(4);
    await turns(1);
    expect(over()).toBe(1);
    expect(handle(2_000)).toBe(1_024);
    await turns(1);
  });

  it("is over for several turns after a message with very many recipients", async () => {
    const { handle, over } = start();
    expect(handle(1, 0, 10 * 1_024)).toBe(1);
    await turns(9);
    expect(over()).toBe(0);
    await turns(1);
    expect(over()).toBe(1);
    // One more of them was the message itself.
    expect(handle(2_000)).toBe(1_023);
    await turns(1);
  });
});
