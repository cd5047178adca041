import { deferred, handled, type Deferred } from "../session/receipt.js";
import type { LiveSession } from "../session/live-session.js";
import { Prepared } from "../session/transport.js";
import { asError } from "../errors.js";

/**
 * One message on its way to the subscribers of a topic: encoded once for each set of encoders, and the account of who got it. Made by the broadcaster,
 * delivered by the topic.
 */

/** What a session is given: bytes, or bytes that an encoder is at work on. */
export type Content = Prepared | Promise<Prepared>;

/** So many characters or bytes weigh as much as a receiver. */
const SIZE_UNIT = 1_024;

export class Publication {
  /** Its place among all that was published. */
  readonly sequence: number;
  readonly except: LiveSession | undefined;
  readonly #message: unknown;
  readonly #outcome: Deferred<{ readonly recipients: number }> = deferred();
  /** By the encoders that made it. Most topics have one set. */
  readonly #contents = new Map<object, Content | Error>();
  #recipients = 0;
  #error: Error | undefined;
  /** What it counts while it is due: receivers, and size. */
  readonly weight: number;

  constructor(sequence: number, message: unknown, except: LiveSession | undefined, receivers = 0) {
    this.weight = receivers + Math.ceil(sizeOf(message) / SIZE_UNIT);
    this.sequence = sequence;
    this.#message = message;
    this.except = except;
  }

  /** Settles when everybody was given it; a failure that nobody awaits has been counted. */
  get outcome(): Promise<{ readonly recipients: number }> {
    return handled(this.#outcome.promise);
  }

  /** Gives it to a session, unless that is the one to leave out. */
  deliver(session: LiveSession): void {
    if (session === this.except) return;
    const content = this.#contentFor(session);
    if (content instanceof Error) {
      session.remote.published.refused(content);
      this.#error ??= content;
      return;
    }
    try {
      if (session.remote.published.deliver(content)) this.#recipients++;
    } catch (error) {
      // Its bytes may be somebody else's by now, whose memory was transferred: that must not end what others are given.
      const failure = asError(error);
      session.remote.published.refused(failure);
      this.#error ??= failure;
    }
  }

  /** What a session with these encoders is given; undefined when that is not known before an encoder has ended, or never. */
  preparedFor(session: LiveSession): Prepared | undefined {
    const content = this.#contentFor(session);
    return content instanceof Prepared ? content : undefined;
  }

  /** Counts a session that was given it together with others. */
  delivered(): void {
    this.#recipients++;
  }

  /** It cannot be published at all. */
  fail(error: unknown): Promise<{ readonly recipients: number }> {
    this.#error = asError(error);
    this.settle();
    return this.outcome;
  }

  /** Everybody was given it, or will be as soon as an encoder has ended. */
  settle(): void {
    const pending = [...this.#contents.values()].filter((content) => content instanceof Promise);
    if (pending.length === 0) this.#conclude();
    else
      void Promise.all(pending).then(
        () => this.#conclude(),
        (error) => {
          this.#error ??= asError(error);
          this.#conclude();
        },
      );
  }

  #conclude(): void {
    if (this.#error === undefined) this.#outcome.resolve({ recipients: this.#recipients });
    else this.#outcome.resolve(Promise.reject(this.#error));
  }

  #contentFor(session: LiveSession): Content | Error {
    const { encoders } = session.remote;
    let content = this.#contents.get(encoders);
    if (content === undefined) this.#contents.set(encoders, (content = this.#encode(session)));
    return content;
  }

  #encode(session: LiveSession): Content | Error {
    try {
      const encoded = session.remote.encode(this.#message);
      if (typeof encoded === "string" || encoded instanceof Uint8Array) return new Prepared(encoded);
      return handled(encoded.then((message) => new Prepared(message)));
    } catch (error) {
      return asError(error);
    }
  }
}

/** Characters or bytes; of what an encoder is to make, nothing is known. */
function sizeOf(message: unknown): number {
  if (typeof message === "string") return message.length;
  return ArrayBuffer.isView(message) || message instanceof ArrayBuffer ? message.byteLength : 0;
}
