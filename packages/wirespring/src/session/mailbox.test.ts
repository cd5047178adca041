import { describe, expect, it } from "vitest";
import { Mailbox, type LetterBody, type LetterKind, type MailboxOwner } from "./mailbox.js";

/** Handles what it is given synchronously, or, where told, until `finish` is called. */
class Owner implements MailboxOwner {
  goesOn = (): number => 0;
  readonly events: string[] = [];
  readonly #pending: (() => void)[] = [];
  asynchronous = false;
  within: (() => void) | undefined;

  handle(_kind: LetterKind, body: LetterBody): void | Promise<void> {
    this.events.push(String(body as Buffer));
    this.within?.();
    if (!this.asynchronous) return;
    return new Promise<void>((resolve) => this.#pending.push(resolve));
  }

  full(): void {
    this.events.push("full");
  }

  drained(): void {
    this.events.push("drained");
  }

  async finish(): Promise<void> {
    this.#pending.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
  }
}

const limits = { mailboxMessages: 4, mailboxBytes: 100 };

function mailbox(concurrency = 1): { owner: Owner; box: Mailbox; post: (text: string) => void } {
  const owner = new Owner();
  const box = new Mailbox(owner, limits, concurrency);
  return { owner, box, post: (text) => box.accept("text", Buffer.from(text)) };
}

describe("Mailbox", () => {
  it("handles nothing before it is released, then everything in order", () => {
    const { owner, box, post } = mailbox();
    post("a");
    post("b");
    expect(owner.events).toEqual([]);
    box.release();
    expect(owner.events).toEqual(["a", "b"]);
  });

  it("handles synchronously while the handler is synchronous", () => {
    const { owner, box, post } = mailbox();
    box.release();
    post("a");
    expect(owner.events).toEqual(["a"]);
  });

  it("never overlaps two messages of an asynchronous handler (J-200)", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.asynchronous = true;
    post("a");
    post("b");
    expect(owner.events).toEqual(["a"]);
    await owner.finish();
    expect(owner.events).toEqual(["a", "b"]);
  });

  it("keeps a message that arrives within a handler behind it", () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.within = () => {
      owner.within = undefined;
      post("inner");
      owner.events.push("outer ends");
    };
    post("outer");
    expect(owner.events).toEqual(["outer", "outer ends", "inner"]);
  });

  it("handles as many at a time as it may", async () => {
    const { owner, box, post } = mailbox(2);
    box.release();
    owner.asynchronous = true;
    for (const text of ["a", "b", "c"]) post(text);
    expect(owner.events).toEqual(["a", "b"]);
    await owner.finish();
    expect(owner.events).toEqual(["a", "b", "c"]);
  });

  it("tells that it is full by messages, and that there is room again at half of that", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.asynchronous = true;
    for (const text of ["a", "b", "c", "d", "e"]) post(text);
    expect(owner.events).toEqual(["a", "full"]);
    await owner.finish();
    await owner.finish();
    expect(owner.events).toEqual(["a", "full", "b", "c"]);
    await owner.finish();
    expect(owner.events).toEqual(["a", "full", "b", "c", "d", "drained"]);
  });

  it("tells that it is full by bytes; one message always fits", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    post("x".repeat(1000));
    expect(owner.events).toHaveLength(1);
    owner.asynchronous = true;
    post("a");
    post("y".repeat(100));
    expect(owner.events.at(-1)).toBe("full");
    await owner.finish();
    expect(owner.events.at(-1)).toBe("drained");
  });

  it("calls the task when nothing waits and nothing runs, once", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.asynchronous = true;
    post("a");
    post("b");
    box.whenIdle(() => owner.events.push("idle"));
    await owner.finish();
    expect(owner.events).toEqual(["a", "b"]);
    await owner.finish();
    expect(owner.events).toEqual(["a", "b", "idle"]);
    owner.asynchronous = false;
    post("c");
    expect(owner.events).toEqual(["a", "b", "idle", "c"]);
  });

  it("calls the task after the handler that asked for it, when that is synchronous", () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.within = () => {
      box.whenIdle(() => owner.events.push("idle"));
      owner.events.push("handler ends");
    };
    post("a");
    expect(owner.events).toEqual(["a", "handler ends", "idle"]);
  });

  it("waits with the task while it is held", () => {
    const { owner, box } = mailbox();
    box.whenIdle(() => owner.events.push("idle"));
    expect(owner.events).toEqual([]);
    box.release();
    expect(owner.events).toEqual(["idle"]);
  });

  it("throws out what waits and tells of each", () => {
    const { owner, box, post } = mailbox();
    post("a");
    post("b");
    const dropped: string[] = [];
    box.clear((kind, body) => dropped.push(`${kind} ${String(body as Buffer)}`));
    box.release();
    expect(dropped).toEqual(["text a", "text b"]);
    expect(owner.events).toEqual([]);
  });

  it("forgets handlers that were given up, also when they end later", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.asynchronous = true;
    post("hung");
    box.whenIdle(() => owner.events.push("idle"));
    box.abandon();
    expect(owner.events).toEqual(["hung", "idle"]);
    post("next");
    await owner.finish();
    post("waits");
    expect(owner.events).toEqual(["hung", "idle", "next"]);
  });
});

