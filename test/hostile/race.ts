// First of all: the decorators need the metadata that this loads.
import {
  EndpointExporter,
  type LogRecord,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  type ServerContainer,
  Session,
} from "wirespring";
import { memoryPair, settle, upgradeRequest, VirtualClock, type MemoryClient } from "@wirespring/testing";
import { setImmediate } from "node:timers/promises";
import { container } from "tsyringe";
import { Refusal } from "wirespring/spi";

/**
 * Lives of sessions in which everything happens at any time: the peer talks, closes and is lost, and the application closes, while `@OnOpen` and
 * handlers take as long as they please. Run in the server process by the program `lives`, on transports in memory and a clock that stands still.
 */

/** What came of it. */
export interface Raced {
  /** What should never happen, with the script of the life in which it did. */
  readonly violations: readonly string[];
  readonly sessions: number;
  readonly handled: number;
  readonly closedWhileOpening: number;
}

/** One life, as the endpoint has seen it, and what it waits for. */
class Life {
  readonly events: string[] = [];
  session: Session | undefined;
  opening: ((fails: boolean) => void) | undefined;
  handling: (() => void) | undefined;
}

let current: Life;

@ServerEndpoint("/race")
class Racer {
  readonly #life = current;

  constructor() {
    this.#life.events.push("made");
  }

  @OnOpen()
  async opened(session: Session): Promise<void> {
    this.#life.session = session;
    this.#life.events.push("opening");
    const fails = await new Promise<boolean>((resolve) => (this.#life.opening = resolve));
    this.#life.events.push("open");
    if (fails) throw new Error("on demand");
  }

  @OnMessage()
  async said(text: string): Promise<void> {
    this.#life.events.push(`begin ${text}`);
    await new Promise<void>((resolve) => (this.#life.handling = resolve));
    this.#life.handling = undefined;
    this.#life.events.push(`end ${text}`);
  }

  @OnError()
  failed(_error: Error): void {
    this.#life.events.push("error");
  }

  @OnClose()
  closed(): void {
    this.#life.events.push("close");
  }
}

type Step = (life: Life, client: MemoryClient, said: () => string) => void | Promise<unknown>;

/** A peer that has left can do nothing more. */
const ifItCan = (act: () => void): void => {
  try {
    act();
  } catch {
    // It has closed already.
  }
};

const steps: Readonly<Record<string, Step>> = {
  say: (_life, client, said) => ifItCan(() => client.send(said())),
  sayTwice: (_life, client, said) => ifItCan(() => [said(), said()].forEach((text) => client.send(text))),
  ping: (_life, client) => ifItCan(() => client.ping()),
  peerCloses: (_life, client) => ifItCan(() => client.close(1000)),
  peerEnds: (_life, client) => client.end(),
  peerIsLost: (_life, client) => client.drop(),
  opens: (life) => life.opening?.(false),
  fails: (life) => life.opening?.(true),
  handled: (life) => life.handling?.(),
  closes: (life) => life.session?.close(),
  turn: () => setImmediate(),
  settle: () => settle(),
};

const names = Object.keys(steps);

/** Lives so many lives, the same for the same seed. */
export async function race(seed: number, rounds: number): Promise<Raced> {
  const clock = new VirtualClock();
  const log: LogRecord[] = [];
  const keep = (record: LogRecord): void => void log.push(record);
  const exporter = new EndpointExporter({
    container: container.createChildContainer(),
    endpoints: [Racer],
    clock,
    logger: { debug: keep, info: keep, warn: keep, error: keep },
  });
  const sockets = await exporter.export();
  const timers = clock.pending;
  const random = randomFrom(seed);
  const violations: string[] = [];
  let [handled, closedWhileOpening] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const script = Array.from({ length: 4 + random(12) }, () => names[random(names.length)]!);
    const events = await live(sockets, clock, script);
    const problem = judge(events);
    if (problem !== undefined) violations.push(`${problem}: ${script.join(" ")} -> ${events.join(", ")}`);
    handled += events.filter((event) => event.startsWith("end")).length;
    if (script.findIndex((name) => /^(peer|closes)/.test(name)) < script.indexOf("opens")) closedWhileOpening++;
  }
  // For what the log has kept back.
  await clock.advance(1_000);
  const { sessionsOpen, sessionsOpened, sessionsClosed } = sockets.metrics();
  const closed = Object.values(sessionsClosed).reduce((sum, count) => sum + count, 0);
  if (sessionsOpen !== 0 || closed !== sessionsOpened || clock.pending > timers)
    violations.push(`${sessionsOpen} open, ${closed} of ${sessionsOpened} closed, ${clock.pending} timers`);
  if (log.some(({ event }) => event === "error")) violations.push(`logged: ${JSON.stringify(log.slice(0, 3))}`);
  await sockets.close();
  if (clock.pending > 0) violations.push(`${clock.pending} timers after everything was closed`);
  return { violations, sessions: sessionsOpened, handled, closedWhileOpening };
}

/** Plays a script, then ends whatever it has left. */
async function live(sockets: ServerContainer, clock: VirtualClock, script: readonly string[]): Promise<string[]> {
  const life = (current = new Life());
  const admission = await sockets.router.admit(upgradeRequest({ path: "/race" }));
  if (admission instanceof Refusal) throw new Error("the race was refused");
  const { transport, client } = memoryPair();
  admission.open(transport);
  let said = 0;
  for (const name of script) await steps[name]!(life, client, () => String(said++));
  client.end();
  life.opening?.(false);
  for (let turn = 0; turn < 2 + said && !life.events.includes("close"); turn++) {
    await settle();
    life.handling?.();
  }
  await settle();
  if (!life.events.includes("close")) await clock.advance(60_000);
  return life.events;
}

/** Says what is wrong with a life; undefined when nothing is. */
function judge(events: readonly string[]): string | undefined {
  const [made, opening, ...rest] = events;
  if (made !== "made" || opening !== "opening") return "it did not begin as it should";
  if (rest.at(-1) !== "close" || rest.filter((event) => event === "close").length !== 1) return "not closed once, last";
  const opened = rest.indexOf("open");
  const first = rest.findIndex((event) => event.startsWith("begin"));
  if (first >= 0 && (opened < 0 || first < opened)) return "a message was handled before @OnOpen had ended";
  if (opened >= 0 && rest[opened + 1] === "error" && first >= 0) return "a message was handled though @OnOpen failed";
  const messages = rest.filter((event) => /^(begin|end)/.test(event));
  const inOrder = messages.every((event, at) => event === `${at % 2 === 0 ? "begin" : "end"} ${Math.floor(at / 2)}`);
  return inOrder ? undefined : "messages overlapped, or came in another order";
}

/** Numbers below a bound. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
