import { CloseCodes, CloseReason, SessionException, type Session } from "wirespring";
import { TooLarge } from "./upload-store.js";

/**
 * Ends the connection of an upload that has failed, and says why. Both endpoints do that: a peer that went on sending gigabytes to nobody would
 * gain nothing by staying connected.
 */
export async function endFailed(session: Session, error: Error): Promise<void> {
  // The connection itself has failed: nobody can be told any more.
  if (error instanceof SessionException) return;
  if (error instanceof TooLarge) {
    await session.close(new CloseReason(CloseCodes.TOO_BIG, error.message));
    return;
  }
  console.error(error);
  await session.close(new CloseReason(CloseCodes.UNEXPECTED_CONDITION, "the upload could not be stored"));
}
