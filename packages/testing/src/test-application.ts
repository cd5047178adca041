// Before tsyringe, which needs the metadata that this loads.
import { ServerContainer, type ApplicationContext, type Class, type LogRecord } from "wirespring";
import type { EventEmitter } from "node:events";
import { Refusal, type Admission } from "wirespring/spi";
import { HandshakeRefused } from "./handshake-refused.js";
import { LeakReport } from "./leak-report.js";
import { LogNotes } from "./log-notes.js";
import { Wire } from "./memory-client.js";
import { MemoryTransport } from "./memory-transport.js";
import { principalOf, type Persona } from "./persona.js";
import { TestClient, type ClientHome } from "./test-client.js";
import { deploy, EnteringClock, type TestApplicationOptions } from "./test-deployment.js";
import { TimerWatch } from "./timer-watch.js";
import { upgradeRequest, type UpgradeRequestOptions } from "./upgrade-request.js";
import type { VirtualClock } from "./virtual-clock.js";
import { InVain, waitFor, type Surroundings, type WaitOptions } from "./waiting.js";

/**
 * An application under test: the real engine, as `WirespringApplication.run` deploys it, on a server that listens nowhere. Clients reach it over memory,
 * through the same `admit` and `open` as a socket's, and its clock stands still until a test moves it.
 */

/** Says how a client connects. */
export interface SessionOptions extends UpgradeRequestOptions, WaitOptions {
  /** Query parameters, which are encoded and put behind the path. Default: none. */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Who the client is: `authenticate` of the endpoint's configurator is not asked, its roles are. Default: `authenticate` says it, by the
   * request.
   */
  readonly as?: string | Persona;
  /** Subprotocols that the client offers. Default: none. */
  readonly subprotocols?: readonly string[];
  /** Whether the client answers pings and the close frame by itself, as browsers do. Default true. */
  readonly answers?: boolean;
}

/** Deploys endpoints, with all that belongs to them, for a test. Rejects as `WirespringApplication.run` does. */
export function startApplication(
  endpoints: Class | readonly Class[],
  options: TestApplicationOptions = {},
): Promise<TestApplication> {
  return TestApplication.start(typeof endpoints === "function" ? [endpoints] : endpoints, options);
}

/**
 * Deploys an endpoint and connects a client to it; the application ends with the client. For a second client, or an application that outlives its
 * client, use `startApplication`. Rejects with `HandshakeRefused` when the endpoint refuses.
 */
export async function openSession(
  endpoint: Class | readonly Class[],
  options: SessionOptions & TestApplicationOptions = {},
): Promise<TestClient> {
  const application = await startApplication(endpoint, options);
  try {
    const client = await application.openSession(options);
    client.atEnd(() => application.close());
    return client;
  } catch (error) {
    await application.close();
    throw error;
  }
}

