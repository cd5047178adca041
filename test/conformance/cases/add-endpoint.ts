import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { RawClient, VirtualClock } from "@wirespring/testing";
import {
  CloseReason,
  Endpoint,
  IllegalStateError,
  OnClose,
  OnMessage,
  PathParam,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
  TextReader,
} from "wirespring";
import { CaseList } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Stage } from "../stage.js";
import { added, bothHalves, connected, type Half } from "./added-endpoint.js";

/**
 * Endpoints that are added to a server that is in service: `spec/servercontainer/addendpoint` (J-10), whose tests look at every part of a session, and
 * `upgradehttptowebsocket` (J-20). Where the original looks at one end of a connection, both ends are looked at: a session of the server and one of a
 * client.
 */

const list = new CaseList("spec/servercontainer/addendpoint");
const inferred = {
  changed: "the type of the messages is said beside the handler: nothing can be inferred at run time",
};

class Silent extends Endpoint {
  override onOpen(): void {}
}

/** Keeps what arrives, by kind. */
function keepingTwice(type: typeof String | typeof Buffer) {
  const received: string[] = [];
  const refused: unknown[] = [];
  class Keeping extends Endpoint {
    override onOpen(session: Session): void {
      session.addMessageHandler(type as typeof String, (message) => void received.push(`first ${String(message)}`));
      try {
        session.addMessageHandler(type as typeof String, (message) => void received.push(`second ${String(message)}`));
      } catch (error) {
        refused.push(error);
      }
      session.addMessageHandler(type === String ? Buffer : (String as never), () => session.remote.sendText("ready"));
    }
  }
  return { Keeping, received, refused };
}

for (const [method, type, message, other] of [
  ["addMessageHandlerBasicStringTest", String, "Hello World", Buffer.from("other")],
  ["addMessageHandlerBasicByteBufferTest", Buffer, Buffer.from("Hello World in bytes"), "other"],
] as const)
  list.add(method, inferred, async (stage) => {
    const { Keeping, received, refused } = keepingTwice(type);
    await bothHalves(stage, Keeping, async ({ peer }) => {
      expect(refused.splice(0)).toEqual([expect.any(IllegalStateError)]);
      peer.send(message);
      peer.send(message);
      peer.send(other);
      expect(await peer.next()).toBe("ready");
      expect(received.splice(0)).toEqual([`first ${String(message)}`, `first ${String(message)}`]);
    });
  });

list.add("addMessageHandlersTest", inferred, async (stage) => {
  class Two extends Endpoint {
    override onOpen(session: Session): void {
      session.addMessageHandler(String, (text) => session.remote.sendText(`text ${text}`));
      session.addMessageHandler(Buffer, (bytes) => session.remote.sendText(`bytes ${String(bytes)}`));
    }
  }
  await bothHalves(stage, Two, async ({ session, peer }) => {
    const handlers = session.messageHandlers;
    expect(handlers.size).toBe(2);
    peer.send("one");
    expect(await peer.next()).toBe("text one");
    peer.send(Buffer.from("two"));
    expect(await peer.next()).toBe("bytes two");
    const left: number[] = [];
    for (const handler of handlers) {
      session.removeMessageHandler(handler);
      left.push(session.messageHandlers.size);
    }
    expect(left).toEqual([1, 0]);
    expect(handlers.size).toBe(2);
  });
});

list.add("addMessageHandlersTest1", inferred, async (stage) => {
  await bothHalves(stage, Silent, async ({ session, peer }) => {
    expect(session.messageHandlers.size).toBe(0);
    session.addMessageHandler(TextReader, async (reader) => session.remote.sendText(`read ${await reader.text()}`));
    expect(session.messageHandlers.size).toBe(1);
    session.remote.textWriter().end("written");
    expect(await peer.next()).toBe("written");
    peer.send("one");
    expect(await peer.next()).toBe("read one");
    session.addMessageHandler(Buffer, (bytes) => session.remote.sendText(`bytes ${String(bytes)}`));
    expect(session.messageHandlers.size).toBe(2);
    peer.send(Buffer.from("two"));
    expect(await peer.next()).toBe("bytes two");
    const left: number[] = [];
    for (const handler of session.messageHandlers) {
      session.removeMessageHandler(handler);
      left.push(session.messageHandlers.size);
    }
    expect(left).toEqual([1, 0]);
  });
});

