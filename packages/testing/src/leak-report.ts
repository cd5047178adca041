import type { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import type { TimerWatch } from "./timer-watch.js";
import type { VirtualClock } from "./virtual-clock.js";

/**
 * What an application has left behind when its clients have gone: sentences, none of them when all is well. Made by the test application when it has
 * started, which is what it compares with.
 */

/** A connection as the report sees it. */
export interface ReportedSession {
  readonly id: string;
  readonly path: string;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  /** What has become of the client. */
  readonly client: "left" | "not left" | "vanished";
}

type Counts = ReadonlyMap<string | symbol, number>;

export class LeakReport {
  readonly #clock: VirtualClock;
  readonly #watch: TimerWatch;
  readonly #timersBefore: number;
  readonly #realTimersBefore: number;
  readonly #emitters: ReadonlyMap<string, readonly [EventEmitter, Counts]>;

  constructor(clock: VirtualClock, watch: TimerWatch, emitters: readonly EventEmitter[]) {
    this.#clock = clock;
    this.#watch = watch;
    this.#timersBefore = clock.pending;
    this.#realTimersBefore = watch.timers.length;
    const named = emitters.map((emitter, index) => [`emitters[${index}], ${nameOf(emitter)},`, emitter] as const);
    const watched: readonly (readonly [string, EventEmitter])[] = [["process", process], ...named];
    this.#emitters = new Map(watched.map(([name, emitter]) => [name, [emitter, listenersOf(emitter)]]));
  }

  /** Tells what is left, beyond what there was at the start. */
  tell(sessions: Iterable<ReportedSession>): readonly string[] {
    return [
      ...[...sessions].flatMap((session) => aboutSession(session)),
      ...aboutClock(this.#clock.pending - this.#timersBefore, this.#clock.untilNext),
      ...this.#watch.timers
        .slice(this.#realTimersBefore)
        .map(
          ({ delay, repeats, stack }) =>
            `${repeats ? "an interval" : "a timer"} of ${delay} ms is set${placeIn(stack)}`,
        ),
      ...[...this.#emitters].flatMap(([name, [emitter, before]]) => aboutListeners(name, emitter, before)),
    ];
  }
}

function aboutSession({ id, path, isOpen, isBusy, client }: ReportedSession): string[] {
  const session = `session ${id} at ${path}`;
  if (isOpen) return [`${session} is open: its client has ${client}`];
  return isBusy ? [`${session} has ended, and a handler of it still runs`] : [];
}

function aboutClock(more: number, untilNext: number | undefined): string[] {
  if (more <= 0) return [];
  const count = more === 1 ? "a timer" : `${more} timers`;
  return [`${count} of the clock ${more === 1 ? "is" : "are"} set; the next one is due in ${untilNext} ms`];
}

function aboutListeners(name: string, emitter: EventEmitter, before: Counts): string[] {
  return [...listenersOf(emitter)].flatMap(([event, count]) => {
    const more = count - (before.get(event) ?? 0);
    if (more <= 0) return [];
    return [`${name} has ${more} more ${more === 1 ? "listener" : "listeners"} for ${JSON.stringify(String(event))}`];
  });
}

function listenersOf(emitter: EventEmitter): Counts {
  return new Map(emitter.eventNames().map((event) => [event, emitter.listenerCount(event)]));
}

function nameOf(emitter: EventEmitter): string {
  return emitter.constructor.name;
}

/** The first line of a stack that is neither Node's nor that of a package. */
function placeIn(stack: string): string {
  const line = stack
    .split("\n")
    .slice(1)
    .find((each) => !/node:|node_modules|timer-watch\./.test(each));
  const place = line?.trim().replace(/file:\/\/[^:)]+/, (url) => fileURLToPath(url));
  return place === undefined ? "" : ` ${place}`;
}
