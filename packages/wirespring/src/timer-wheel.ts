import { setImmediate } from "node:timers";
import type { Clock, Timer } from "./clock.js";

/**
 * One timer for everything that is looked at again and again: each session says when it wants the next look, and costs no timer of its own. Made
 * once for a container; calls `look` of what was added. Time is counted in turns; what is due in one turn waits in one slot of a ring.
 */

/** Milliseconds of a turn: a look comes at most so much later than it was wanted, never earlier. */
const TURN = 100;

/** Turns ahead that have a slot: 51.2 s. What is wanted later waits aside. */
const SLOTS = 512;

/** So late a turn comes only when the event loop stood still. */
const STALL = 250;

/** Something that is looked at. */
export abstract class Watched {
  /** @internal The turn of the next look, set by the wheel; -1 while there is none. */
  turn = -1;

  /**
   * Judges what has become due, and says when to look again, by the wheel's clock; Infinity: only when `sooner` says so. Never throws.
   *
   * @param now By the wheel's clock.
   */
  abstract look(now: number): number;
}

export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: Watched[][] = Array.from({ length: SLOTS }, () => []);
  /** What is due behind the last slot, or never. */
  #aside = new Set<Watched>();
  #nextAside = Infinity;
  #count = 0;
  /** The last turn that was taken. */
  #turn = 0;
  #timer: Timer | undefined;
  /** The turn that the timer waits for. */
  #armed = Infinity;
  #isStalled = false;
  #longestStall = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The longest that the event loop was found to stand still, milliseconds. */
  get longestStall(): number {
    return this.#longestStall;
  }

  /** Starts to look; the first time at `due`. */
  add(watched: Watched, due: number): void {
    if (this.#count++ === 0) this.#turn = Math.floor(this.#clock.now() / TURN);
    this.#put(watched, due);
    this.#arm();
  }

  /** Looks at `due`, unless it looks earlier anyway. For what was added. */
  sooner(watched: Watched, due: number): void {
    if (watched.turn < 0 || watched.turn <= due / TURN) return;
    this.#aside.delete(watched);
    this.#put(watched, due);
    this.#arm();
  }

  /** Looks no more. Does nothing a second time. */
  remove(watched: Watched): void {
    if (watched.turn < 0) return;
    watched.turn = -1;
    this.#aside.delete(watched);
    if (--this.#count > 0) return;
    this.#timer?.cancel();
    this.#armed = Infinity;
    for (const slot of this.#slots) slot.length = 0;
  }

  #put(watched: Watched, due: number): void {
    const turn = Math.max(this.#turn + 1, Math.ceil(due / TURN));
    watched.turn = turn;
    if (turn < this.#turn + SLOTS) this.#slots[turn % SLOTS]!.push(watched);
    else {
      this.#aside.add(watched);
      this.#nextAside = Math.min(this.#nextAside, turn);
    }
  }

  /** Waits for the next turn in which there is something to do. */
  #arm(): void {
    const next = Math.min(this.#nextSlot(), this.#nextAside);
    if (next >= this.#armed || next === Infinity || this.#isStalled) return;
    this.#timer?.cancel();
    this.#armed = next;
    this.#timer = this.#clock.setTimer(() => this.#wake(), next * TURN - this.#clock.now());
  }

  #nextSlot(): number {
    const last = Math.min(this.#turn + SLOTS, this.#armed);
    for (let turn = this.#turn + 1; turn < last; turn++) if (this.#slots[turn % SLOTS]!.length > 0) return turn;
    return Infinity;
  }

  #wake(): void {
    const late = this.#clock.now() - this.#armed * TURN;
    if (late < STALL) return this.#run();
    // What the peers sent meanwhile is still to be read: it must count before anybody is called silent (F10).
    if (late > this.#longestStall) this.#longestStall = late;
    this.#isStalled = true;
    setImmediate(() => setImmediate(() => this.#run()));
  }

  #run(): void {
    this.#isStalled = false;
    this.#armed = Infinity;
    const now = this.#clock.now();
    const last = Math.floor(now / TURN);
    const behind = Math.min(last - this.#turn, SLOTS);
    for (let turn = last - behind + 1; turn <= last; turn++) this.#look(turn % SLOTS, last, now);
    this.#turn = last;
    if (this.#nextAside <= last + SLOTS) this.#takeIn(now);
    if (this.#count > 0) this.#arm();
  }

  #look(slot: number, last: number, now: number): void {
    const watched = this.#slots[slot]!;
    if (watched.length === 0) return;
    this.#slots[slot] = [];
    // What looks ask for counts from here: nothing is put into a slot that was taken.
    this.#turn = last;
    for (const each of watched) {
      // It may have been removed, or be looked at earlier, since it was put here.
      if (each.turn < 0 || each.turn % SLOTS !== slot || each.turn > last) continue;
      const next = each.look(now);
      if (each.turn >= 0) this.#put(each, next);
    }
  }

  /** Gives slots to what waited aside. */
  #takeIn(now: number): void {
    const waited = this.#aside;
    this.#aside = new Set();
    this.#nextAside = Infinity;
    for (const each of waited) {
      if (each.turn > this.#turn) this.#put(each, each.turn * TURN);
      else {
        const next = each.look(now);
        if (each.turn >= 0) this.#put(each, next);
      }
    }
  }
}