list.add("getContainerTest", async (stage) => {
  const application = await added(stage, ServerEndpointConfig.create(Silent, "/added"));
  expect((await connected(application, "/added")).session.container).toBe(application.sockets);
  const { session, sockets } = await stage.connect(Silent);
  expect(session.container).toBe(sockets);
});

/** Reads something of a session at its beginning and in the midst; it is the same, and another connection's is another. */
async function readsId(stage: Stage): Promise<void> {
  const ids: string[] = [];
  class Telling extends Endpoint {
    override onOpen(session: Session): void {
      const first = session.id;
      session.addMessageHandler(String, () => session.remote.sendText(`${session.id === first}`));
    }
  }
  for (let count = 0; count < 2; count++)
    await bothHalves(stage, Telling, async ({ session, peer }) => {
      expect(session.id).toMatch(/\S/);
      peer.send("anything");
      expect(await peer.next()).toBe("true");
      ids.push(session.id);
    });
  expect(new Set(ids).size).toBe(4);
}

list.add("getIdTest", readsId);
list.add("getId1Test", readsId);

for (const [method, member, size] of [
  ["setMaxBinaryMessageBufferSizeTest", "maxBinaryMessageSize", 98_765_432],
  ["setMaxTextMessageBufferSizeTest", "maxTextMessageSize", 987_654_321],
] as const)
  list.add(method, async (stage) => {
    await bothHalves(stage, Silent, ({ session }) => {
      expect(session[member]).toBe(65_536);
      session[member] = size;
      expect(session[member]).toBe(size);
    });
  });

/** Stored as it is, although it is longer than any timer of Node's. */
const LONG = 9_876_543_210;

list.add("setTimeoutTest", async (stage) => {
  await bothHalves(stage, Silent, ({ session }) => {
    expect(session.maxIdleTimeout).toBe(0);
    session.maxIdleTimeout = LONG;
    expect(session.maxIdleTimeout).toBe(LONG);
    expect(session.isOpen).toBe(true);
  });
});

const virtual = { changed: "the time that nothing happens in passes on a virtual clock" };

/** Sets the time at once, or in a handler, and lets it pass. */
function expires(fromHandler: boolean) {
  return async (stage: Stage): Promise<void> => {
    const clock = new VirtualClock();
    const reasons = new Happenings<CloseReason>();
    class Idle extends Endpoint {
      override onOpen(session: Session): void {
        session.addMessageHandler(String, (text) => {
          if (fromHandler) session.maxIdleTimeout = 4_000;
          return session.remote.sendText(text);
        });
      }
      override onClose(_session: Session, reason: CloseReason): void {
        reasons.tell(reason);
      }
    }
    await bothHalves(
      stage,
      Idle,
      async ({ session, peer }) => {
        if (!fromHandler) session.maxIdleTimeout = 4_000;
        peer.send("anything");
        expect(await peer.next()).toBe("anything");
        await clock.advance(3_999);
        expect(session.isOpen).toBe(true);
        await clock.advance(1);
        expect(session.isOpen).toBe(false);
        expect((await reasons.next()).code).toBe(1006);
        expect((await peer.closed).code).toBe(1001);
      },
      clock,
    );
  };
}

list.add("setTimeout1Test", virtual, expires(false));
list.add("setTimeout2Test", virtual, expires(true));

const QUERY = "test1=value1&test2=value2&test3=value3";

