import { Prepared, type SendCallback, type SendOptions, type Transport } from "./transport.js";

interface Written {
  readonly what: string;
  readonly bytes: number;
  readonly done: SendCallback | undefined;
}

/** A transport whose peer reads as much as a test says: what it was given waits until then. */
export class SlowTransport implements Transport {
  readonly bytesRead = 0;
  readonly heardAt = 0;
  bytesWritten = 0;
  /** Everything it was given, in short: `a`, `a+` for a part that goes on, `ping p`, `close 1000`. */
  readonly given: string[] = [];
  readonly #waiting: Written[] = [];

  get bufferedAmount(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The peer reads so many messages. */
  take(count = Infinity): void {
    for (const { bytes, done } of this.#waiting.splice(0, count)) {
      this.bytesWritten += bytes;
      done?.();
    }
  }

  /** The connection is lost: nothing that waits arrives. */
  lose(): void {
    for (const { done } of this.#waiting.splice(0)) done?.(new Error("lost"));
  }

  send(message: unknown, options?: SendOptions, done?: SendCallback): void {
    const text = message instanceof Prepared ? textOf(message) : Buffer.from(message as string).toString();
    // Long messages are known by their first letters.
    this.#put(`${text.slice(0, 4)}${options?.fin === false ? "+" : ""}`, Buffer.byteLength(text), done);
  }

  ping(data?: Uint8Array, done?: SendCallback): void {
    this.#put(`ping ${String(data ?? "")}`.trim(), 0, done);
  }

  pong(data?: Uint8Array, done?: SendCallback): void {
    this.#put(`pong ${String(data ?? "")}`.trim(), 0, done);
  }

  close({ code }: { readonly code: number }): void {
    this.given.push(`close ${code}`);
  }

  listen(): void {}
  flush(): void {}
  pause(): void {}
  resume(): void {}
  terminate(): void {}

  #put(what: string, bytes: number, done: SendCallback | undefined): void {
    this.given.push(what);
    this.#waiting.push({ what, bytes, done });
  }
}

function textOf({ bytes, messages }: Prepared): string {
  return messages === undefined ? Buffer.from(bytes).toString() : messages.map(textOf).join("");
}
