/** Waits before the first new attempt and before any attempt at most, in milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/** A server that restarts (1012) or is overloaded (1013) may say in the close reason when to come back. */
const RETRY_CODES = [1012, 1013];

/**
 * Says how long to wait before the next attempt, in milliseconds. A server that says `retry=<ms>` has spread its peers over time already; without
 * that, a wholly random part of a doubling time ("full jitter") keeps thousands of pages from coming back at one moment.
 */
export function waitBefore(attempt, { code, reason }, random = Math.random) {
  const retry = RETRY_CODES.includes(code) ? /\bretry=(\d{1,6})\b/.exec(reason) : null;
  if (retry !== null) return Math.min(LONGEST_WAIT, Number(retry[1]));
  return random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
}

/**
 * A WebSocket that comes back by itself until `end()` is called or the server refuses for good, with a code from 4400 to 4499 (HTTP's 4xx).
 *
 * `on` is told: `connecting()`, `message(value)`, `waiting(milliseconds, closeEvent)`, `refused(reason)`.
 */
export class Connection {
  #url;
  #on;
  #socket;
  #timer;
  #attempt = 0;

  constructor(url, on) {
    this.#url = url;
    this.#on = on;
    this.#connect();
  }

  /** Sends a value as JSON; false when there is no open socket. */
  send(value) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(value));
    return true;
  }

  /** Tries at once instead of waiting any longer. */
  retryNow() {
    if (this.#timer !== undefined) this.#connect();
  }

  /** Closes for good; nothing is told any more. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#on.connecting();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      // Open is not enough: only a server that also answers is back.
      this.#attempt = 0;
      this.#on.message(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#closed(event);
    });
  }

  #closed(event) {
    this.#socket = undefined;
    if (event.code >= 4400 && event.code < 4500) {
      this.#on.refused(event.reason);
      return;
    }
    const wait = waitBefore(this.#attempt++, event);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#on.waiting(wait, event);
  }
}
