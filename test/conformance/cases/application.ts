import { expect } from "vitest";
import {
  CloseReason,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerContainer,
  Session,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";

/**
 * An application as a whole: `spec/application/closing`, `containers` and `lifecycle`, `spec/session/sessionid` and `ee/websocketcontainer`
 * (J-18, J-80, J-103, J-104, J-140, J-153, J-199).
 */

const closing = new CaseList("spec/application/closing");

closing.add("connectionHasBeenClosedWithStatus1006AfterTimeoutTest", async (stage) => {
  let told!: (reason: CloseReason) => void;
  const reported = new Promise<CloseReason>((resolve) => (told = resolve));
  @ServerEndpoint("/idle")
  class Idle {
    @OnMessage()
    said(session: Session, text: string): string {
      session.maxIdleTimeout = 1;
      return text;
    }
    @OnClose()
    closed(reason: CloseReason): void {
      told(reason);
    }
  }
  const peer = await stage.open([Idle], "/idle");
  peer.send("anything");
  expect(await peer.next()).toBe("anything");
  const { code, reasonPhrase } = await reported;
  expect(code).toBe(1006);
  expect(reasonPhrase).not.toBe("");
  expect((await peer.closed).code).toBe(1001);
});

const containers = new CaseList("spec/application/containers");

containers.add("webSocketContainerIsOnePerVMTest", async (stage) => {
  const found: unknown[] = [];
  const endpointAt = (path: string): Class => {
    @ServerEndpoint(path)
    class Telling {
      @OnMessage()
      said(session: Session, text: string): string {
        found.push(session.container);
        return text;
      }
    }
    return Telling;
  };
  const application = await stage.start([endpointAt("/one"), endpointAt("/two")]);
  for (const path of ["/one", "/two", "/one"]) {
    const peer = await application.open(path);
    peer.send("anything");
    await peer.next();
  }
  expect(found).toHaveLength(3);
  expect(new Set(found)).toEqual(new Set([application.sockets]));
  expect(application.sockets).toBeInstanceOf(ServerContainer);
});

const lifecycle = new CaseList("spec/application/lifecycle");

lifecycle.add("serverLifeCycleTest", async (stage) => {
  @ServerEndpoint("/lifecycle")
  class Counting {
    #count = 0;
    @OnMessage()
    said(_text: string): number {
      return this.#count++;
    }
  }
  const application = await stage.start([Counting]);
  const [inner, outer] = [await application.open("/lifecycle"), await application.open("/lifecycle")];
  for (const expected of ["0", "1"])
    for (const peer of [inner, outer]) {
      peer.send("anything");
      expect(await peer.next()).toBe(expected);
    }
});

const NOT_A_CLIENT = "on a server's sessions: what the original looks at on its client's; ids are compared, too";

const session = new CaseList("spec/session/sessionid");

interface Life {
  readonly atOpen: Session;
  readonly atMessage: Session;
  readonly atClose: Session;
  readonly ids: readonly string[];
}

function telling(tell: (life: Life) => void): Class {
  @ServerEndpoint("/session")
  class Telling {
    #opened!: Session;
    #said!: Session;
    readonly #ids: string[] = [];
    @OnOpen()
    opened(given: Session): void {
      this.#opened = given;
      this.#ids.push(given.id);
    }
    @OnMessage()
    said(given: Session, text: string): string {
      this.#said = given;
      this.#ids.push(given.id);
      return text;
    }
    @OnClose()
    closed(given: Session): void {
      this.#ids.push(given.id);
      tell({ atOpen: this.#opened, atMessage: this.#said, atClose: given, ids: this.#ids });
    }
  }
  return Telling;
}

for (const [method, count] of [
  ["getIdTest", 1],
  ["instanceTest", 1],
  ["unique", 5],
] as const)
  session.add(method, { changed: NOT_A_CLIENT }, async (stage) => {
    const lives: Life[] = [];
    let done!: () => void;
    const application = await stage.start([
      telling((life) => {
        lives.push(life);
        done();
      }),
    ]);
    for (let index = 0; index < count; index++) {
      const peer = await application.open("/session");
      peer.send("anything");
      await peer.next();
      const over = new Promise<void>((resolve) => (done = resolve));
      peer.close(1000);
      await over;
    }
    for (const { atOpen, atMessage, atClose, ids } of lives) {
      expect(atMessage).toBe(atOpen);
      expect(atClose).toBe(atOpen);
      expect(new Set(ids)).toEqual(new Set([atOpen.id]));
    }
    expect(new Set(lives.map(({ atOpen }) => atOpen)).size).toBe(count);
    expect(new Set(lives.map(({ ids }) => ids[0])).size).toBe(count);
  });

const order = new CaseList("ee/websocketcontainer");

order.add("simpleTest", async (stage) => {
  @ServerEndpoint("/simple")
  class Simple {
    @OnOpen()
    opened(given: Session): void {
      void given.remote.sendText("opened");
    }
    @OnMessage()
    said(given: Session, text: string): string {
      void given.remote.sendText(`received ${text}`);
      void given.remote.sendText("answers");
      return "returned";
    }
  }
  const peer = await stage.open([Simple], "/simple");
  peer.send("hello");
  const received = [];
  for (let index = 0; index < 4; index++) received.push(await peer.next());
  expect(received).toEqual(["opened", "received hello", "answers", "returned"]);
});

export const applicationCases = [
  ...closing.cases,
  ...containers.cases,
  ...lifecycle.cases,
  ...session.cases,
  ...order.cases,
];
