import {
  ClientEndpoint,
  EncodeException,
  Encoder,
  Encodes,
  OnError,
  OnMessage,
  OnOpen,
  PongMessage,
  ServerEndpoint,
  Session,
  type RemoteEndpoint,
  type Class,
  type SendOutcome,
} from "wirespring";
import { VirtualClock } from "@wirespring/testing";
import type { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { TextBeanEncoder } from "./string-bean.js";

/**
 * Where the cases of `ee/remoteendpoint` play: the same endpoint on the server's and on the client's side of a connection, whose handler sends what
 * a case says, in the manner that a case says. Used by the lists `remote-basic` and `remote-async`.
 */

/** What a handler does with its session's sending side. */
type Act = (remote: RemoteEndpoint) => void | Promise<unknown>;

/** What the endpoint's encoder fails for, with an error of the case. */
export class Unencodable {
  constructor(readonly error: EncodeException) {}
}

@Encodes(Unencodable)
class FailingEncoder extends Encoder.Text<Unencodable> {
  encode({ error }: Unencodable): string {
    throw error;
  }
}

const encoders = [TextBeanEncoder, FailingEncoder];

/** An endpoint that acts when it is told to, and answers `"OK"` then. Declared once for both sides, which inherit it. */
class Acting {
  act!: Act;
  failed: ((error: Error) => void) | undefined;
  #pongs: Buffer[] = [];
  #waiting: ((data: Buffer) => void) | undefined;
  #open!: (session: Session) => void;
  readonly session: Promise<Session> = new Promise((resolve) => (this.#open = resolve));

  @OnOpen()
  opened(session: Session): void {
    this.#open(session);
  }

  @OnMessage()
  async told(_command: string, session: Session): Promise<string> {
    await this.act(session.remote);
    return "OK";
  }

  @OnMessage()
  answered(pong: PongMessage): void {
    const data = Buffer.from(pong.applicationData);
    if (this.#waiting === undefined) this.#pongs.push(data);
    else this.#waiting(data);
    this.#waiting = undefined;
  }

  @OnError()
  erred(error: Error): void {
    this.failed?.(error);
  }

  nextPong(): Promise<Buffer> {
    const first = this.#pongs.shift();
    return first === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(first);
  }
}

@ClientEndpoint({ encoders })
class ClientActing extends Acting {}

/** The server makes the instance itself. */
function serverActing(made: (acting: Acting) => void): Class {
  @ServerEndpoint({ value: "/acting", encoders })
  class ServerActing extends Acting {
    constructor() {
      super();
      made(this);
    }
  }
  return ServerActing;
}

/** What became of a send, as the one who observes it is told. */
export type Outcome = { readonly sent: SendOutcome } | { readonly failed: unknown };

/** How a send is observed: what the handler waits for before it returns, if anything, and what becomes known of the send. */
export type Manner = (sending: () => Promise<SendOutcome>) => {
  readonly held: Promise<unknown> | undefined;
  readonly outcome: Promise<Outcome>;
};

const outcomeOf = (sent: Promise<SendOutcome>): Promise<Outcome> =>
  sent.then(
    (outcome) => ({ sent: outcome }),
    (error: unknown) => ({ failed: error }),
  );

/** Jakarta's Basic view: the handler goes on when the send has ended. */
export const awaited: Manner = (sending) => {
  const outcome = outcomeOf(sending());
  return { held: outcome, outcome };
};

/** Jakarta's Async view with a Future: the handler goes on, and has its result later. */
export const future: Manner = (sending) => ({ held: undefined, outcome: outcomeOf(sending()) });

/** Jakarta's Async view with a SendHandler: the promise's `then`, which never calls before the send has returned. */
export const handled: Manner = (sending) => {
  let returned = false;
  const outcome = new Promise<Outcome>((resolve) => {
    const told = (what: Outcome): void =>
      resolve(returned ? what : { failed: new Error("the handler was called before the send had returned") });
    void sending().then(
      (sent) => told({ sent }),
      (error: unknown) => told({ failed: error }),
    );
  });
  returned = true;
  return { held: undefined, outcome };
};

/** One side of a connection, and the peer at the other end. */
export class Conversation {
  /** Stands still, except where a case advances it. */
  readonly clock: VirtualClock;
  readonly session: Session;
  readonly peer: Peer;
  readonly #acting: Acting;

  constructor(clock: VirtualClock, acting: Acting, session: Session, peer: Peer) {
    this.clock = clock;
    this.session = session;
    this.peer = peer;
    this.#acting = acting;
  }

  get remote(): RemoteEndpoint {
    return this.session.remote;
  }

  /** Sends something in a handler of the session, whose answer is `"OK"`. Rejects with what the call itself throws. */
  perform(manner: Manner, sending: (remote: RemoteEndpoint) => Promise<SendOutcome>): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#acting.failed = reject;
      this.#acting.act = (remote) => {
        const { held, outcome } = manner(() => sending(remote));
        resolve(outcome);
        return held;
      };
      this.peer.send("act");
    });
  }

  /** The data of the next pong that the session's handler is given. */
  nextPong(): Promise<Buffer> {
    return this.#acting.nextPong();
  }
}

type HalfName = "Server" | "Client";

const HALVES: Readonly<Record<HalfName, (stage: Stage) => Promise<Conversation>>> = {
  async Server(stage) {
    const clock = new VirtualClock();
    let acting!: Acting;
    const application = await stage.start([serverActing((made) => (acting = made))], { clock });
    const peer = await application.open("/acting");
    return new Conversation(clock, acting, await acting.session, peer);
  },
  async Client(stage) {
    const clock = new VirtualClock();
    const acting = new ClientActing();
    const { peer, session } = await stage.connect(acting, { container: { clock } });
    return new Conversation(clock, acting, session, peer);
  },
};

/** A case for both sides. */
export interface RemoteCase {
  /** The method's name; `*` stands for the side's. */
  readonly method: string;
  /** What is other than in the TCK. */
  readonly changed?: string | undefined;
  /** The side on which it is other. Default: both. */
  readonly changedOn?: HalfName | undefined;
  /** The side that alone has a method of this name. Default: both have. */
  readonly only?: HalfName;
  readonly run: (conversation: Conversation) => Promise<void>;
}

/** Adds each case for the server's session and for the client's. */
export function addHalves(list: CaseList, cases: readonly RemoteCase[]): void {
  for (const [name, open] of Object.entries(HALVES))
    for (const { method, changed, changedOn = name, only = name, run } of cases)
      if (only === name)
        list.add(method.replace("*", name), { changed: changedOn === name ? changed : undefined }, async (stage) =>
          run(await open(stage)),
        );
}
