import type { Encoded } from "../codec/codec-chain.js";
import { MessageWriter, TextParts, type WriterHome } from "./message-writer.js";
import { sizeOf, type Outbox } from "./outbox.js";
import type { SendOutcome } from "./remote-endpoint.js";
import { messageUnfinished } from "./send-errors.js";
import type { SendJob, SendQueue } from "./send-queue.js";
import type { SendCallback } from "./transport.js";

/**
 * Messages that one session is sent part by part, by the application or by a writer, and never two of them into each other. Made by the remote endpoint
 * of a session at its first part; hands the parts to the outbox, in the order that the `SendQueue` keeps.
 */

/** The remote endpoint. */
export interface PartsHome {
  isOpen(): boolean;
  readonly queue: SendQueue;
  readonly outbox: Outbox;
  /** Runs a job of the queue, now or in its turn. */
  submit(whole: boolean, job: SendJob, bytes: number): void;
  /** Gives what was published before its place. */
  catchUp(): void;
  /** Sends a part, and counts its failure. */
  handPart(part: Encoded, last: boolean): Promise<SendOutcome>;
  /** Keeps a part that the network does not take now. */
  keepPart(part: Encoded, last: boolean, done: SendCallback): void;
  /** Lets everything leave that is held back. */
  flushHeld(): void;
  /** Something was sent. */
  active(): void;
  /** Counts the failure of a send. */
  refuse(error: Error): Promise<SendOutcome>;
  /** Counts what the network has reported; gives the error that the caller sees. */
  failed(cause: Error): Error;
  closedError(): Error;
  /** A message that has begun will never end: close the session. */
  unfinishable(): void;
}

export class PartSends implements WriterHome {
  readonly #home: PartsHome;
  /** Those that have not ended. */
  readonly #writers = new Set<MessageWriter>();
  /** Set while a text message is being sent part by part. */
  #textParts: TextParts | undefined;

  constructor(home: PartsHome) {
    this.#home = home;
  }

  /** Sends the next part of the application's message, or says why that cannot be. */
  send(method: string, data: Encoded, last: boolean): Promise<SendOutcome> {
    const home = this.#home;
    // No message has begun then: nothing may wait for its end.
    if (!home.isOpen()) return home.refuse(home.closedError());
    const binary = typeof data !== "string";
    const { unfinished } = home.queue;
    if (unfinished !== undefined && (unfinished.owner !== this || unfinished.binary !== binary))
      return home.refuse(messageUnfinished(method, unfinished.binary));
    const part = typeof data === "string" ? (this.#textParts ??= new TextParts()).next(data, last) : data;
    const outcome = home.handPart(part, last);
    if (last) this.#textParts = undefined;
    this.#advance(this, binary, last);
    return outcome;
  }

  /** Makes a writer of one message. */
  writer(binary: boolean): MessageWriter {
    const writer = new MessageWriter(this, binary);
    this.#writers.add(writer);
    return writer;
  }

  /** The session has ended: whoever feeds a writer must learn that nobody takes anything any more. */
  end(error: () => Error): void {
    for (const writer of this.#writers) writer.destroy(error());
  }

  /** Called by the writers. */
  sendPart(writer: MessageWriter, data: string | Uint8Array, last: boolean, done: (error?: Error) => void): void {
    const home = this.#home;
    home.catchUp();
    const first = home.queue.unfinished?.owner !== writer;
    const put = (): void => {
      if (!home.isOpen() || writer.destroyed) {
        const error = home.closedError();
        void home.refuse(error);
        process.nextTick(done, error);
        return;
      }
      home.active();
      this.#put(data, last, (error) => done(error ? home.failed(error) : undefined));
      this.#advance(writer, writer.binary, last);
    };
    home.submit(first, put, sizeOf(data));
  }

  /** Called by a writer that has ended; in the middle of its message, half of that must not look whole. */
  writerGone(writer: MessageWriter): void {
    this.#writers.delete(writer);
    if (this.#home.queue.unfinished?.owner === writer) this.#home.unfinishable();
  }

  #put(data: Encoded, last: boolean, done: (error?: Error) => void): void {
    const { outbox } = this.#home;
    // A writer is held back by the network, not by what may be held.
    this.#home.flushHeld();
    if (outbox.takes(data)) outbox.send(data, last, done);
    else this.#home.keepPart(data, last, done);
  }

  #advance(owner: object, binary: boolean, last: boolean): void {
    const { queue } = this.#home;
    if (last) queue.finish();
    else if (queue.unfinished === undefined) queue.begin({ owner, binary });
  }
}
