import type { Subject, SubjectOptions } from "./subject.js";

/** Makes the connections of a case. */
export type OpenSubject = (options?: SubjectOptions) => Promise<Subject>;

/** One statement of the contract, as data: a test runs it, and another one shows that a broken transport fails it. */
export interface TransportCase {
  /** What holds, as a fact. */
  readonly name: string;
  /** Rejects when it does not hold. */
  run(open: OpenSubject): Promise<void>;
  /** Needs to see the writes of the transport; skipped where they cannot be seen. */
  readonly needsWrites?: boolean;
}
