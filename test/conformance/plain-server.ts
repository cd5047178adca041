// Before tsyringe, which needs the metadata that this loads.
import {
  WebSocketContainer,
  type ClientEndpointConfig,
  type Session,
  type WebSocketContainerOptions,
} from "wirespring";
import { memoryPair } from "@wirespring/testing";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import type { Dial, DialAnswer, DialRequest } from "wirespring/spi";
import { MemoryPeer, SocketPeer, type Peer } from "./peer.js";

/**
 * The server of a case about our client: one that the case plays, on a socket and in memory. Started by the stage; made of `ws` or of
 * nothing, never of our server.
 */

/** How a client connects, and what the server does about it. */
export interface Connecting {
  readonly config?: ClientEndpointConfig;
  /** Options of the container that connects. */
  readonly container?: WebSocketContainerOptions;
  /** Path and query that is asked for. Default: `/`. */
  readonly target?: string;
  /** What the server chooses. Default: none. */
  readonly subprotocol?: string;
  /** Further fields of the server's answer. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** The status of an answer that refuses. Default: the server agrees. */
  readonly status?: number;
  /** Called as soon as the peer is there, before `@OnOpen` is over. */
  readonly play?: (peer: Peer) => void;
}

/** What a client asked for. */
export interface Asked {
  readonly target: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A client of ours that is connected. */
export interface Connected {
  readonly session: Session;
  /** The server's end. */
  readonly peer: Peer;
  readonly request: Asked;
  readonly sockets: WebSocketContainer;
}

/** Where a client can be connected to, until it is disposed. */
export interface PlainServer extends AsyncDisposable {
  readonly uri: string;
  readonly dial: Dial | undefined;
  /** The peer of the only connection, and what it asked for. */
  readonly connected: Promise<{ readonly peer: Peer; readonly request: Asked }>;
}

const lines = (headers: Connecting["headers"] = {}): readonly [string, string][] =>
  Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value as string]),
  );

/** A server made of `ws`. */
export async function socketServer({ subprotocol, headers, status, play }: Connecting): Promise<PlainServer> {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: true,
    handleProtocols: () => subprotocol ?? false,
    verifyClient: (_info, answer) => answer(status === undefined, status, "", Object.fromEntries(lines(headers))),
  });
  server.on("headers", (answer) => answer.push(...lines(headers).map(([name, value]) => `${name}: ${value}`)));
  await once(server, "listening");
  const connected = new Promise<{ peer: Peer; request: Asked }>((resolve) =>
    server.on("connection", (socket, message: IncomingMessage) => {
      const peer = new SocketPeer(socket);
      const fields = Object.entries(message.headers).map(([name, value]) => [name, String(value)]);
      resolve({ peer, request: { target: message.url!, headers: Object.fromEntries(fields) } });
      play?.(peer);
    }),
  );
  return {
    uri: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    dial: undefined,
    connected,
    [Symbol.asyncDispose]: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

/** A server without a port. */
export function memoryServer({ subprotocol = "", headers, status, play }: Connecting, patience: number): PlainServer {
  const ends: (() => void)[] = [];
  let dial!: Dial;
  const connected = new Promise<{ peer: Peer; request: Asked }>((resolve) => {
    dial = async (request): Promise<DialAnswer> => {
      const rawHeaders = lines(headers).flat();
      if (status !== undefined) return { status, rawHeaders, problem: "the server did not switch protocols" };
      const { transport, client } = memoryPair({ patience });
      ends.push(() => client.end());
      const peer = new MemoryPeer(client);
      resolve({ peer, request: asked(request) });
      play?.(peer);
      return { status: 101, rawHeaders, transport, subprotocol };
    };
  });
  return {
    uri: "ws://memory.test",
    dial: (request) => dial(request),
    connected,
    [Symbol.asyncDispose]: async () => ends.forEach((end) => end()),
  };
}

function asked({ url, headers, subprotocols }: DialRequest): Asked {
  const fields = Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values.join(", ")]);
  const offer = subprotocols.length > 0 ? { "sec-websocket-protocol": subprotocols.join(", ") } : {};
  return { target: url.pathname + url.search, headers: { ...Object.fromEntries(fields), ...offer } };
}

/** Connects a client endpoint to a server, by a container of its own. Rejects as `connectToServer` does. */
export async function connectTo(server: PlainServer, endpoint: object, connecting: Connecting): Promise<Connected> {
  const { config, container, target = "/" } = connecting;
  const sockets = new WebSocketContainer({ ...container, ...(server.dial && { dial: server.dial }) });
  const session = await sockets.connectToServer(endpoint as never, `${server.uri}${target}`, config);
  return { session, sockets, ...(await server.connected) };
}
