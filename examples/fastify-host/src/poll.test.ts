// Before anything of tsyringe, which needs the metadata that wirespring brings along.
import "wirespring";
import { describe, expect, it } from "vitest";
import { Poll, type Tally } from "./poll.js";

const votes = (tallies: readonly Tally[]) => tallies.map(({ option, votes: count }) => `${option} ${count}`);

describe("Poll", () => {
  it("counts one vote of each voter, the last", () => {
    const poll = new Poll();
    poll.vote("ann", "Tea");
    poll.vote("bob", "Tea");
    poll.vote("ann", "Coffee");
    expect(votes(poll.tallies)).toEqual(["Coffee 1", "Tea 1", "Water 0"]);
    expect([poll.choiceOf("ann"), poll.choiceOf("bob"), poll.choiceOf("cleo")]).toEqual(["Coffee", "Tea", undefined]);
  });

  it("tells its readers of changes, and of nothing else", () => {
    const poll = new Poll();
    const read: string[][] = [];
    poll.subscribe((tallies) => read.push(votes(tallies)));
    expect([poll.vote("ann", "Tea"), poll.vote("ann", "Tea"), poll.vote("ann", "toString")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(read).toEqual([["Coffee 0", "Tea 1", "Water 0"]]);
  });

  it("adds options until there are enough, each once", () => {
    const poll = new Poll();
    const added = ["Tea", "Cocoa", "Cocoa", "Milk", "Juice", "Mate", "Beer", "Wine"].map((option) => poll.add(option));
    expect(added).toEqual([false, true, false, true, true, true, true, false]);
    expect(poll.tallies).toHaveLength(8);
  });
});
