import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { ClientOptions, PerMessageDeflateOptions } from "ws";
import type { Extension } from "../extension.js";
import { WsSocket } from "../upgrade/ws-socket.js";
import { WsTransport } from "../upgrade/ws-transport.js";
import type { DialAnswer, DialRequest } from "./dial.js";

/**
 * Lets `ws` make the opening handshake of a client, and gives the open connection as a held transport. Called by the client's handshake; the
 * only file here that knows `ws`.
 */

type Response = Pick<DialAnswer, "status" | "rawHeaders">;

/** Larger than any wait: what `ws` would time itself, our clock times. */
const NEVER = 2 ** 31 - 1;

/** Smaller messages do not get smaller. */
const COMPRESSION_THRESHOLD = 1_024;

/** Asks the server by `ws`, as `Dial` says. Rejects with what Node reported when there was no answer. */
export function dialWs(call: DialRequest): Promise<DialAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, subprotocols, clock, closeTimeout, maxInflation } = call;
    let response: Response | undefined;
    let subprotocol = "";
    const socket = new ClientSocket(call.url, [], optionsOf(call));
    const abort = (): void => {
      reject(signal.reason);
      socket.terminate();
    };
    const answer = (given: DialAnswer): void => {
      signal.removeEventListener("abort", abort);
      resolve(given);
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.on("error", (error) => {
      signal.removeEventListener("abort", abort);
      if (response === undefined) reject(error);
      else resolve({ ...response, problem: error.message });
    });
    socket.on("unexpected-response", (request, received) => {
      answer({ ...responseOf(received), problem: "the server did not switch protocols" });
      // Its body is nobody's business, however long it is.
      request.destroy();
    });
    socket.on("upgrade", (received) => {
      response = responseOf(received);
      const chosen = received.headers["sec-websocket-protocol"];
      if (chosen === undefined) return;
      if (subprotocols.includes(chosen)) {
        subprotocol = chosen;
        // ws was not told of our offer, because it would refuse a server that chooses none (J-185).
        delete received.headers["sec-websocket-protocol"];
      } else {
        // ws, which knows of no offer, drops the connection for it.
        answer({ ...response, problem: "the server chose a subprotocol that was not offered" });
      }
    });
    socket.opened = () =>
      answer({ ...response!, transport: new WsTransport(socket, { clock, closeTimeout, maxInflation }), subprotocol });
  });
}

/** ws's class of a connection, which tells of its socket once our parser has it, before anything is read. */
class ClientSocket extends WsSocket {
  opened!: () => void;

  override setSocket(socket: Socket, head: Buffer, options: object): void {
    super.setSocket(socket, head, options);
    this.opened();
  }
}

function optionsOf(call: DialRequest): ClientOptions {
  const { headers, subprotocols, extensions, tls, agent } = call;
  const offer = subprotocols.length === 0 ? {} : { "Sec-WebSocket-Protocol": subprotocols.join(", ") };
  const options: Record<string, unknown> = {
    ...tls,
    headers: { ...headers, ...offer },
    perMessageDeflate: deflateOf(extensions),
    followRedirects: false,
    // The sink says the limit of each message; until then nothing is read.
    maxPayload: NEVER,
    closeTimeout: NEVER,
  };
  if (agent !== undefined) options["agent"] = agent;
  return options;
}

function deflateOf(extensions: readonly Extension[]): PerMessageDeflateOptions | false {
  const offer = extensions.find(({ name }) => name === "permessage-deflate");
  if (offer === undefined) return false;
  const said = new Map(offer.parameters.map(({ name, value }) => [name, value]));
  const bits = (name: string): number | undefined => Number(said.get(name) ?? 0) || undefined;
  const clientBits = "client_max_window_bits";
  const options = {
    threshold: COMPRESSION_THRESHOLD,
    zlibDeflateOptions: { level: 3, memLevel: 7 },
    // Never false, which for ws forbids a server what RFC 7692 allows it (section 7.1.1.2): to ask for it without having been offered it.
    serverNoContextTakeover: said.has("server_no_context_takeover") || undefined,
    clientNoContextTakeover: said.has("client_no_context_takeover") || undefined,
    serverMaxWindowBits: bits("server_max_window_bits"),
    // Without false, ws would offer it by itself.
    clientMaxWindowBits: said.has(clientBits) ? bits(clientBits) : (false as const),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function responseOf({ statusCode, rawHeaders }: IncomingMessage): Response {
  return { status: statusCode ?? 0, rawHeaders };
}
