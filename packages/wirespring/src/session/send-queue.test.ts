import { describe, expect, it } from "vitest";
import { SendQueue } from "./send-queue.js";

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

describe("SendQueue", () => {
  it("runs jobs at once while nothing is before them", () => {
    const queue = new SendQueue();
    const ran: string[] = [];
    queue.submit(true, () => void ran.push("a"));
    queue.submit(false, () => void ran.push("b"));
    expect([ran, queue.isFree]).toEqual([["a", "b"], true]);
  });

  it("keeps the order of calls past an encoder that is at work (J-140)", async () => {
    const queue = new SendQueue();
    const ran: string[] = [];
    let done!: () => void;
    queue.submit(true, () => new Promise((resolve) => (done = resolve)));
    queue.submit(true, () => void ran.push("text"));
    queue.submit(false, () => void ran.push("ping"));
    expect([ran, queue.isFree]).toEqual([[], false]);
    done();
    await settle();
    expect([ran, queue.isFree]).toEqual([["text", "ping"], true]);
  });

  it("lets nothing but parts and control frames between the parts of a message, and then goes on in order (J-133)", () => {
    const queue = new SendQueue();
    const ran: string[] = [];
    const owner = {};
    queue.submit(true, () => queue.begin({ owner, binary: false }));
    queue.submit(true, () => void ran.push("message 1"));
    queue.submit(false, () => void ran.push("ping"));
    queue.submit(true, () => void ran.push("message 2"));
    expect([queue.unfinished?.owner, queue.behind]).toEqual([owner, 2]);
    queue.submit(false, () => {
      ran.push("last part");
      queue.finish();
    });
    expect(ran).toEqual(["ping", "last part", "message 1", "message 2"]);
    expect(queue.isFree).toBe(true);
  });
});
