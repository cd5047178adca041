import { describe, expect, it } from "vitest";
import { OutboxBudget, type Budgeted, type SharedMessage } from "./outbox-budget.js";

class Box implements Budgeted {
  bufferedAmount = 0;
  readonly shared = new Set<SharedMessage>();
  readonly shed: () => void;

  get weight(): number {
    return this.bufferedAmount;
  }

  constructor(name: string, shed: string[], budget: OutboxBudget) {
    this.shed = () => {
      shed.push(name);
      budget.leave(this);
    };
    budget.enter(this);
  }
}

function start(limit: number, names: readonly string[]) {
  const budget = new OutboxBudget(limit);
  const shed: string[] = [];
  const boxes = new Map(names.map((name) => [name, new Box(name, shed, budget)]));
  const send = (name: string, bytes: number): void => {
    boxes.get(name)!.bufferedAmount += bytes;
    budget.spend(bytes);
  };
  const share = (name: string, message: SharedMessage): void => {
    boxes.get(name)!.shared.add(message);
    send(name, message.length);
  };
  return { budget, shed, boxes, send, share };
}

describe("OutboxBudget", () => {
  it("sums what waits in all of them, but for those that have ended", () => {
    const { budget, boxes, send } = start(1_000, ["a", "b"]);
    send("a", 300);
    send("b", 200);
    expect(budget.bufferedAmount).toBe(500);
    budget.leave(boxes.get("a")!);
    expect(budget.bufferedAmount).toBe(200);
  });

  it("sheds the largest first, until a tenth is free", () => {
    const { shed, send, budget } = start(1_000, ["small", "large", "middle", "tiny"]);
    send("small", 200);
    send("large", 350);
    send("middle", 300);
    send("tiny", 150);
    expect(shed).toEqual([]);
    send("tiny", 1);
    expect(shed).toEqual(["large"]);
    expect(budget.bufferedAmount).toBe(651);
    send("tiny", 400);
    expect(shed).toEqual(["large", "tiny"]);
  });

  it("sheds several where one is not enough", () => {
    const { shed, send } = start(1_000, ["a", "b", "c", "d"]);
    for (const [index, name] of ["a", "b", "c", "d"].entries()) send(name, 245 + index);
    send("a", 100);
    expect(shed).toEqual(["a"]);
    const other = start(1_000, ["a", "b", "c", "d", "e"]);
    for (const name of ["a", "b", "c", "d", "e"]) other.send(name, 199);
    other.send("e", 7);
    expect(other.shed).toEqual(["e"]);
    const even = start(1_000, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]);
    for (const name of "abcdefghijkl") even.send(name, 83);
    even.send("l", 5);
    expect(even.shed).toEqual(["l", "a"]);
  });

  it("sheds nobody while peers keep up, however much is sent", () => {
    const { shed, send, boxes } = start(1_000, ["a", "b"]);
    for (let count = 0; count < 10_000; count++) {
      send("a", 400);
      send("b", 400);
      for (const box of boxes.values()) box.bufferedAmount = 0;
    }
    expect(shed).toEqual([]);
  });

  it("counts a message that waits in several of them once, and as free when the last has let go of it", () => {
    const { shed, send, share, budget } = start(1_000, ["a", "b", "c", "d"]);
    const message = { length: 600 };
    for (const name of ["a", "b", "c", "d"]) share(name, message);
    expect([shed, budget.bufferedAmount]).toEqual([[], 2_400]);
    send("a", 150);
    send("b", 200);
    expect(shed).toEqual([]);
    // 1 001: the largest is asked to let go of what is its own alone, 201 bytes.
    send("b", 51);
    expect(shed).toEqual(["b"]);
    send("c", 200);
    send("d", 51);
    expect(shed).toEqual(["b", "c"]);
  });

  it("sheds all that hold one message where that alone is too much", () => {
    const { shed, share } = start(1_000, ["a", "b", "c"]);
    const message = { length: 1_001 };
    share("a", message);
    expect(shed).toEqual(["a"]);
    share("b", message);
    expect(shed).toEqual(["a", "b"]);
    share("c", { length: 900 });
    expect(shed).toEqual(["a", "b"]);
  });

  it("does not take what waits compressed for less than nothing", () => {
    const { shed, send, boxes } = start(1_000, ["a", "b"]);
    boxes.get("a")!.shared.add({ length: 800 });
    send("a", 50);
    send("b", 190);
    send("b", 10);
    send("b", 1_000);
    expect(shed).toEqual(["b"]);
  });

  it("goes beyond its limit by a part of it only, whatever the sizes", () => {
    const { shed, send, budget } = start(64_000, ["a", "b"]);
    let most = 0;
    for (let count = 0; count < 10_000 && shed.length === 0; count++) {
      send(count % 2 === 0 ? "a" : "b", 7);
      most = Math.max(most, budget.bufferedAmount);
    }
    expect(shed).toHaveLength(1);
    expect(most).toBeLessThanOrEqual(64_000 + 1_000 + 7);
  });
});
