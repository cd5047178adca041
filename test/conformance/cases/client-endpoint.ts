import { expect } from "vitest";
import {
  ClientEndpoint,
  ClientEndpointConfigurator,
  CloseReason,
  DeploymentException,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  Session,
  type ReceivedResponse,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";

/** What `@ClientEndpoint` says, and the life of such an endpoint: `ee/clientendpoint`, and of `ee/handshakeresponse` what a client does. */

const ECHO = "Echo message";

const list = new CaseList("ee/clientendpoint");

@ClientEndpoint({ subprotocols: ["v2.chat", "v1.chat"] })
class Subprotocols {
  /** As soon as `@OnOpen`. */
  agreed: string | undefined;
  @OnOpen()
  opened({ negotiatedSubprotocol }: Session): void {
    this.agreed = negotiatedSubprotocol;
  }
  @OnMessage()
  said(text: string): string {
    return `${text} by ${this.agreed}`;
  }
}

/** Connects to a server that chooses, or to one that chooses none; both are offered the same, in the order of preference (J-185). */
async function agrees(stage: Stage, subprotocol: string | undefined, agreed: string): Promise<void> {
  const { session, peer, request } = await stage.connect(
    Subprotocols,
    subprotocol === undefined ? {} : { subprotocol },
  );
  expect(request.headers["sec-websocket-protocol"]).toBe("v2.chat, v1.chat");
  expect(session.negotiatedSubprotocol).toBe(agreed);
  peer.send(ECHO);
  expect(await peer.next()).toBe(`${ECHO} by ${agreed}`);
}

list.add("subprotocolsMatchTest", async (stage) => {
  for (const each of ["v2.chat", "v1.chat"]) await agrees(stage, each, each);
});
list.add(
  "subprotocolsNotMatchTest",
  { changed: "the offer is looked at, and the connection is used: a plain `ws` client would end it" },
  (stage) => agrees(stage, undefined, ""),
);

/** What the hooks of the running case were called with, in order. */
let hooks: (readonly [hook: string, ...details: unknown[]])[] = [];

class RecordingConfigurator extends ClientEndpointConfigurator {
  constructor() {
    super();
    hooks.push(["constructor"]);
  }
  override beforeRequest(headers: Map<string, string[]>): void {
    hooks.push(["beforeRequest", headers.get("Host")]);
    headers.set("X-Asked", ["one", "two"]);
  }
  override async afterResponse({ status, headers }: ReceivedResponse): Promise<void> {
    hooks.push(["afterResponse", status, headers.get("x-answered")]);
  }
}

@ClientEndpoint({ configurator: RecordingConfigurator })
class Configured {
  @OnOpen()
  opened(): void {
    hooks.push(["opened"]);
  }
}

/** Expects the hooks of one connection, and no others. */
function expectHooks(status: number, answered: readonly string[], ...opened: readonly ["opened"][]): void {
  expect(hooks).toEqual([
    ["constructor"],
    ["beforeRequest", [expect.stringMatching(/^(127\.0\.0\.1:\d+|memory\.test)$/)]],
    ["afterResponse", status, answered],
    ...opened,
  ]);
}

list.add("configuratorTest", async (stage) => {
  hooks = [];
  const answered = ["three", "four"];
  const { request, session, sockets } = await stage.connect(Configured, { headers: { "X-Answered": answered } });
  expect(request.headers["x-asked"]).toBe("one, two");
  expectHooks(101, answered, ["opened"]);
  // Each connection has its hooks; the configurator is made once for the endpoint.
  hooks = [];
  await sockets.connectToServer(Configured, session.requestURI);
  expect(hooks.map(([hook]) => hook)).toEqual(["beforeRequest", "afterResponse", "opened"]);
});

/** An endpoint whose handler fails when it is asked to. */
@ClientEndpoint()
class Failing {
  readonly thrown: Error[] = [];
  readonly caught: (readonly [unknown, Session])[] = [];
  @OnMessage()
  said(text: string): string {
    if (text !== "throw") return text;
    const error = new Error("as asked");
    this.thrown.push(error);
    throw error;
  }
  @OnError()
  async failed(session: Session, error: Error): Promise<void> {
    this.caught.push([error, session]);
    await session.remote.sendText(`caught ${error.message}`);
  }
}

/** Lets the handler fail: the connection is told so, and stays (J-192, J-193). */
async function fails(peer: Peer): Promise<void> {
  for (const [sent, answer] of [
    ["throw", "caught as asked"],
    [ECHO, ECHO],
  ] as const) {
    peer.send(sent);
    expect(await peer.next()).toBe(answer);
  }
}

list.add("onErrorWorksTest", async (stage) => {
  // The same instance for one connection after another (J-190).
  const endpoint = new Failing();
  const peers: Peer[] = [];
  const { session, sockets } = await stage.connect(endpoint, { play: (peer) => peers.push(peer) });
  await fails(peers[0]!);
  await session.close();
  await peers[0]!.closed;
  const second = await sockets.connectToServer(endpoint, session.requestURI);
  await fails(peers[1]!);
  expect(endpoint.thrown).toHaveLength(2);
  expect(endpoint.caught).toHaveLength(2);
  endpoint.caught.forEach(([error], index) => expect(error).toBe(endpoint.thrown[index]));
  expect(endpoint.caught[0]![1]).toBe(session);
  expect(endpoint.caught[1]![1]).toBe(second);
});

/** Tells how it was closed. */
@ClientEndpoint()
class Closing {
  readonly calls: (readonly [CloseReason, Session, boolean])[] = [];
  @OnClose()
  closed(reason: CloseReason, session: Session): void {
    this.calls.push([reason, session, session.isOpen]);
  }
}

list.add("onCloseWorksTest", async (stage) => {
  // By the client, and by its peer.
  for (const reason of [new CloseReason(1000, ""), new CloseReason(1001, "gone"), new CloseReason(4001, "ours")])
    for (const byPeer of [false, true]) {
      const endpoint = new Closing();
      const { session, peer, sockets } = await stage.connect(endpoint);
      if (byPeer) peer.close(reason.code, reason.reasonPhrase);
      else await session.close(reason);
      const { code, reasonPhrase } = reason;
      expect(await peer.closed).toEqual({ code, reason: reasonPhrase });
      await sockets.close();
      expect(endpoint.calls).toHaveLength(1);
      const [given, of, open] = endpoint.calls[0]!;
      expect([given.code, given.reasonPhrase, open]).toEqual([code, reasonPhrase, false]);
      expect(of).toBe(session);
    }
});

const response = new CaseList("ee/handshakeresponse");

response.add("failedConnectionTest", async (stage) => {
  const headers = { "X-Answered": "three" };
  for (const status of [404, 401, 503]) {
    hooks = [];
    const error = await stage.refuse(Configured, status, { headers });
    expectHooks(status, ["three"]);
    expect(error).toBeInstanceOf(DeploymentException);
    expect((error as DeploymentException).status).toBe(status);
    expect((error as DeploymentException).message).toContain(`HTTP ${status}`);
  }
  hooks = [];
  const { session } = await stage.connect(Configured, { headers });
  expectHooks(101, ["three"], ["opened"]);
  expect(session.isOpen).toBe(true);
});

export const clientEndpointCases = [...list.cases, ...response.cases];