/** Runs endpoints without a port. Made by `startApplication`. */
export class TestApplication implements AsyncDisposable {
  /** The application's clock: heartbeats, time limits and expiry go by it. */
  readonly clock: VirtualClock;
  /** What the application has logged. */
  readonly log: readonly LogRecord[];
  /** Beans and container of the application; it has no `url`. */
  readonly context: ApplicationContext;
  /** Endpoints, sessions and measurements of the application. */
  readonly sockets: ServerContainer;
  readonly #watch: TimerWatch;
  readonly #notes: LogNotes;
  /** Undefined when nobody will ask. */
  readonly #report: LeakReport | undefined;
  /** What clients see of this application. */
  readonly #home: ClientHome;
  readonly #admitted = new Set<{ readonly client: TestClient; readonly path: string }>();
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.clock = parts.clock;
    this.log = parts.notes.log;
    this.context = parts.context;
    this.sockets = parts.context.container.resolve(ServerContainer);
    this.#watch = parts.watch;
    this.#notes = parts.notes;
    this.#report = parts.emitters && new LeakReport(parts.clock, parts.watch, parts.emitters);
    const isBusy = (): boolean => this.#isBusy();
    const { clock, notes } = parts;
    this.#home = {
      clock,
      patience: parts.patience,
      notes,
      get isBusy() {
        return isBusy();
      },
      activity: 0,
    };
  }

  /** @internal Called by `startApplication`. */
  static async start(endpoints: readonly Class[], options: TestApplicationOptions): Promise<TestApplication> {
    const { emitters = [], leaks = emitters.length > 0 } = options;
    const watch = new TimerWatch(leaks);
    const clock = new EnteringClock(watch, options.startsAt);
    const notes = new LogNotes(options.logger);
    try {
      const context = await watch.enter(() => deploy(endpoints, options, clock, notes));
      return new TestApplication({
        clock,
        context,
        notes,
        watch,
        emitters: leaks ? emitters : undefined,
        patience: options.patience ?? PATIENCE,
      });
    } catch (error) {
      watch.end();
      throw error;
    }
  }

  /**
   * Connects a client. Resolves when the session is open and what `@OnOpen` did at once is done. Rejects with `HandshakeRefused` when the handshake
   * is refused.
   */
  async openSession(options: SessionOptions = {}): Promise<TestClient> {
    const path = withQuery(options.path ?? this.#onlyPath(), options.query);
    const admission = await this.#admit(path, options);
    const wire = new Wire();
    const enter = (task: () => void): void => this.#watch.enter(task);
    const answers = options.answers ?? true;
    const { closeTimeout } = admission.endpoint.config.limits;
    const memory = { clock: this.clock, closeTimeout, answers, enter };
    const transport = new MemoryTransport(wire, memory);
    const client = new TestClient(this.#home, admission, [wire, transport, memory]);
    this.#admitted.add({ client, path: admission.endpoint.config.path });
    enter(() => client.opened(admission.open(transport)));
    const opening: Surroundings = {
      ...this.#home,
      get isBusy() {
        return client.isBusy;
      },
    };
    await waitFor(() => (client.isBusy ? undefined : true), {}, opening);
    return client;
  }

  /** Moves the clock on by so many milliseconds and runs what comes due meanwhile. */
  advance(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  /**
   * Lets everything run that is ready, and waits for handlers that run; those that still run after `patience` milliseconds of real time are not waited for any
   * longer.
   */
  async settle(options: WaitOptions = {}): Promise<void> {
    await waitFor(() => (this.#isBusy() ? undefined : true), options, this.#home);
  }

  /**
   * Tells, a sentence for each, what is left of clients that have gone: sessions that are open or still handle something, timers of the clock and of
   * Node that the application has set, listeners on `process` and on `emitters`; all beyond what there was at the start. Empty when nothing is.
   *
   * Rejects with `TypeError` when the application was started without `leaks`.
   */
  async leaks(): Promise<readonly string[]> {
    const report = this.#report;
    if (report === undefined)
      throw new TypeError("the application was not watched: start it with startApplication(..., { leaks: true })");
    await this.settle();
    return report.tell(
      [...this.#admitted].map(({ client, path }) => ({
        id: client.session.id,
        path,
        isOpen: client.session.isOpen,
        isBusy: client.isBusy,
        client: client.hasVanished ? "vanished" : client.isClosing ? "left" : "not left",
      })),
    );
  }

  /**
   * Ends the application as a deployed one ends: sessions are closed with 1012, beans are ended. The clock is moved on where a peer does not answer. A
   * second call gets the same promise.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Closes the application, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    let over = false;
    const closed = this.#watch.enter(() => this.context.close()).then(() => (over = true));
    while (!over) {
      const ended = await waitFor(() => (over ? true : undefined), {}, this.#home);
      // The rest waits for time to pass: for peers that do not answer, for handlers that do not end.
      if (ended instanceof InVain && this.clock.untilNext === undefined) break;
      if (ended instanceof InVain) await this.clock.advance(this.clock.untilNext!);
    }
    await closed;
    this.#watch.end();
  }

  #isBusy(): boolean {
    for (const { client } of this.#admitted) if (client.isBusy) return true;
    return false;
  }

  async #admit(path: string, options: SessionOptions): Promise<Admission> {
    const { as, subprotocols, headers } = options;
    const request = upgradeRequest({
      ...options,
      path,
      headers: { ...(subprotocols && { "Sec-WebSocket-Protocol": subprotocols.join(", ") }), ...headers },
    });
    const principal = as === undefined ? undefined : principalOf(as);
    const answer = this.#watch.enter(() => this.sockets.router.admit(request, { principal }));
    let outcome = answer instanceof Promise ? undefined : answer;
    if (answer instanceof Promise) void answer.then((value) => (outcome = value));
    // A hook that has not answered is at work as a handler is.
    const around = { ...this.#home, isBusy: true };
    const found = outcome ?? (await waitFor(() => outcome, options, around));
    if (found instanceof InVain)
      throw new Error(`the handshake for ${path} waits for a hook of the configurator: ${found.why}`);
    if (found instanceof Refusal) {
      const { said, cause } = this.#notes;
      throw new HandshakeRefused(path, found, (found.reason === "path" ? this.#paths : "") + said, cause);
    }
    return found;
  }

  /** Where clients go that do not say it. */
  #onlyPath(): string {
    const [path, ...others] = this.sockets.paths;
    // A context path is known to the exporter alone.
    if (others.length === 0 && path !== undefined && !path.includes("{") && this.sockets.matches(path)) return path;
    throw new TypeError(`openSession must be told where to go: { path: "..." }.${this.#paths}`);
  }

  get #paths(): string {
    return ` The application has ${this.sockets.paths.map((path) => JSON.stringify(path)).join(", ") || "no endpoint"}`;
  }
}

function withQuery(path: string, query: Readonly<Record<string, string>> = {}): string {
  const encoded = new URLSearchParams(query).toString();
  if (encoded === "") return path;
  return `${path}${path.includes("?") ? "&" : "?"}${encoded}`;
}

const PATIENCE = 1_000;

interface Parts {
  readonly patience: number;
  readonly clock: VirtualClock;
  readonly context: ApplicationContext;
  readonly notes: LogNotes;
  readonly watch: TimerWatch;
  /** Undefined when nobody will ask for leaks. */
  readonly emitters: readonly EventEmitter[] | undefined;
}
