import { singleton } from "tsyringe";

/** One answer and how many have chosen it. */
export interface Tally {
  readonly option: string;
  readonly votes: number;
}

const MOST_OPTIONS = 8;

type Reader = (tallies: readonly Tally[]) => void;

/** What is asked, and what everybody has answered: the one object that the routes and the endpoints share. */
@singleton()
export class Poll {
  readonly question = "What do you drink in the morning?";
  readonly #voters = new Map<string, Set<string>>([
    ["Coffee", new Set()],
    ["Tea", new Set()],
    ["Water", new Set()],
  ]);
  readonly #choices = new Map<string, string>();
  readonly #readers = new Set<Reader>();

  get tallies(): readonly Tally[] {
    return [...this.#voters].map(([option, { size }]) => ({ option, votes: size }));
  }

  /** What a voter has chosen, undefined before. */
  choiceOf(voter: string): string | undefined {
    return this.#choices.get(voter);
  }

  /** Counts a vote; a second one of the same voter takes the place of the first. Gives false for an option that there is not. */
  vote(voter: string, option: string): boolean {
    const voters = this.#voters.get(option);
    if (voters === undefined) return false;
    const before = this.#choices.get(voter);
    if (before === option) return true;
    if (before !== undefined) this.#voters.get(before)?.delete(voter);
    voters.add(voter);
    this.#choices.set(voter, option);
    this.#tell();
    return true;
  }

  /** Adds an option. Gives false when it is there already, or there are enough. */
  add(option: string): boolean {
    if (this.#voters.has(option) || this.#voters.size >= MOST_OPTIONS) return false;
    this.#voters.set(option, new Set());
    this.#tell();
    return true;
  }

  /** Calls `reader` after every change from now on. */
  subscribe(reader: Reader): void {
    this.#readers.add(reader);
  }

  #tell(): void {
    const { tallies } = this;
    for (const reader of this.#readers) reader(tallies);
  }
}
