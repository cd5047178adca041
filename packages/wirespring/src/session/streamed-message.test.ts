import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { CloseReason } from "../close-reason.js";
import type { IncomingHome, IncomingMessage } from "./incoming-message.js";
import { PartedMessage, type MessagePart } from "./parted-message.js";
import { StreamedMessage } from "./streamed-message.js";

class Home implements IncomingHome {
  readonly holds: boolean[] = [];
  readonly refused: number[] = [];
  readonly timers: { readonly task: () => void; readonly delay: number }[] = [];
  time = 0;
  bytesRead = 0;
  isHeld = false;
  isIdle = true;
  readonly limits = { maxStreamSize: 0, streamByteTimeout: 1_000, streamReadTimeout: 1_000 };
  readonly clock = {
    now: (): number => this.time,
    wallTime: (): number => this.time,
    setTimer: (task: () => void, delay: number) => {
      const timer = { task, delay };
      this.timers.push(timer);
      return {
        cancel: (): void => void (this.timers.includes(timer) && this.timers.splice(this.timers.indexOf(timer), 1)),
      };
    },
  };

  holdStream(held: boolean): void {
    this.holds.push(held);
  }

  refuse(reason: CloseReason): Error {
    this.refused.push(reason.code);
    return new Error(reason.reasonPhrase);
  }

  /** The one timer comes due. */
  look(): void {
    const { task, delay } = this.timers.shift()!;
    this.time += delay;
    task();
  }
}

/** Until the time is over that a message has to go on. */
function takeEmptyFrames(home: Home, message: IncomingMessage): void {
  for (home.time = 100; home.time < 1_000; home.time += 100) {
    home.bytesRead += 6;
    message.take(Buffer.alloc(0), false);
  }
  home.timers.shift()!.task();
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("StreamedMessage", () => {
  it("holds input when the stream is full, and lets it go when it is read", async () => {
    const home = new Home();
    const message = new StreamedMessage(home, undefined, true);
    message.take(Buffer.alloc(65_536), false);
    expect(home.holds).toEqual([true]);
    (message.stream as Readable).read();
    await turn();
    expect(home.holds).toEqual([true, false]);
  });

  it("is over at once when a synchronous handler has not read and the message is whole", () => {
    const message = new StreamedMessage(new Home(), undefined, true);
    message.take(Buffer.from("x"), true);
    message.called();
    expect(message.until(undefined)).toBeUndefined();
    expect(message.stream.destroyed).toBe(true);
  });

  it("is over with the later of the handler's end and the message's", async () => {
    const home = new Home();
    const message = new StreamedMessage(home, undefined, true);
    message.take(Buffer.from("x"), false);
    let over = false;
    void Promise.resolve(message.until(undefined)).then(() => (over = true));
    await turn();
    expect(over).toBe(false);
    message.take(Buffer.alloc(100_000), false);
    expect(home.holds).not.toContain(true);
    message.take(Buffer.from("x"), true);
    await turn();
    expect([over, home.timers.length]).toEqual([true, 0]);
  });

  it("lets a handler that has only begun to read go on reading", async () => {
    const message = new StreamedMessage(new Home(), undefined, false);
    message.take(Buffer.from("a"), false);
    let text = "";
    message.stream.on("data", (chunk: string) => (text += chunk));
    const over = message.until(undefined);
    message.take(Buffer.from("b"), true);
    await over;
    expect(text).toBe("ab");
  });

  it("counts a large frame that is on its way as alive", () => {
    const home = new Home();
    const message = new StreamedMessage(home, undefined, true);
    message.take(Buffer.alloc(0), false);
    message.called();
    home.bytesRead = 1;
    home.look();
    expect(home.refused).toEqual([]);
    home.look();
    expect(home.refused).toEqual([1008]);
  });

  it("does not count an empty frame as alive", () => {
    const home = new Home();
    const message = new StreamedMessage(home, undefined, true);
    message.take(Buffer.from("x"), false);
    message.called();
    (message.stream as Readable).read();
    takeEmptyFrames(home, message);
    expect(home.refused).toEqual([1008]);
  });

  it("does not count time in which its handler was not called yet, or input was held", () => {
    const home = new Home();
    const message = new StreamedMessage(home, undefined, true);
    message.take(Buffer.from("x"), false);
    home.look();
    home.look();
    expect(home.refused).toEqual([]);
    message.called();
    home.look();
    expect(home.refused).toEqual([1011]);
  });

  it("fails unread without ending the process", async () => {
    const message = new StreamedMessage(new Home(), undefined, true);
    message.take(Buffer.from("x"), false);
    message.abort(new Error("gone"));
    await turn();
    expect(message.stream.errored?.message).toBe("gone");
  });
});

describe("PartedMessage", () => {
  it("gives text parts that never end inside a character, one for each frame (J-54)", () => {
    const parts: MessagePart[] = [];
    const message = new PartedMessage(new Home(), "handler", false, (part) => parts.push(part));
    const bytes = Buffer.from("\ufeffé");
    for (let at = 0; at < bytes.length; at++) message.take(bytes.subarray(at, at + 1), at === bytes.length - 1);
    expect(parts.map(({ data }) => data)).toEqual(["", "", "\ufeff", "", "é"]);
    expect(parts.map(({ last }) => last)).toEqual([false, false, false, false, true]);
  });

  it("does not count an empty frame as alive", () => {
    const home = new Home();
    const message = new PartedMessage(home, undefined, true, () => {});
    message.take(Buffer.from("x"), false);
    takeEmptyFrames(home, message);
    expect(home.refused).toEqual([1008]);
  });

  it("is refused with 1008 when it does not go on, unless parts of it are being handled", () => {
    const home = new Home();
    const message = new PartedMessage(home, undefined, true, () => {});
    message.take(Buffer.from("x"), false);
    home.isIdle = false;
    home.look();
    expect(home.refused).toEqual([]);
    home.isIdle = true;
    home.look();
    expect(home.refused).toEqual([1008]);
  });
});
