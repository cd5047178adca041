import { describe, illegalArgument, IllegalStateError, saidBy } from "../errors.js";
import { SessionException, sessionFailure } from "./session-exception.js";
import type { Session } from "./session.js";

/** What sends fail with. Made by the remote endpoint, and by nobody else. */

/** Tells that a session is not open, or not any more. */
export function notOpen(session: Session): SessionException {
  const message = `session ${session.id} is not open: nothing can be sent any more`;
  return sessionFailure(message, undefined, session, "WS_SESSION_CLOSED");
}

/** Tells that something cannot be set any more. */
export function ended({ id }: Session, member: string): IllegalStateError {
  return new IllegalStateError(`session ${id} has ended: ${member} cannot be used any more`, "WS_SESSION_CLOSED");
}

/** Tells what the transport has reported; an error of ours stays as it is. */
export function couldNotSend(session: Session, cause: Error): SessionException {
  if (cause instanceof SessionException) return cause;
  return sessionFailure(`the message could not be sent: ${saidBy(cause)}`, cause, session);
}

/** Tells that `sendTimeout` is over. */
export function sentTooLate(session: Session, timeout: number): SessionException {
  const message = `the message was not handed to the network within ${timeout} ms`;
  return sessionFailure(message, undefined, session, "WS_SEND_TIMEOUT");
}

/** Tells that the outbox is full, twice over, where the policy is to block. */
export function outboxFull(session: Session): SessionException {
  const message = `session ${session.id}: the peer reads too slowly and too much waits already: await what is sent`;
  return sessionFailure(message, undefined, session, "WS_OUTBOX_FULL");
}

/** Tells that another message has begun and not ended. */
export function messageUnfinished(method: string, binary: boolean): IllegalStateError {
  const kind = binary ? "binary" : "text";
  return new IllegalStateError(
    `${method}: a ${kind} message is unfinished: end it first, its parts come from one place`,
    "WS_MESSAGE_UNFINISHED",
  );
}

/** RFC 6455 section 5.5. */
const MAX_CONTROL_BYTES = 125;

/** Tells why a ping or a pong cannot carry something; undefined when it can. */
export function unfitForControl(method: string, data: unknown): TypeError | RangeError | undefined {
  if (data === undefined) return undefined;
  if (!(data instanceof Uint8Array)) return illegalArgument(`${method} takes a Uint8Array, found ${describe(data)}`);
  if (data.length <= MAX_CONTROL_BYTES) return undefined;
  return illegalArgument(`${method} takes at most ${MAX_CONTROL_BYTES} bytes, found ${data.length}`, RangeError);
}
