import { clearTimeout, setTimeout } from "node:timers";
import type { CloseReason, Delivery, TransportSink } from "wirespring/spi";

/**
 * The sink of the contract's cases: writes down what a transport calls, and may do something about it.
 */

export type SinkEvent =
  | { readonly type: "begin"; readonly binary: boolean; readonly complete: boolean }
  | { readonly type: "message"; readonly data: Buffer; readonly binary: boolean }
  | { readonly type: "part"; readonly data: Buffer; readonly binary: boolean; readonly last: boolean }
  | { readonly type: "ping"; readonly data: Buffer }
  | { readonly type: "pong"; readonly data: Buffer }
  | { readonly type: "failed"; readonly error: Error }
  | { readonly type: "closed"; readonly code: number; readonly phrase: string; readonly clean: boolean };

export class Recorder implements TransportSink {
  readonly events: SinkEvent[] = [];
  /** Called with each event, within the transport's call. */
  react: (event: SinkEvent) => void = () => {};
  delivery: Delivery;
  readonly #patience: number;
  /** Events other than `begin`. */
  #count = 0;
  #closed = false;
  #waiting: (() => void) | undefined;

  constructor(delivery: Delivery, patience: number) {
    this.delivery = delivery;
    this.#patience = patience;
  }

  begin(binary: boolean, complete: boolean): Delivery {
    this.#record({ type: "begin", binary, complete });
    return this.delivery;
  }

  message(data: Buffer, binary: boolean): void {
    this.#record({ type: "message", data, binary });
  }

  part(data: Buffer, binary: boolean, last: boolean): void {
    this.#record({ type: "part", data, binary, last });
  }

  ping(data: Buffer): void {
    this.#record({ type: "ping", data });
  }

  pong(data: Buffer): void {
    this.#record({ type: "pong", data });
  }

  failed(error: Error): void {
    this.#record({ type: "failed", error });
  }

  closed(reason: CloseReason, clean: boolean): void {
    this.#record({ type: "closed", code: reason.code, phrase: reason.reasonPhrase, clean });
  }

  /** What happened, in short: `text:a`, `binary:01ff`, `part:a`, `last:b`, `ping:x`, `failed`, `closed:1000:bye:clean`; without `begin`. */
  get told(): readonly string[] {
    return this.events.flatMap((event) => (event.type === "begin" ? [] : [short(event)]));
  }

  /** As `told`, with `begin:text` and `begin:binary`. */
  get everything(): readonly string[] {
    return this.events.map(short);
  }

  /** Waits until so many things were told, without `begin`. Rejects when they are not in time. */
  untilTold(count: number): Promise<readonly string[]> {
    return this.#until(() => this.#count >= count, `${count} calls of the sink`);
  }

  /** Waits for `closed`. Rejects when it does not come in time. */
  untilClosed(): Promise<readonly string[]> {
    return this.#until(() => this.#closed, "closed");
  }

  async #until(reached: () => boolean, what: string): Promise<readonly string[]> {
    if (reached()) return this.told;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        reject(new Error(`waited for ${what} for ${this.#patience} ms; the sink was told: ${this.told.join(", ")}`));
      }, this.#patience);
      this.#waiting = () => {
        if (!reached()) return;
        this.#waiting = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
    return this.told;
  }

  #record(event: SinkEvent): void {
    this.events.push(event);
    if (event.type !== "begin") this.#count++;
    if (event.type === "closed") this.#closed = true;
    this.react(event);
    this.#waiting?.();
  }
}

function short(event: SinkEvent): string {
  switch (event.type) {
    case "begin":
      return event.binary ? "begin:binary" : "begin:text";
    case "message":
      return event.binary ? `binary:${event.data.toString("hex")}` : `text:${event.data.toString()}`;
    case "part":
      // Latin-1, because a part may end inside a character.
      return `${event.last ? "last" : "part"}:${event.data.toString(event.binary ? "hex" : "latin1")}`;
    case "ping":
    case "pong":
      return `${event.type}:${event.data.toString()}`;
    case "failed":
      return "failed";
    case "closed":
      return `closed:${event.code}:${event.phrase}:${event.clean ? "clean" : "unclean"}`;
  }
}
