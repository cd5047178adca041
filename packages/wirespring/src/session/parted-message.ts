import { StringDecoder } from "node:string_decoder";
import { CloseCodes, CloseReason } from "../close-reason.js";
import { IncomingMessage, type IncomingHome, type NextLook } from "./incoming-message.js";

/**
 * A message that its handler takes part by part, one call for each frame (J-53, J-58). Fed by the dispatcher; hands each part to the mailbox, which
 * keeps the order and the bounds.
 */

/** One part, as it waits in the mailbox. */
export class MessagePart {
  /** The handler that was there when the message began (J-76). */
  readonly handler: unknown;
  readonly data: string | Buffer;
  readonly last: boolean;
  /** Bytes on the wire. */
  readonly length: number;

  constructor(handler: unknown, data: string | Buffer, last: boolean, length: number) {
    this.handler = handler;
    this.data = data;
    this.last = last;
    this.length = length;
  }
}

export class PartedMessage extends IncomingMessage {
  readonly #handler: unknown;
  readonly #deliver: (part: MessagePart) => void;
  /** For text, whose frames may end inside a character; a part never does (J-54). The transport has checked that it is UTF-8. */
  readonly #text: StringDecoder | undefined;

  constructor(home: IncomingHome, handler: unknown, binary: boolean, deliver: (part: MessagePart) => void) {
    super(home);
    this.#handler = handler;
    this.#deliver = deliver;
    this.#text = binary ? undefined : new StringDecoder("utf8");
  }

  override take(data: Buffer, last: boolean): void {
    if (this.isTooBig(data)) {
      this.home.refuse(new CloseReason(CloseCodes.TOO_BIG, "the message is too big"));
      return;
    }
    if (data.length > 0) this.since = this.now;
    if (last) this.unwatch();
    else this.watch();
    this.#deliver(new MessagePart(this.#handler, this.#text?.write(data) ?? data, last, data.length));
  }

  override abort(): void {
    this.unwatch();
  }

  protected override look(): NextLook {
    const { isHeld, isIdle, limits } = this.home;
    // Nobody wants more while parts wait or one is being handled.
    if (isHeld || !isIdle || this.hasMoved()) this.since = this.now;
    const left = this.left(limits.streamByteTimeout);
    if (left > 0) return left;
    this.home.refuse(new CloseReason(CloseCodes.VIOLATED_POLICY, "the message did not go on"));
    return undefined;
  }
}
