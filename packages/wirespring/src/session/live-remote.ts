import type { Encoded } from "../codec/codec-chain.js";
import { asError, describe, illegalArgument } from "../errors.js";
import { RemoteEndpoint, type SendOutcome } from "./remote-endpoint.js";
import { SessionException } from "./session-exception.js";
import type { Session } from "./session.js";
import type { SendCallback, Transport } from "./transport.js";

/**
 * The sending side over a transport. Called by the application and, for returned values, by the dispatcher; calls the transport. Keeps
 * sends in call order also while an encoder is at work.
 */

/** RFC 6455 section 5.5. */
const MAX_CONTROL_BYTES = 125;

/** A send under way. */
interface Sending {
  readonly outcome: Promise<SendOutcome>;
  /** Set where an encoder is at work: resolves when the message was handed to the transport; never rejects. */
  readonly handed?: Promise<void>;
}

export interface RemoteOwner {
  /** Turns a value into a message; throws or rejects when it cannot. */
  encode(value: unknown): Encoded | Promise<Encoded>;
  /** A send has failed: count it. */
  sendFailed(error: Error): void;
}

export class LiveRemote extends RemoteEndpoint {
  readonly #session: Session;
  readonly #owner: RemoteOwner;
  /** Set when the session opens; nothing is sent before. */
  #transport: Transport | undefined;
  /** The promise of all sends of this tick. */
  #receipt: Receipt | undefined;
  /** Set while an encoder is at work: everything sent meanwhile waits for it (J-140). */
  #before: Promise<void> | undefined;

  constructor(session: Session, owner: RemoteOwner) {
    super();
    this.#session = session;
    this.#owner = owner;
  }

  /** Called by the session when it opens. */
  connect(transport: Transport): void {
    this.#transport = transport;
  }

  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  override sendText(text: string): Promise<SendOutcome> {
    if (typeof text !== "string")
      return this.#fail(illegalArgument(`sendText takes a string, found ${describe(text)}`));
    return this.#before === undefined ? this.#hand(text) : this.#inOrder(() => ({ outcome: this.#hand(text) }));
  }