list.add("getQueryStringTest", async (stage) => {
  const application = await added(stage, ServerEndpointConfig.create(Silent, "/added"));
  expect((await connected(application, `/added?${QUERY}`)).session.queryString).toBe(QUERY);
  expect((await connected(application, "/added")).session.queryString).toBeNull();
  expect((await stage.connect(Silent, { target: `/?${QUERY}` })).session.queryString).toBe(QUERY);
});

list.add("getPathParametersTest", async (stage) => {
  @ServerEndpoint("/added/{param1}/{param2}")
  class Variables {
    @OnMessage()
    said(session: Session, text: string, @PathParam("param2") second: string): string {
      return `${text} ${JSON.stringify([...session.pathParameters])} ${second}`;
    }
  }
  const { peer, session } = await connected(await added(stage, Variables), "/added/test1/test2=xyz");
  peer.send("invoke test");
  expect(await peer.next()).toBe('invoke test [["param1","test1"],["param2","test2=xyz"]] test2=xyz');
  expect(() => (session.pathParameters as Map<string, string>).set("param1", "other")).toThrow(TypeError);
});

list.add("getRequestURITest", async (stage) => {
  const application = await added(stage, ServerEndpointConfig.create(Silent, "/added"));
  const { requestURI } = (await connected(application, `/added?${QUERY}`)).session;
  expect(requestURI.href).toBe(`${application.url ?? "ws://localhost"}/added?${QUERY}`);
  const { session, request } = await stage.connect(Silent, { target: `/client?${QUERY}` });
  expect(session.requestURI.href).toBe(`ws://${request.headers["host"] ?? "memory.test"}/client?${QUERY}`);
});

list.add("getOpenSessionsTest", async (stage) => {
  @ServerEndpoint("/added")
  class Counted {
    @OnMessage()
    said(session: Session, _text: string): number {
      return session.openSessions.size;
    }
    @OnClose()
    closed(): void {
      ended.tell(undefined);
    }
  }
  const ended = new Happenings<undefined>();
  const application = await added(stage, Counted);
  const halves: Half[] = [];
  const count = async (): Promise<number> => {
    halves[0]!.peer.send("anything");
    return Number(await halves[0]!.peer.next());
  };
  for (const expected of [1, 2, 3]) {
    halves.push(await connected(application, "/added"));
    expect(await count()).toBe(expected);
  }
  for (const expected of [2, 1]) {
    halves.shift()!.peer.close(1000);
    await ended.next();
    expect(await count()).toBe(expected);
  }
});

const upgrading = new CaseList("spec/servercontainer/upgradehttptowebsocket", ["ws"]);
const byNode = { changed: "the host gives what Node's `upgrade` event does: request, socket and the first bytes" };

upgrading.add("upgradeHttpToWebSocketTest", byNode, async (stage) => {
  class Greeting extends Endpoint {
    override onOpen(session: Session): void {
      const name = session.pathParameters.get("name");
      session.addMessageHandler(String, (text) => session.remote.sendText(`${text} ${name}`));
    }
  }
  const { sockets } = await stage.start([], { allowEmpty: true });
  const server = createServer();
  const config = ServerEndpointConfig.create(Greeting, "/nowhere/{name}");
  const outcomes: Promise<void>[] = [];
  server.on("upgrade", (request, socket, head) => {
    outcomes.push(sockets.upgrade(request, socket, head, config, { name: request.url!.slice(1) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.atEnd(() => void server.close());
  const client = await RawClient.connect({ port: (server.address() as AddressInfo).port });
  stage.atEnd(() => client.destroy());
  expect(await client.upgrade({ path: "/world" })).toMatchObject({ status: 101 });
  await Promise.all(outcomes);
  client.frame({ opcode: 1, payload: "hello" });
  expect(String((await client.nextFrame()).payload)).toBe("hello world");
  expect([outcomes.length, sockets.paths, sockets.sessions(Greeting).size]).toEqual([1, [], 1]);
});

export const addEndpointCases = [...list.cases, ...upgrading.cases];
