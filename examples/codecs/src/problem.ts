import { DecodeException, SessionException, type Session } from "wirespring";

/** What is answered to a message that could not be read. */
export interface Problem {
  readonly problem: string;
}

/** Answers an error, of a decoder above all. Called by the `@OnError` of both endpoints. */
export function answerProblem(session: Session, error: Error): void {
  // The connection itself has failed: nobody can be told any more.
  if (error instanceof SessionException) return;
  const unreadable = error instanceof DecodeException;
  if (!unreadable) console.error(error);
  // What a decoder says is written for the peer. Of anything else it learns nothing.
  const problem = unreadable ? error.message : "something went wrong here";
  void session.remote.sendObject({ problem } satisfies Problem);
}
