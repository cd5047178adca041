import type { Clock, Timer } from "../clock.js";
import type { HookName } from "../diagnostics.js";
import type { Limits } from "../limits.js";
import { setPatientTimer } from "../patient-timer.js";
import type { Inbox } from "./inbox.js";

/**
 * The last stage of a session at its endpoint: the handler that runs ends, then `@OnClose` is called, then what was made for the connection is
 * disposed; each within `handlerTimeout`. Made by the dispatcher when the session begins to close; calls back into it.
 */

/** The dispatcher. */
export interface EndingOwner {
  readonly clock: Clock;
  readonly limits: Limits;
  /** Calls `@OnClose`; never throws or rejects. */
  callClose(): void | Promise<void>;
  /** Destroys and disposes what was made for this connection; undefined when that is done. */
  dispose(): Promise<void> | undefined;
  /** Called once, when the application has nothing more to do. */
  applicationOver(): void;
  /** Somebody has taken longer than `handlerTimeout`. */
  tellOverdue(hook: HookName): void;
}

export class Ending {
  readonly #owner: EndingOwner;
  readonly #inbox: Inbox;
  #closeStarted = false;
  #disposing = false;
  #over = false;
  /** For the handler that `@OnClose` waits for. */
  #timer: Timer | undefined;

  constructor(owner: EndingOwner, inbox: Inbox) {
    this.#owner = owner;
    this.#inbox = inbox;
  }

  /** Whether the application has nothing more to do. */
  get isOver(): boolean {
    return this.#over;
  }

  /**
   * Calls `@OnClose` after everything that was handed to the application before. May be called again, when something of that was given up.
   *
   * @param timed Whether a handler that runs is waited for only so long.
   */
  begin(timed: boolean): void {
    if (this.#closeStarted) return;
    this.#inbox.whenIdle(() => this.#runClose());
    if (this.#closeStarted || !timed) return;
    this.#timer ??= this.#inHandlerTimeout("onMessage", () => this.#inbox.abandon());
  }

  #inHandlerTimeout(hook: HookName, giveUp: () => void): Timer {
    const { clock, limits } = this.#owner;
    const task = (): void => {
      this.#owner.tellOverdue(hook);
      giveUp();
    };
    return setPatientTimer(clock, task, limits.handlerTimeout);
  }

  #runClose(): void {
    if (this.#closeStarted) return;
    this.#closeStarted = true;
    this.#timer?.cancel();
    const closing = this.#owner.callClose();
    if (closing === undefined) return this.#dispose();
    const timer = this.#inHandlerTimeout("onClose", () => this.#dispose());
    void closing.then(() => {
      timer.cancel();
      this.#dispose();
    });
  }

  #dispose(): void {
    if (this.#disposing) return;
    this.#disposing = true;
    const disposal = this.#owner.dispose();
    if (disposal === undefined) return this.#disposed();
    const timer = this.#inHandlerTimeout("dispose", () => this.#disposed());
    void disposal.then(() => {
      timer.cancel();
      this.#disposed();
    });
  }

  /** A second call does nothing: what has ended too late is not waited for. */
  #disposed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.applicationOver();
  }
}
