import type { Left, Trial } from "./fuzzer.js";
import { Victim, type Sending } from "./victim.js";

/** Inputs as bytes to a server in a process of its own, which must be there afterwards and have nothing left. */

/** What a kind of input is on the wire, and what may come back. */
export interface WireInput<T> {
  sending(input: T): Sending;
  /** Throws for an answer that may not be. */
  judge(answer: Buffer, input: T): void;
}

/** Sends each input on a connection of its own. */
export class TcpTrial<T> implements Trial<T> {
  #victim: Victim;
  readonly #wire: WireInput<T>;

  private constructor(victim: Victim, wire: WireInput<T>) {
    this.#victim = victim;
    this.#wire = wire;
  }

  static async start<T>(wire: WireInput<T>): Promise<TcpTrial<T>> {
    return new TcpTrial(await Victim.start(), wire);
  }

  async attempt(input: T): Promise<void> {
    const sending = this.#wire.sending(input);
    const answer = await this.#victim.send(sending);
    if (sending.end === "fin") this.#wire.judge(answer, input);
  }

  /** The server must be there still. */
  async settle(): Promise<void> {
    const victim = this.#victim;
    try {
      await victim.ping();
    } catch (error) {
      this.#victim = await Victim.start();
      await victim.stop();
      throw error;
    }
  }

  left(): Promise<Left> {
    return this.#victim.left();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#victim.stop();
  }
}