  override sendBinary(bytes: ArrayBuffer | ArrayBufferView): Promise<SendOutcome> {
    const view = viewOf(bytes);
    if (view === undefined)
      return this.#fail(
        illegalArgument(`sendBinary takes an ArrayBuffer or a view of one, such as a Buffer, found ${describe(bytes)}`),
      );
    return this.#before === undefined ? this.#hand(view) : this.#inOrder(() => ({ outcome: this.#hand(view) }));
  }

  override sendObject(value: unknown): Promise<SendOutcome> {
    if (value === undefined || value === null)
      return this.#fail(illegalArgument(`sendObject takes a value, found ${describe(value)}`));
    return this.#inOrder(() => this.#sendValue(value));
  }

  override sendPing(applicationData?: Uint8Array): Promise<SendOutcome> {
    return this.#control("sendPing", applicationData, (transport, data, done) => transport.ping(data, done));
  }

  override sendPong(applicationData?: Uint8Array): Promise<SendOutcome> {
    return this.#control("sendPong", applicationData, (transport, data, done) => transport.pong(data, done));
  }

  /**
   * Sends what a handler has returned, without a promise unless an encoder is at work. False: the session is not open any more, nothing was
   * sent.
   */
  transmit(message: Encoded): boolean | Promise<boolean> {
    if (this.#before === undefined) return this.#transmit(message);
    const sent = this.#before.then(() => this.#transmit(message));
    // Whatever is sent from now on comes behind it.
    this.#waitFor(sent.then(() => {}));
    return sent;
  }

  #transmit(message: Encoded): boolean {
    const transport = this.#openTransport();
    transport?.send(message);
    return transport !== undefined;
  }

  #hand(message: Encoded): Promise<SendOutcome> {
    const transport = this.#openTransport();
    if (transport === undefined) return this.#fail(this.closedError());
    const receipt = this.#openReceipt();
    transport.send(message, undefined, receipt.expect());
    return receipt.promise;
  }

  #openTransport(): Transport | undefined {
    return this.#session.isOpen ? this.#transport : undefined;
  }

  #control(
    method: string,
    data: Uint8Array | undefined,
    send: (transport: Transport, data: Uint8Array | undefined, done: SendCallback) => void,
  ): Promise<SendOutcome> {
    if (data !== undefined && !(data instanceof Uint8Array))
      return this.#fail(illegalArgument(`${method} takes a Uint8Array, found ${describe(data)}`));
    if (data !== undefined && data.length > MAX_CONTROL_BYTES)
      return this.#fail(
        illegalArgument(`${method} takes at most ${MAX_CONTROL_BYTES} bytes, found ${data.length}`, RangeError),
      );
    return this.#inOrder(() => {
      const transport = this.#openTransport();
      if (transport === undefined) return { outcome: this.#fail(this.closedError()) };
      const receipt = this.#openReceipt();
      send(transport, data, receipt.expect());
      return { outcome: receipt.promise };
    });
  }

  #sendValue(value: unknown): Sending {
    let encoded: Encoded | Promise<Encoded>;
    try {
      encoded = this.#owner.encode(value);
    } catch (error) {
      return { outcome: this.#fail(asError(error)) };
    }
    if (typeof encoded === "string" || encoded instanceof Uint8Array) return { outcome: this.#hand(encoded) };
    const outcome = deferred<SendOutcome>();
    const handed = encoded.then(
      (message) => outcome.resolve(this.#hand(message)),
      (error) => outcome.resolve(this.#fail(asError(error))),
    );
    return { outcome: handled(outcome.promise), handed };
  }

  /** Sends now, or as soon as everything that was sent before has been handed over. */
  #inOrder(send: () => Sending): Promise<SendOutcome> {
    if (this.#before === undefined) {
      const { outcome, handed } = send();
      if (handed !== undefined) this.#waitFor(handed);
      return outcome;
    }
    const outcome = deferred<SendOutcome>();
    this.#waitFor(
      this.#before.then(() => {
        const sending = send();
        outcome.resolve(sending.outcome);
        return sending.handed;
      }),
    );
    return handled(outcome.promise);
  }

  #waitFor(handed: Promise<void>): void {
    const before = handed.then(() => {
      if (this.#before === before) this.#before = undefined;
    });
    this.#before = before;
  }

  #openReceipt(): Receipt {
    if (this.#receipt !== undefined) return this.#receipt;
    const receipt = new Receipt(
      (error) => this.#owner.sendFailed(this.#wrap(error)),
      (error) => this.#wrap(error),
    );
    this.#receipt = receipt;
    process.nextTick(() => {
      if (this.#receipt === receipt) this.#receipt = undefined;
      receipt.complete();
    });
    return receipt;
  }

  #fail(error: Error): Promise<SendOutcome> {
    this.#owner.sendFailed(error);
    return handled(Promise.reject(error));
  }

  #wrap(error: Error): Error {
    return error instanceof SessionException
      ? error
      : new SessionException(`the message could not be sent: ${error.message}`, error, this.#session);
  }

  /** What a send on a session that is not open fails with. */
  closedError(): SessionException {
    return new SessionException(
      `session ${this.#session.id} is not open: nothing can be sent any more`,
      undefined,
      this.#session,
      "WS_SESSION_CLOSED",
    );
  }
}

/**
 * One promise for all sends of a tick: settles when the transport has told of each of them. A failure of one rejects it; each failure is
 * counted.
 */
class Receipt {
  readonly promise: Promise<SendOutcome>;
  readonly #failed: (error: Error) => void;
  readonly #wrap: (error: Error) => Error;
  readonly #done: SendCallback;
  #resolve!: (outcome: SendOutcome) => void;
  #reject!: (error: Error) => void;
  #outstanding = 0;
  #complete = false;

  constructor(failed: (error: Error) => void, wrap: (error: Error) => Error) {
    this.#failed = failed;
    this.#wrap = wrap;
    this.promise = handled(
      new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      }),
    );
    this.#done = (error) => {
      this.#outstanding--;
      if (error !== undefined && error !== null) {
        this.#failed(error);
        this.#reject(this.#wrap(error));
      }
      this.#settle();
    };
  }

  expect(): SendCallback {
    this.#outstanding++;
    return this.#done;
  }

  /** The tick is over: nothing is added any more. */
  complete(): void {
    this.#complete = true;
    this.#settle();
  }

  #settle(): void {
    if (this.#complete && this.#outstanding === 0) this.#resolve("sent");
  }
}

/** A send that nobody awaits must not become an unhandled rejection; its failure has been counted. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T | Promise<T>) => void } {
  let resolve!: (value: T | Promise<T>) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function viewOf(bytes: unknown): Uint8Array | undefined {
  if (bytes instanceof Uint8Array) return bytes;
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return undefined;
}
