import {
  Arg,
  ClientEndpoint,
  ClientEndpointConfig,
  CloseReason,
  Endpoint,
  OnClose,
  OnError,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
  type Class,
  type WebSocketContainer,
} from "wirespring";
import type { VirtualClock } from "@wirespring/testing";
import type { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";

/**
 * A session of ours, at a server or at a client, and the plain peer it talks to: what makes one case about `Session` two, without a twin. Used by
 * the cases about sessions and their message handlers.
 */

/** What the endpoint of a case does; everything may be left out. */
export interface Play {
  readonly opened?: (session: Session) => void;
  /** Called by `@OnClose`. */
  readonly closed?: (session: Session) => void;
  /** What a decorated endpoint's `@OnClose` takes. Default: session and reason. */
  readonly closing?: readonly (typeof Session | typeof CloseReason)[];
  readonly decoders?: readonly Class[];
  /** Without decorators. Default: the endpoint has them. */
  readonly programmatic?: boolean;
  /** The path of a server's endpoint. Default: `/session`. */
  readonly path?: string;
  /** Path and query that is asked for. Default: the path. */
  readonly target?: string;
  readonly clock?: VirtualClock;
}

/** A session that is open. */
export interface SessionEnd {
  readonly session: Session;
  readonly peer: Peer;
  /** The container that the endpoint was given to. */
  readonly sockets: WebSocketContainer;
  /** What `@OnError` was told, in order. */
  readonly errors: readonly Error[];
  /** What `@OnClose` was given, each time it was called. */
  readonly closings: readonly (readonly unknown[])[];
  /** Resolves when `@OnClose` is called. */
  readonly over: Promise<void>;
  /** Resolves when `@OnError` is told something the next time. */
  readonly failure: () => Promise<Error>;
}

/** Opens a session at one end, with an endpoint that does what the case wants. */
export type OpenEnd = (stage: Stage, play?: Play) => Promise<SessionEnd>;

/** What the endpoint of one session has been told. */
class Told {
  readonly errors: Error[] = [];
  readonly closings: (readonly unknown[])[] = [];
  readonly started: Promise<Session>;
  readonly over: Promise<void>;
  readonly play: Play;
  #session!: Session;
  readonly #waiting: ((error: Error) => void)[] = [];
  #start!: (session: Session) => void;
  #end!: () => void;

  constructor(play: Play) {
    this.play = play;
    this.started = new Promise((resolve) => (this.#start = resolve));
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  opened(session: Session): void {
    this.#session = session;
    this.#start(session);
    this.play.opened?.(session);
  }

  closed(...given: readonly unknown[]): void {
    this.closings.push(given);
    this.#end();
    this.play.closed?.(this.#session);
  }

  failed(error: Error): void {
    this.errors.push(error);
    for (const resolve of this.#waiting.splice(0)) resolve(error);
  }

  failure(): Promise<Error> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function programmaticEndpoint(told: Told): Class {
  return class Programmatic extends Endpoint {
    onOpen(session: Session): void {
      told.opened(session);
    }
    override onClose(session: Session, reason: CloseReason): void {
      told.closed(session, reason);
    }
    override onError(_session: Session, error: Error): void {
      told.failed(error);
    }
  };
}

function decoratedEndpoint(told: Told): Class {
  class Decorated {
    @OnOpen()
    opened(session: Session): void {
      told.opened(session);
    }
    closed(...given: readonly unknown[]): void {
      told.closed(...given);
    }
    @OnError()
    failed(error: Error): void {
      told.failed(error);
    }
  }
  const { closing = [Session, CloseReason] } = told.play;
  closing.forEach((type, index) => Arg(type)(Decorated.prototype, "closed", index));
  OnClose()(Decorated.prototype, "closed", Object.getOwnPropertyDescriptor(Decorated.prototype, "closed")!);
  return Decorated;
}

const endOf = async (told: Told, peer: Peer, sockets: WebSocketContainer): Promise<SessionEnd> => ({
  session: await told.started,
  peer,
  sockets,
  errors: told.errors,
  closings: told.closings,
  over: told.over,
  failure: () => told.failure(),
});

/** Opens the session of a server, to which a plain client connects. */
export const openServer: OpenEnd = async (stage, play = {}) => {
  const told = new Told(play);
  const { path = "/session", target = path, decoders = [], programmatic, clock } = play;
  const options = { allowEmpty: true, ...(clock && { clock }) };
  const endpoint = programmatic ? programmaticEndpoint(told) : decoratedEndpoint(told);
  if (!programmatic) ServerEndpoint({ value: path, decoders })(endpoint);
  const application = await stage.start(programmatic ? [] : [endpoint], options);
  if (programmatic) application.sockets.addEndpoint(ServerEndpointConfig.create(endpoint, path, { decoders }));
  const peer = await application.open(target);
  return endOf(told, peer, application.sockets);
};

/** Connects the session of a client, to a plain server. */
export const openClient: OpenEnd = async (stage, play = {}) => {
  const told = new Told(play);
  const { target = "/session", decoders = [], programmatic, clock } = play;
  const connecting = { target, ...(clock && { container: { clock } }) };
  const endpoint = programmatic ? programmaticEndpoint(told) : decoratedEndpoint(told);
  if (!programmatic) ClientEndpoint({ decoders })(endpoint);
  const config = programmatic ? { config: ClientEndpointConfig.create({ decoders }) } : {};
  const { peer, sockets } = await stage.connect(endpoint, { ...connecting, ...config });
  return endOf(told, peer, sockets);
};

/** Adds a case that plays at a server, then at a client. */
export function atBothEnds(
  list: CaseList,
  method: string,
  run: (stage: Stage, open: OpenEnd) => Promise<void>,
  changed?: string,
): void {
  list.add(method, { changed }, async (stage) => {
    await run(stage, openServer);
    await run(stage, openClient);
  });
}
