import { describe, expect, it } from "vitest";
import { WriteArena, type ArenaOwner } from "./write-arena.js";

class Owner implements ArenaOwner {
  readonly chunks: Buffer[] = [];

  takeChunk(chunk: Buffer): void {
    this.chunks.push(chunk);
  }
}

const SIZE = 32_768;

function put(arena: WriteArena, owner: ArenaOwner, text: string): Buffer {
  const room = arena.room(owner, text.length);
  arena.advance(room.write(text, arena.end, "latin1"));
  return room;
}

describe("WriteArena", () => {
  it("gives everything that one owner has put there as one chunk", () => {
    const arena = new WriteArena();
    const owner = new Owner();
    for (const text of ["a", "bc", "", "def"]) put(arena, owner, text);
    expect(String(arena.take(owner))).toBe("abcdef");
    expect(owner.chunks).toEqual([]);
  });

  it("gives nothing to those who have put nothing there since", () => {
    const arena = new WriteArena();
    const owner = new Owner();
    arena.room(owner, 10);
    expect(arena.take(owner)).toBeUndefined();
    put(arena, owner, "a");
    expect(arena.take(new Owner())).toBeUndefined();
    expect(String(arena.take(owner))).toBe("a");
    expect(arena.take(owner)).toBeUndefined();
  });

  it("lets an owner go with a chunk when another one writes", () => {
    const arena = new WriteArena();
    const [one, other] = [new Owner(), new Owner()];
    put(arena, one, "1");
    put(arena, other, "2");
    put(arena, one, "3");
    expect([one.chunks.map(String), other.chunks.map(String)]).toEqual([["1"], ["2"]]);
    expect(String(arena.take(one))).toBe("3");
    expect(one.chunks.map(String)).toEqual(["1"]);
  });

  it("goes on in a new buffer when one is full, and loses nothing", () => {
    const arena = new WriteArena();
    const owner = new Owner();
    const first = put(arena, owner, "a".repeat(SIZE - 1));
    expect(put(arena, owner, "b")).toBe(first);
    expect(put(arena, owner, "cc")).not.toBe(first);
    expect(owner.chunks.map(String)).toEqual([`${"a".repeat(SIZE - 1)}b`]);
    expect(String(arena.take(owner))).toBe("cc");
  });

  it("begins again at the front when all chunks were written", () => {
    const arena = new WriteArena();
    const owner = new Owner();
    const buffer = put(arena, owner, "a");
    const chunk = arena.take(owner)!;
    arena.free(1, false);
    expect(arena.end).toBe(0);
    expect(put(arena, owner, "b")).toBe(buffer);
    expect(String(chunk)).toBe("b");
  });

  it("touches no chunk while one of them is out, or still being written", () => {
    const arena = new WriteArena();
    const [one, other] = [new Owner(), new Owner()];
    put(arena, one, "1");
    const first = arena.take(one)!;
    put(arena, other, "2");
    const second = arena.take(other)!;
    arena.free(1, true);
    const buffer = put(arena, one, "3");
    const third = arena.take(one)!;
    arena.free(2, false);
    expect(put(arena, one, "4")).not.toBe(buffer);
    expect([first, second, third].map(String)).toEqual(["1", "2", "3"]);
  });

  it("does not begin again under an owner that has not taken its own", () => {
    const arena = new WriteArena();
    const [one, other] = [new Owner(), new Owner()];
    put(arena, one, "1");
    arena.take(one);
    put(arena, other, "2");
    arena.free(1, false);
    put(arena, other, "3");
    expect(String(arena.take(other))).toBe("23");
  });
});
