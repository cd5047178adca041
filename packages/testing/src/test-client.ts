import { AssertionError } from "node:assert";
import type { Session } from "wirespring";
import type { Admission } from "wirespring/spi";
import { shown } from "./arrivals.js";
import type { LogNotes } from "./log-notes.js";
import { headersOf } from "./handshake-refused.js";
import { MemoryClient, type MemoryPairOptions, type Wire } from "./memory-client.js";
import type { MemoryTransport } from "./memory-transport.js";
import type { ReceivedClose, ReceivedFrame } from "./peer-frame.js";
import { InVain, waitFor, type Surroundings, type WaitOptions } from "./waiting.js";

/**
 * A client of an application under test: a memory client that knows the application, and so when nothing comes any more. Made by the test
 * application.
 */

/** What a client asks of its application. */
export interface ClientHome extends Surroundings {
  activity: number;
  /** May explain why something was waited for in vain. */
  readonly notes: LogNotes;
}

/** Plays one client of an application: sends, receives, expects, misbehaves. Made by `openSession`. */
export class TestClient extends MemoryClient implements AsyncDisposable {
  readonly #home: ClientHome;
  readonly #admission: Admission;
  readonly #endings: (() => Promise<void>)[];
  #session: Session | undefined;

  /** @internal Made by the test application. */
  constructor(
    home: ClientHome,
    admission: Admission,
    [wire, transport, options]: readonly [Wire, MemoryTransport, MemoryPairOptions],
  ) {
    super(wire, transport, options);
    this.#home = home;
    this.#admission = admission;
    this.#endings = [];
  }

  /** @internal */
  override take(frames: Parameters<MemoryClient["take"]>[0]): void {
    this.#home.activity++;
    super.take(frames);
  }

  /** @internal Called once, when the session is open. */
  opened(session: Session): void {
    this.#session = session;
  }

  /** @internal Ends something behind this client. */
  atEnd(end: () => Promise<void>): void {
    this.#endings.push(end);
  }

  /** The server's side of the connection, as the endpoint is given it. */
  get session(): Session {
    return this.#session!;
  }

  /** What was agreed on; `""` for none. */
  get subprotocol(): string {
    return this.#admission.subprotocol;
  }

  /** What `modifyHandshake` has added to the answer; names in lower case, each with all its values. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    return headersOf(this.#admission.headers);
  }

  /** @internal Whether the application is at work for it. */
  get isBusy(): boolean {
    return this.#admission.isBusy;
  }

  /**
   * The next message that was not taken yet: text as a string, binary as a `Buffer`. Never hangs: rejects when the connection is over, or when the
   * application has settled and there is none; `WaitOptions` say how long it may take otherwise.
   */
  override async next(options: WaitOptions = {}): Promise<string | Buffer> {
    const found = await waitFor(() => this.#taken(() => this.takeMessage()), options, this.#home);
    if (found instanceof InVain) throw this.#explained(this.noMessage(found.why));
    return found;
  }

  /** The next frame that was not taken yet. Rejects as `next` does. */
  override async nextFrame(options: WaitOptions = {}): Promise<ReceivedFrame> {
    const found = await waitFor(() => this.#taken(() => this.takeFrame()), options, this.#home);
    if (found instanceof InVain) throw this.#explained(this.noFrame(found.why));
    return found;
  }

  /** The next message, out of its JSON. Rejects as `next` does, and when it is no JSON. */
  async nextJson(options: WaitOptions = {}): Promise<unknown> {
    const message = await this.next(options);
    try {
      return JSON.parse(String(message)) as unknown;
    } catch (cause) {
      throw new Error(`expected a message in JSON, found ${shown(message)}`, { cause });
    }
  }

  /** Sends a value as the text of its JSON. Throws when this side has closed. */
  sendJson(value: unknown): void {
    this.send(JSON.stringify(value));
  }

  /**
   * Waits for the end of the connection, and checks its code and reason; a reason that is not given may be any. Messages that were not taken do not
   * matter. Rejects with an `AssertionError` when it ends otherwise, or not at all once the application has settled.
   */
  async expectClosed(code: number, reason?: string | RegExp, options: WaitOptions = {}): Promise<void> {
    const found = await waitFor(() => this.ending, options, this.#home);
    const expected = describeClose(code, reason);
    if (found instanceof InVain)
      throw this.#explained(
        failure(`expected the connection to be closed with ${expected}, it is open: ${found.why}`, expected, "open"),
      );
    const fits = reason instanceof RegExp ? reason.test(found.reason) : (reason ?? found.reason) === found.reason;
    if (found.code === code && fits) return;
    const actual = describeClose(found.code, found.reason);
    throw this.#explained(
      failure(`expected the connection to be closed with ${expected}, found ${actual}`, expected, actual),
    );
  }

  /**
   * Lets the application settle, and checks that no message has come that was not taken. Rejects with an `AssertionError`.
   *
   * @param options `within`: for so many milliseconds of the clock.
   */
  async expectSilence(options: WaitOptions = {}): Promise<void> {
    const waited = await waitFor(() => (this.untaken.length > 0 ? true : undefined), options, this.#home);
    if (waited instanceof InVain && waited.isBusy)
      throw failure(`expected no message, and one may still come: ${waited.why}`, "silence", "a handler that runs");
    if (waited instanceof InVain) return;
    const found = this.untaken.map((message) => shown(message)).join(", ");
    throw failure(`expected no message, found ${found}`, [], this.untaken);
  }

  /**
   * Closes as a page does, code 1000 unless another is given, and waits for the answer and for what the endpoint does about it. Does nothing when the
   * connection is over.
   */
  async leave(code = 1000, reason?: string): Promise<ReceivedClose> {
    if (!this.isClosing) this.close(code, reason);
    const found = await waitFor(() => (this.isBusy ? undefined : this.ending), {}, this.#home);
    if (found instanceof InVain) throw this.#explained(new Error(`waited for the end of the connection: ${found.why}`));
    return found;
  }

  /** Leaves, however the connection is; ends the application, too, if `openSession` has started it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ending === undefined) {
      if (!this.isClosing) this.close(1000);
      await waitFor(() => this.ending, {}, this.#home);
      // It has vanished or stalled, or the server's answer does not come.
      if (this.ending === undefined) this.drop();
    }
    for (const end of this.#endings.splice(0)) await end();
  }

  #taken<T>(take: () => T): T {
    try {
      return take();
    } catch (error) {
      throw this.#explained(error as Error);
    }
  }

  #explained(error: Error): Error {
    const { said, cause } = this.#home.notes;
    error.message += said;
    if (cause !== undefined) error.cause ??= cause.cause;
    return error;
  }
}

function describeClose(code: number, reason: string | RegExp | undefined): string {
  if (reason === undefined || reason === "") return `${code}`;
  return `${code} ${reason instanceof RegExp ? String(reason) : JSON.stringify(reason)}`;
}

function failure(message: string, expected: unknown, actual: unknown): AssertionError {
  return new AssertionError({ message, expected, actual, operator: "expected" });
}
