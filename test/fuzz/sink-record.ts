import { isUtf8 } from "node:buffer";
import { CloseCodes, CloseReason, type Delivery, type Transport, type TransportSink } from "wirespring/spi";

/**
 * A transport's sink that writes down what it is told, judges what holds for every transport, and does what an input wants in the middle of it.
 */

const NORMAL = new CloseReason(CloseCodes.NORMAL_CLOSURE, "enough");

/** What the sink does when it has been told so many messages or parts. */
export interface Interference {
  readonly after: number;
  readonly what: "close" | "pause" | "terminate";
}

/** The verdict on a stream: every event in short, and what nobody may see. */
export class SinkRecord implements TransportSink {
  readonly events: string[] = [];
  /** What is against the contract, if anything is. */
  fault: string | undefined;
  #told = 0;
  #closed = false;
  #paused = false;
  #bytes = 0;
  readonly #transport: Transport;
  readonly #delivery: Delivery;
  readonly #interference: Interference | null;

  constructor(transport: Transport, delivery: Delivery, interference: Interference | null) {
    this.#transport = transport;
    this.#delivery = delivery;
    this.#interference = interference;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  begin(): Delivery {
    if (this.#closed) this.fault ??= "a message begins behind the end";
    this.#bytes = 0;
    return this.#delivery;
  }

  message(data: Buffer, binary: boolean): void {
    if (!binary && !isUtf8(data)) this.fault ??= "a text is not UTF-8";
    if (this.#delivery.parts) this.fault ??= "a whole message, though parts were wanted";
    this.#tell(`${binary ? "binary" : "text"} ${data.toString("latin1")}`, data.length);
  }

  part(data: Buffer, binary: boolean, last: boolean): void {
    if (!this.#delivery.parts) this.fault ??= "a part, though whole messages were wanted";
    this.#bytes = 0;
    this.#tell(`${last ? "last" : "part"} ${binary ? "binary" : "text"} ${data.toString("latin1")}`, data.length);
  }

  ping(data: Buffer): void {
    this.#event(`ping ${data.toString("latin1")}`);
  }

  pong(data: Buffer): void {
    this.#event(`pong ${data.toString("latin1")}`);
  }

  failed(_error: Error): void {
    this.#event("failed");
  }

  closed(reason: CloseReason, clean: boolean): void {
    this.#event(`closed ${reason.code} ${reason.reasonPhrase} ${clean ? "clean" : "unclean"}`);
    this.#closed = true;
  }

  #tell(event: string, bytes: number): void {
    this.#event(event);
    if ((this.#bytes += bytes) > this.#delivery.maxBytes) this.fault ??= "more than maxBytes";
    this.#told++;
    if (this.#told === this.#interference?.after) this.#interfere(this.#interference.what);
  }

  #interfere(what: Interference["what"]): void {
    const transport = this.#transport;
    if (what === "close") transport.close(NORMAL);
    else if (what === "terminate") transport.terminate();
    else {
      this.#paused = true;
      transport.pause();
      setImmediate(() => {
        this.#paused = false;
        transport.resume();
      });
    }
  }

  #event(event: string): void {
    if (this.#closed) this.fault ??= `"${event}" behind the end`;
    // That the peer is lost may be told at any time.
    if (this.#paused && !/^(failed|closed 1006)/.test(event)) this.fault ??= `"${event}" while paused`;
    this.events.push(event);
  }
}
