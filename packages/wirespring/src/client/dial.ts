import type { Agent } from "node:http";
import type { Clock } from "../clock.js";
import type { ClientTlsOptions } from "../endpoint/client-options.js";
import type { Extension } from "../extension.js";
import type { Transport } from "../session/transport.js";

/**
 * How a client reaches a server: the contract between the client's handshake, which calls it, and whatever carries the connection, `ws` unless
 * a container is told otherwise.
 */

/** What is asked of a server. */
export interface DialRequest {
  readonly url: URL;
  /** Fit for HTTP, without the fields of the protocol itself. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly tls: ClientTlsOptions | null;
  readonly agent: Agent | undefined;
  readonly clock: Clock;
  /** Milliseconds that the transport gives the closing handshake. */
  readonly closeTimeout: number;
  /** See `Limits`: for a transport that compresses. */
  readonly maxInflation: number;
  /** Ends the connecting; the promise rejects with its reason. */
  readonly signal: AbortSignal;
}

/** What a server has answered: a held transport where it agreed, a problem in words where it did not. */
export type DialAnswer = {
  /** The HTTP status. */
  readonly status: number;
  /** Names and values of the header fields in turn, as received. */
  readonly rawHeaders: readonly string[];
} & (
  | { readonly transport: Transport; /** Empty when none was chosen. */ readonly subprotocol: string }
  | { readonly transport?: undefined; readonly problem: string }
);

/**
 * Asks a server for a connection, and resolves with its answer whatever that is. Rejects when there was none. Nothing may be left open but the
 * transport that is given, which reads nothing before it has a listener.
 */
export type Dial = (request: DialRequest) => Promise<DialAnswer>;
