/**
 * The work that is measured, as the harness tells the load and the load tells the harness. Data only; lines of JSON between the two processes.
 */

/** What a server does with a message; each server program takes one when it starts. */
export type Mode =
  /** Bytes come back as they are. */
  | "echo"
  /** Text comes back as text, and was a string between. */
  | "text"
  /** As `echo`, by an asynchronous handler that awaits once. */
  | "async"
  /** An envelope `{ event, data }` is parsed, led to the handler of its event, and the answer written as JSON. */
  | "json"
  /** Text goes to everybody, then `ok` to its sender. */
  | "topic"
  /** As `topic`, compressed. */
  | "deflate";

/** How a server wants to be spoken to. */
export type DialectName = "ws" | "net" | "socket.io" | "nest";

/** Answers are followed by new requests at once: `inFlight` of them are under way on each connection. */
export interface EchoWork {
  readonly kind: "echo";
  readonly connections: number;
  readonly inFlight: number;
  readonly bytes: number;
}

/** One of `receivers` publishes `burst` messages in one write, and the next ones when everybody has all of them. */
export interface BroadcastWork {
  readonly kind: "broadcast";
  readonly receivers: number;
  readonly burst: number;
  readonly bytes: number;
}

/** Opens so many connections, `inFlight` of them under way, and closes them when the last is open. */
export interface ConnectWork {
  readonly kind: "connect";
  readonly handshakes: number;
  readonly inFlight: number;
}

/** Holds so many connections open that say nothing. */
export interface IdleWork {
  readonly kind: "idle";
  readonly sessions: number;
}

/** Looks paths up among so many templates, in a process without sockets. */
export interface RoutesWork {
  readonly kind: "routes";
  readonly templates: number;
}

export type Work = EchoWork | BroadcastWork | ConnectWork | IdleWork | RoutesWork;

/** What the load process is told: whom to load, with what, how long. */
export interface Order {
  readonly work: EchoWork | BroadcastWork | ConnectWork | IdleWork;
  readonly mode: Mode;
  readonly dialect: DialectName;
  readonly port: number;
  /** The server's process, whose processor time is read. */
  readonly pid: number;
  /** Milliseconds before the clock starts. */
  readonly warmUp: number;
  /** Milliseconds that are measured. */
  readonly window: number;
}

/** What one server did in one round. */
export interface Measured {
  /** Messages, deliveries, handshakes or matches a second, by the clock on the wall. */
  readonly perSecond?: number;
  /** Microseconds of the server's processor time for each of them. */
  readonly cpu?: number;
  /** Milliseconds until half of the publishers had their `ok`. */
  readonly acknowledged?: number;
  /** Bytes of resident memory that each idle session takes. */
  readonly bytes?: number;
  /** Share of the time that the load itself had to work; near 1, it was the load that was measured by the wall clock. */
  readonly loadBusy?: number;
}
