/**
 * How many recipients everything has had that was published. Shared by the sessions of a container; counted by the broadcaster when a message is
 * published, asked by the turn of whoever published it: what one peer says and a thousand hear is a thousand messages' work (T58).
 */
export class RecipientCount {
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** A message is published for so many. */
  add(recipients: number): void {
    this.#total += recipients;
  }
}
