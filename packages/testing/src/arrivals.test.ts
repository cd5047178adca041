import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.js";

describe("Arrivals", () => {
  it("gives what came before and what comes after, in order, and keeps all", async () => {
    const arrivals = new Arrivals<number>("number");
    arrivals.push(1);
    const first = arrivals.next();
    const second = arrivals.next();
    const third = arrivals.next();
    arrivals.push(2);
    arrivals.push(3);
    arrivals.push(4);
    expect(await Promise.all([first, second, third, arrivals.next()])).toEqual([1, 2, 3, 4]);
    expect(arrivals.all).toEqual([1, 2, 3, 4]);
  });

  it("tells who waits, and who asks later, why nothing more comes and what came", async () => {
    const arrivals = new Arrivals<Buffer>("frame");
    arrivals.push(Buffer.from("hello"));
    await arrivals.next();
    const waiting = arrivals.next();
    arrivals.end("the server has gone");
    const message = 'waited for a frame: the server has gone; received so far: "hello"';
    await expect(waiting).rejects.toThrow(message);
    await expect(arrivals.next()).rejects.toThrow(message);
  });

  it("still gives what came before the end", async () => {
    const arrivals = new Arrivals<number>("number");
    arrivals.push(1);
    arrivals.end("over");
    expect(await arrivals.next()).toBe(1);
    await expect(arrivals.next()).rejects.toThrow("over");
  });

  it("is taken from without waiting, and tells what is left", () => {
    const arrivals = new Arrivals<number>("number");
    expect(arrivals.take()).toBeUndefined();
    arrivals.push(1);
    arrivals.push(2);
    expect(arrivals.take()).toBe(1);
    expect(arrivals.left).toEqual([2]);
    arrivals.end("over");
    expect(arrivals.take()).toBe(2);
    expect(() => arrivals.take()).toThrow("waited for a number: over; received so far: 1, 2");
  });

  it("rejects after its patience, and gives to the next one what comes then", async () => {
    const arrivals = new Arrivals<number>("number", 1);
    await expect(arrivals.next()).rejects.toThrow(
      "waited for a number: none came within 1 ms; received so far: nothing",
    );
    arrivals.push(1);
    expect(await arrivals.next()).toBe(1);
  });
});
