import { coded, saidBy } from "../errors.js";
import type { Session } from "./session.js";

/** Reports that something is wrong with a connection: it was lost, broke the protocol, or is not open. */
export class SessionException extends Error {
  override readonly name = "SessionException";
  /**
   * `WS_SESSION_CLOSED` for a send on a session that is not open, `WS_SEND_TIMEOUT` for one that took longer than `sendTimeout`, `WS_OUTBOX_FULL` for
   * one that nobody could wait for any longer because the peer reads too slowly, `WS_SESSION_FAILED` for anything else.
   */
  readonly code: "WS_SESSION_CLOSED" | "WS_SESSION_FAILED" | "WS_SEND_TIMEOUT" | "WS_OUTBOX_FULL";
  readonly session: Session;

  constructor(message: string, cause: unknown, session: Session, code: SessionException["code"] = "WS_SESSION_FAILED") {
    super(message, cause === undefined ? undefined : { cause });
    this.session = session;
    this.code = code;
  }
}

/** Makes the error that is ours: with its code at the message's end. An application that makes one gets the message that it gave. */
export function sessionFailure(
  message: string,
  cause: unknown,
  session: Session,
  code: SessionException["code"] = "WS_SESSION_FAILED",
): SessionException {
  return new SessionException(coded(message, code), cause, session, code);
}

/** Tells that the connection has failed. Nobody of the application has called: its stack says nothing, and costs more than all the rest. */
export function connectionFailed(error: Error, session: Session): SessionException {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return sessionFailure(`the connection failed: ${saidBy(error)}`, error, session);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
