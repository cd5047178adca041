import { expect } from "vitest";
import {
  CloseCodes,
  CloseReason,
  Endpoint,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  SessionException,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Stage } from "../stage.js";
import { added, bothHalves, connected, type Half } from "./added-endpoint.js";

/** How sessions of added endpoints end: the tests of `spec/servercontainer/addendpoint` about `close` (J-119, J-120, J-151, J-159). */

const list = new CaseList("spec/servercontainer/addendpoint");
const TOO_BIG = new CloseReason(CloseCodes.TOO_BIG, "closed for a reason");

/** What `@OnClose` was called with. */
interface Ending {
  readonly session?: Session;
  readonly reason?: CloseReason;
  /** What became of a send that `@OnClose` has tried. */
  readonly sent?: unknown;
}

type Tell = (ending: Ending) => void;

/** Says that it is open, and closes as it is told. */
class Closing {
  @OnOpen()
  opened(session: Session): string | void {
    void session.remote.sendText(`open: ${session.isOpen}`);
  }
  @OnMessage()
  async said(session: Session, text: string): Promise<string> {
    await (text === "close" ? session.close() : session.close(TOO_BIG));
    return "never sent";
  }
  @OnError()
  failed(_error: Error): void {}
}

/** The forms of `@OnClose`, in the order of the numbers of the cases. */
const FORMS: readonly ((tell: Tell) => Class)[] = [
  (tell) => {
    @ServerEndpoint("/closing")
    class WithBoth extends Closing {
      @OnClose()
      closed(session: Session, reason: CloseReason): void {
        tell({ session, reason });
      }
    }
    return WithBoth;
  },
  (tell) => {
    @ServerEndpoint("/closing")
    class WithNothing extends Closing {
      @OnClose()
      closed(): void {
        tell({});
      }
    }
    return WithNothing;
  },
  (tell) => {
    @ServerEndpoint("/closing")
    class WithReason extends Closing {
      @OnClose()
      closed(reason: CloseReason): void {
        tell({ reason });
      }
    }
    return WithReason;
  },
  (tell) => {
    @ServerEndpoint("/closing")
    class WithSession extends Closing {
      @OnClose()
      async closed(session: Session): Promise<void> {
        const sent: unknown = await session.remote.sendText("too late").catch((error: unknown) => error);
        tell({ session, sent });
      }
    }
    return WithSession;
  },
];

/** Plays one ending at a server's endpoint and at a client; says what the peer is to see of it. */
async function ends(
  stage: Stage,
  form: (tell: Tell) => Class,
  expected: { readonly code: number; readonly reason: string },
  begin: { readonly atServer: (half: Half) => void; readonly atClient: (half: Half) => void | Promise<void> },
): Promise<void> {
  const endings = new Happenings<Ending>();
  const half = await connected(await added(stage, form(endings.tell)), "/closing");
  expect(await half.peer.next()).toBe("open: true");
  begin.atServer(half);
  expect(await half.peer.closed).toEqual(expected);
  await expect(half.peer.next()).rejects.toThrow("the connection is closed");
  const { session, reason, sent } = await endings.next();
  if (session !== undefined) expect(session).toBe(half.session);
  if (reason !== undefined) expect([reason.code, reason.reasonPhrase]).toEqual([expected.code, expected.reason]);
  if (form === FORMS[3]) expect(sent).toBeInstanceOf(SessionException);
  expect(half.session.isOpen).toBe(false);

  const reasons = new Happenings<CloseReason>();
  class Client extends Endpoint {
    override onOpen(): void {}
    override onClose(_session: Session, given: CloseReason): void {
      reasons.tell(given);
    }
  }
  const other = await stage.connect(Client);
  await begin.atClient(other);
  const { code, reasonPhrase } = await reasons.next();
  expect([code, reasonPhrase]).toEqual([expected.code, expected.reason]);
  expect(other.session.isOpen).toBe(false);
}

FORMS.forEach((form, index) => {
  const number = index * 3;
  const normal = { code: 1000, reason: "" };
  const tooBig = { code: 1009, reason: TOO_BIG.reasonPhrase };
  // The client closes.
  list.add(index === 0 ? "closeTest" : `close${number}Test`, (stage) =>
    ends(stage, form, normal, {
      atServer: ({ peer }) => peer.close(1000),
      atClient: ({ session }) => session.close(),
    }),
  );
  // The server closes.
  list.add(`close${number + 1}Test`, (stage) =>
    ends(stage, form, normal, {
      atServer: ({ peer }) => peer.send("close"),
      atClient: ({ peer }) => peer.close(1000),
    }),
  );
  list.add(`close${number + 2}Test`, (stage) =>
    ends(stage, form, tooBig, {
      atServer: ({ peer }) => peer.send("close with a reason"),
      atClient: ({ peer }) => peer.close(1009, TOO_BIG.reasonPhrase),
    }),
  );
});

list.add("close12Test", async (stage) => {
  const failure = new Error("failed at the end");
  const endings = new Happenings<readonly [CloseReason, Error]>();
  class Failing extends Endpoint {
    #reason: CloseReason | undefined;
    override onOpen(): void {}
    override onClose(_session: Session, reason: CloseReason): void {
      this.#reason = reason;
      throw failure;
    }
    override onError(_session: Session, error: Error): void {
      endings.tell([this.#reason!, error]);
    }
  }
  await bothHalves(stage, Failing, async ({ session, peer }) => {
    await session.close(TOO_BIG);
    const [reason, error] = await endings.next();
    expect(reason).toEqual(TOO_BIG);
    expect(error).toBe(failure);
    expect(await peer.closed).toEqual({ code: 1009, reason: TOO_BIG.reasonPhrase });
    expect(session.isOpen).toBe(false);
  });
});

export const addedEndpointEndingCases = list.cases;