describe("a mailbox of many at a time", () => {
  it("handles as many as it may, also more than may wait; those that wait fill it", async () => {
    const { owner, box, post } = mailbox(6);
    box.release();
    owner.asynchronous = true;
    for (const text of ["a", "b", "c", "d", "e", "f", "g", "h", "i"]) post(text);
    expect(owner.events).toEqual(["a", "b", "c", "d", "e", "f"]);
    post("j");
    expect(owner.events.slice(6)).toEqual(["full"]);
    await owner.finish();
    await owner.finish();
    expect(owner.events.slice(7)).toEqual(["g", "h"]);
    await owner.finish();
    expect(owner.events.slice(9)).toEqual(["i", "drained"]);
  });

  it("is full by the bytes that are being handled", () => {
    const { owner, box, post } = mailbox(Infinity);
    box.release();
    owner.asynchronous = true;
    post("x".repeat(100));
    expect(owner.events.at(-1)).toBe("full");
  });

  it("is full by the streams that are being read, whose bytes it does not know", async () => {
    const { owner, box } = mailbox(Infinity);
    box.release();
    owner.asynchronous = true;
    const stream = { length: 0, toString: () => "s" };
    for (let count = 0; count < 4; count++) box.accept("stream", stream);
    expect(owner.events).toEqual(["s", "s", "s", "s", "full"]);
    await owner.finish();
    await owner.finish();
    expect(owner.events.at(-1)).toBe("full");
    await owner.finish();
    expect(owner.events.at(-1)).toBe("drained");
  });

  it("is full by what streams hold that wait, and counts it when it is told", async () => {
    const { owner, box, post } = mailbox();
    box.release();
    owner.asynchronous = true;
    post("a");
    const stream = { length: 0, held: 0, toString: () => "s" };
    box.accept("stream", stream);
    stream.held = 99;
    box.grown();
    expect(owner.events).toEqual(["a"]);
    stream.held = 100;
    box.grown();
    expect(owner.events).toEqual(["a", "full"]);
    // Being read, it is not counted by its bytes any more.
    await owner.finish();
    expect(owner.events).toEqual(["a", "full", "s", "drained"]);
    box.accept("stream", stream);
    box.clear(() => {});
    box.grown();
    expect(owner.events).toEqual(["a", "full", "s", "drained", "full"]);
  });

  it("has room again when half of the bytes that are being handled are done with", async () => {
    const { owner, box, post } = mailbox(Infinity);
    box.release();
    owner.asynchronous = true;
    for (const letter of ["a", "b"]) post(letter.repeat(51));
    expect(owner.events.at(-1)).toBe("full");
    await owner.finish();
    expect(owner.events.at(-1)).toBe("full");
    await owner.finish();
    expect(owner.events.at(-1)).toBe("drained");
  });
});

describe("Mailbox.oldestCall", () => {
  /** Each call that goes on is made a moment later. */
  function timed(concurrency: number) {
    const made = mailbox(concurrency);
    let now = 0;
    made.owner.goesOn = () => ++now;
    made.box.release();
    made.owner.asynchronous = true;
    return made;
  }

  it("is the call that goes on, not one that has ended or waits", async () => {
    const { owner, box, post } = timed(1);
    expect(box.oldestCall).toBeUndefined();
    post("a");
    post("b");
    expect(box.oldestCall).toBe(1);
    await owner.finish();
    expect(box.oldestCall).toBe(2);
    await owner.finish();
    expect(box.oldestCall).toBeUndefined();
    owner.asynchronous = false;
    post("quick");
    expect(box.oldestCall).toBeUndefined();
  });

  it("is the oldest of several", async () => {
    const { owner, box, post } = timed(3);
    for (const text of ["a", "b", "c", "d"]) post(text);
    expect(box.oldestCall).toBe(1);
    await owner.finish();
    expect(box.oldestCall).toBe(2);
    for (const _ of ["b", "c", "d"]) await owner.finish();
    expect(box.oldestCall).toBeUndefined();
  });

  it.each([1, 2])("does not count one that reads a stream, nor one that was given up (%d at a time)", (concurrency) => {
    const { box, post } = timed(concurrency);
    box.accept("stream", Buffer.alloc(0));
    expect(box.oldestCall).toBeUndefined();
    box.abandon();
    post("a");
    expect(box.oldestCall).toBeDefined();
    box.abandon();
    expect(box.oldestCall).toBeUndefined();
  });
});
