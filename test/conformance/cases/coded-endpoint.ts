import {
  ClientEndpoint,
  ClientEndpointConfig,
  ServerEndpoint,
  ServerEndpointConfig,
  type Class,
  type Endpoint,
  type Session,
} from "wirespring";
import { Happenings } from "../happenings.js";
import type { Peer } from "../peer.js";
import type { Connected } from "../plain-server.js";
import type { Stage } from "../stage.js";
import { added, connected, type Half } from "./added-endpoint.js";

/**
 * An endpoint with coders, put into service on one side of a connection, by a decorator or by a configuration. Used by the cases of coders, which are
 * the same on every side.
 */

/** The coders of an endpoint. */
export interface Coders {
  readonly encoders?: readonly Class[];
  readonly decoders?: readonly Class[];
}

/** An endpoint in service. Each connection has an instance of it, and a plain peer at the other end. */
export interface CodedEndpoint {
  connect(): Promise<Half>;
  /** Ends what is open and waits for it. */
  close(): Promise<void>;
}

/** Puts a class, on which there is no class decorator yet, into service. */
export type Side = (stage: Stage, endpoint: Class, coders: Coders) => Promise<CodedEndpoint>;

const PATH = "/coded";

/** A class with `@ServerEndpoint`. */
export const annotatedServer: Side = async (stage, endpoint, coders) => {
  ServerEndpoint({ value: PATH, ...coders })(endpoint);
  const application = await stage.start([endpoint]);
  return { connect: () => connected(application, PATH), close: () => application.sockets.close() };
};

/** A class with `@ClientEndpoint`. */
export const annotatedClient: Side = async (stage, endpoint, coders) => {
  ClientEndpoint(coders)(endpoint);
  return client(stage, endpoint);
};

/** A class that extends `Endpoint`, with a `ServerEndpointConfig`. */
export const programmaticServer: Side = async (stage, endpoint, coders) => {
  const application = await added(stage, ServerEndpointConfig.create(endpoint, PATH, coders));
  return { connect: () => connected(application, PATH), close: () => application.sockets.close() };
};

/** A class that extends `Endpoint`, with a `ClientEndpointConfig`. */
export const programmaticClient: Side = async (stage, endpoint, coders) =>
  client(stage, endpoint as Class<Endpoint>, ClientEndpointConfig.create(coders));

/** All connections are of one container and to one server, which the case plays. */
function client(stage: Stage, endpoint: Class, config?: ClientEndpointConfig): CodedEndpoint {
  const peers = new Happenings<Peer>();
  let first: Connected | undefined;
  return {
    async connect() {
      let session: Session;
      if (first === undefined)
        ({ session } = first = await stage.connect(endpoint, { play: peers.tell, ...(config && { config }) }));
      else session = await first.sockets.connectToServer(endpoint, first.session.requestURI, config);
      return { session, peer: await peers.next() };
    },
    close: async () => first?.sockets.close(),
  };
}
