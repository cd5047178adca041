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

describe("SendQueue.size", () => {
  it("counts what waits, for an encoder and behind an unfinished message, and nothing that has left", async () => {
    const queue = new SendQueue();
    let encoded!: () => void;
    queue.submit(true, () => new Promise<void>((resolve) => (encoded = resolve)), 10);
    expect([queue.bytes, queue.size]).toEqual([0, 0]);
    queue.submit(true, () => {}, 100);
    queue.submit(false, () => queue.begin({ owner: queue, binary: false }));
    queue.submit(true, () => {}, 1_000);
    expect(queue.bytes).toBe(1_100);
    expect(queue.size).toBeGreaterThan(1_100);
    encoded();
    await new Promise((resolve) => setImmediate(resolve));
    expect([queue.bytes, queue.behind]).toEqual([1_000, 1]);
    queue.finish();
    expect([queue.bytes, queue.size, queue.behind]).toEqual([0, 0, 0]);
  });
});
