// Before tsyringe, which needs the metadata that this loads.
import {
  CloseReason,
  EndpointExporter,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
} from "wirespring";
import { memoryPair, settle, upgradeRequest, VirtualClock, type MemoryClient } from "@wirespring/testing";
import { container } from "tsyringe";
import { Refusal } from "wirespring/spi";

/**
 * One life of a session in a random order of open, messages, errors, close and shutdown, the same for the same seed (F05). Played by
 * `session-life.test.ts` and, in larger numbers, by the fuzzer.
 */

/** A generator of numbers from 0 to 1 that gives the same sequence for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How the application behaves in one run. */
interface Behaviour {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly events: string[];
}

let behaviour: Behaviour;

/** Now, or when some virtual time has passed; now and then with an error. */
function work(): void | Promise<void> {
  const { clock, random } = behaviour;
  const fails = random() < 0.1;
  if (random() < 0.5) {
    if (fails) throw new Error("a handler has failed");
    return;
  }
  const delay = Math.floor(random() * 50);
  return new Promise((resolve, reject) => {
    clock.setTimer(() => (fails ? reject(new Error("a handler has failed")) : resolve()), delay);
  });
}

function recorded(name: string): void | Promise<void> {
  const { events } = behaviour;
  events.push(name);
  try {
    const working = work();
    if (working === undefined) {
      events.push(`/${name}`);
      return;
    }
    return working.finally(() => events.push(`/${name}`));
  } catch (error) {
    events.push(`/${name}`);
    throw error;
  }
}

@ServerEndpoint("/life")
class Life {
  constructor() {
    behaviour.events.push("new");
  }
  @OnOpen()
  opened(): void | Promise<void> {
    return recorded("open");
  }
  @OnMessage()
  said(session: Session, text: string): void | Promise<void> {
    if (behaviour.random() < 0.05) void session.close(new CloseReason(4000));
    return recorded(text);
  }
  @OnClose()
  closed(): void | Promise<void> {
    return recorded("close");
  }
  @OnError()
  failed(_error: Error): void | Promise<void> {
    return recorded("error");
  }
}

/** Plays the life of a seed. Throws when it was not exact, with what happened. */
export async function playLife(seed: number): Promise<void> {
  const events = await play(seed);
  const fault = faultOf(events);
  if (fault !== undefined) throw new Error(`${fault}: ${events.join(" ")}`);
}

async function play(seed: number): Promise<readonly string[]> {
  const random = seeded(seed);
  const clock = new VirtualClock();
  const events: string[] = [];
  behaviour = { clock, random, events };
  const ignore = (): void => {};
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const exporter = new EndpointExporter({
    container: container.createChildContainer(),
    endpoints: [Life],
    clock,
    logger,
  });
  const sockets = await exporter.export();
  const admission = await sockets.router.admit(upgradeRequest({ path: "/life" }));
  if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
  const { transport, client } = memoryPair({ clock });
  admission.open(transport);
  let drained: Promise<void> | undefined;
  let sent = 0;
  let left = false;
  for (let step = 0; step < 12; step++) {
    const choice = random();
    if (left) {
      // Only time passes.
    } else if (choice < 0.55) send(client, `m${sent++}`);
    else if (choice < 0.62) left = leave(client, random);
    else if (choice < 0.66) drained ??= sockets.close();
    if (random() < 0.6) await clock.advance(Math.floor(random() * 40));
    else await settle(1);
  }
  if (!left) leave(client, () => 0);
  await clock.advance(60_000);
  await (drained ?? sockets.close());
  if (sockets.metrics().sessionsOpen > 0) events.push("still open");
  return events;
}

function send(client: MemoryClient, text: string): void {
  try {
    client.send(text);
  } catch {
    // The server has closed: nothing can be sent any more.
  }
}

function leave(client: MemoryClient, random: () => number): boolean {
  try {
    if (random() < 0.6) client.close(1000);
    else client.drop();
  } catch {
    // The server was first.
  }
  return true;
}

/** Why this is not one exact life: construction, `@OnOpen`, messages one after another in order, `@OnClose`, and nothing twice or overlapping. */
function faultOf(events: readonly string[]): string | undefined {
  for (const name of ["new", "open", "close"])
    if (events.filter((event) => event === name).length !== 1) return `not exactly one ${name}`;
  let running: string | undefined;
  for (const event of events.slice(1)) {
    if (event.startsWith("/")) {
      if (running !== event.slice(1)) return `${event} ends what has not begun`;
      running = undefined;
    } else {
      if (running !== undefined) return `${event} overlaps ${running}`;
      running = event;
    }
  }
  if (running !== undefined) return `${running} has no end`;
  return faultOfOrder(events.filter((event) => !event.startsWith("/")));
}

function faultOfOrder(begun: readonly string[]): string | undefined {
  if (begun[0] !== "new" || begun[1] !== "open") return "it does not begin with its opening";
  // What an error of @OnClose itself is reported to comes after it.
  const afterClose = begun.slice(begun.indexOf("close") + 1);
  if (afterClose.length > 1 || afterClose.some((event) => event !== "error")) return "something comes behind close";
  const messages = begun.filter((event) => /^m\d/.test(event)).map((event) => Number(event.slice(1)));
  return messages.every((message, index) => index === 0 || message > messages[index - 1]!)
    ? undefined
    : "messages are out of order";
}
