import { setImmediate } from "node:timers";
import type { Clock, Timer } from "./clock.js";
import { STALL } from "./patient-timer.js";

/**
 * One timer for everything that is looked at again and again: each session says when it wants the next look, and costs no timer of its own. Made
 * once for a container; calls `look` of what was added. Time is counted in turns; what is due in one turn waits in one slot of a ring.
 */

/** Milliseconds of a turn: a look comes at most so much later than it was wanted, never earlier. */
const TURN = 100;

/** Turns ahead that have a slot: 51.2 s. What is wanted later waits aside. */
const SLOTS = 512;

/** So many turns may pass without one in which the event loop is seen to live, while anything has a slot. */
const CHECK = 10;

/** So many stalls are remembered. */
const MOST_STALLS = 32;

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

interface Stall {
  readonly from: number;
  readonly to: number;
}

export class TimerWheel {
  readonly #clock: Clock;
  /** Each set is made when something is due in its turn. */
  readonly #slots: (Set<Watched> | undefined)[] = Array.from({ length: SLOTS });
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
  readonly #stalls: Stall[] = [];
  #longestStall = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The longest that the event loop was found to stand still, milliseconds. */
  get longestStall(): number {
    return this.#longestStall;
  }

  /** How much time has passed since a moment, but for the time in which the event loop was found to stand still: nobody could do anything then. */
  elapsed(since: number, now: number): number {
    let passed = now - since;
    for (const { from, to } of this.#stalls) if (to > since) passed -= to - Math.max(from, since);
    return passed;
  }

  /** Starts to look; the first time at `due`. */
  add(watched: Watched, due: number): void {
    if (this.#count++ === 0) this.#turn = Math.floor(this.#clock.now() / TURN);
    this.#put(watched, due);
    this.#arm();
  }

  /** Looks at `due`, unless it looks earlier anyway. For what was added. */
  sooner(watched: Watched, due: number): void {
    // Also where its look comes in this very run.
    if (watched.turn <= Math.max(this.#turn, due / TURN)) return;
    this.#take(watched);
    this.#put(watched, due);
    this.#arm();
  }

  /** Looks no more. Does nothing a second time. */
  remove(watched: Watched): void {
    if (watched.turn < 0) return;
    this.#take(watched);
    watched.turn = -1;
    if (--this.#count > 0) return;
    this.#timer?.cancel();
    this.#armed = Infinity;
    this.#nextAside = Infinity;
  }

  #put(watched: Watched, due: number): void {
    const turn = Math.max(this.#turn + 1, Math.ceil(due / TURN));
    watched.turn = turn;
    if (turn < this.#turn + SLOTS) (this.#slots[turn % SLOTS] ??= new Set()).add(watched);
    else {
      this.#aside.add(watched);
      this.#nextAside = Math.min(this.#nextAside, turn);
    }
  }

  #take(watched: Watched): void {
    if (!this.#aside.delete(watched)) this.#slots[watched.turn % SLOTS]?.delete(watched);
  }

  /** Waits for the next turn in which there is something to do, or to see. */
  #arm(): void {
    if (this.#isStalled) return;
    const slot = this.#nextSlot();
    const now = this.#clock.now();
    // What is due soon must not be taken for late because of a stall that nobody noticed.
    const check = slot === Infinity ? Infinity : Math.floor(now / TURN) + CHECK;
    const next = Math.min(slot, this.#nextAside, check);
    if (next >= this.#armed) return;
    this.#timer?.cancel();
    this.#armed = next;
    this.#timer = this.#clock.setTimer(() => this.#wake(), next * TURN - now);
  }

  #nextSlot(): number {
    const last = Math.min(this.#turn + SLOTS, this.#armed);
    for (let turn = this.#turn + 1; turn < last; turn++) if (this.#slots[turn % SLOTS]?.size) return turn;
    return Infinity;
  }

  #wake(): void {
    const from = this.#armed * TURN;
    const to = this.#clock.now();
    if (to - from < STALL) return this.#run();
    this.#longestStall = Math.max(this.#longestStall, to - from);
    if (this.#stalls.push({ from, to }) > MOST_STALLS) this.#stalls.shift();
    // What the peers sent meanwhile is still to be read: it must count before anybody is called silent (F10).
    this.#isStalled = true;
    setImmediate(() => setImmediate(() => this.#run()));
  }

  #run(): void {
    this.#isStalled = false;
    this.#armed = Infinity;
    const now = this.#clock.now();
    const last = Math.floor(now / TURN);
    const due = this.#dueUntil(last);
    // What looks ask for counts from here: nothing is put into a slot that was taken.
    this.#turn = last;
    for (const slot of due) for (const each of slot) this.#lookAt(each, now);
    if (this.#nextAside < last + SLOTS) this.#takeIn(now);
    if (this.#count > 0) this.#arm();
  }

  #dueUntil(last: number): readonly Set<Watched>[] {
    const due: Set<Watched>[] = [];
    for (let turn = Math.max(this.#turn, last - SLOTS) + 1; turn <= last; turn++) {
      const slot = this.#slots[turn % SLOTS];
      if (slot === undefined) continue;
      due.push(slot);
      this.#slots[turn % SLOTS] = undefined;
    }
    return due;
  }

  #lookAt(watched: Watched, now: number): void {
    // It may have been removed by a look at another one.
    if (watched.turn < 0) return;
    const next = watched.look(now);
    if (watched.turn >= 0) this.#put(watched, next);
  }

  /** Gives slots to what waited aside. */
  #takeIn(now: number): void {
    const waited = this.#aside;
    this.#aside = new Set();
    this.#nextAside = Infinity;
    for (const each of waited) {
      if (each.turn > this.#turn) this.#put(each, each.turn * TURN);
      else this.#lookAt(each, now);
    }
  }
}
