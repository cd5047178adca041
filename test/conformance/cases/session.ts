import { expect } from "vitest";
import { ClientEndpoint, OnMessage, ServerEndpoint, Session } from "wirespring";
import { CaseList } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Stage } from "../stage.js";
import { atBothEnds, openClient, openServer, type OpenEnd, type Play } from "./session-end.js";

/**
 * What a session tells, at both ends: `ee/session` (J-104, J-105, J-109, J-113, J-121, J-123, J-124, J-127). The original looks at one end in most
 * methods. Handlers, limits and ends are in files of their own.
 */

const list = new CaseList("ee/session");

async function isOpen(stage: Stage, open: OpenEnd): Promise<void> {
  const states: boolean[] = [];
  const { session, peer, over } = await open(stage, {
    opened: (opened) => {
      states.push(opened.isOpen);
      opened.addMessageHandler(String, (text) => {
        states.push(opened.isOpen);
        void opened.remote.sendText(text);
      });
    },
    closed: (closed) => states.push(closed.isOpen),
  });
  peer.send("still open");
  expect(await peer.next()).toBe("still open");
  expect(session.isOpen).toBe(true);
  peer.close(1000);
  await over;
  expect(states).toEqual([true, true, false]);
  expect(session.isOpen).toBe(false);
}

list.add("isOpenTest", (stage) => isOpen(stage, openServer));
list.add("isOpenTest1", (stage) => isOpen(stage, openClient));

atBothEnds(list, "getContainerTest", async (stage, open) => {
  const [one, another] = [await open(stage), await open(stage)];
  expect(one.session.container).toBe(one.sockets);
  expect(another.session.container).toBe(another.sockets);
  expect(one.sockets).not.toBe(another.sockets);
});

atBothEnds(list, "getId1Test", async (stage, open) => {
  const ids: string[] = [];
  const { session, peer, over } = await open(stage, {
    opened: (opened) => {
      ids.push(opened.id);
      opened.addMessageHandler(String, () => void opened.remote.sendText(opened.id));
    },
    closed: (closed) => ids.push(closed.id),
  });
  peer.send("which id?");
  expect(await peer.next()).toBe(session.id);
  peer.close(1000);
  await over;
  expect(ids).toEqual([session.id, session.id]);
  expect(session.id).toMatch(/^[\w-]{16,}$/);
  expect((await open(stage)).session.id).not.toBe(session.id);
});

const QUERY = "test1=value1&test2=value2&test3=value3";

atBothEnds(list, "getQueryStringTest", async (stage, open) => {
  const undecoded = "a=%C3%A4+b&a=%26&";
  for (const [query, expected] of [
    [`?${QUERY}`, QUERY],
    [`?${undecoded}`, undecoded],
    ["", null],
  ] as const) {
    const { session, peer, over } = await open(stage, {
      target: `/session${query}`,
      opened: (opened) =>
        opened.addMessageHandler(String, () => void opened.remote.sendText(String(opened.queryString))),
    });
    peer.send("which query?");
    expect(await peer.next()).toBe(String(expected));
    expect(session.queryString).toBe(expected);
    peer.close(1000);
    await over;
    expect(session.queryString).toBe(expected);
  }
});

list.add("getPathParametersTest", async (stage) => {
  const path = "/TCKTestServerPathParam/{param1}/{param2}";
  const target = "/TCKTestServerPathParam/test1/test2=xyz";
  const answer: Required<Play>["opened"] = (session) =>
    session.addMessageHandler(
      String,
      (text) => void session.remote.sendText(JSON.stringify([text, ...session.pathParameters])),
    );
  const server = await openServer(stage, { path, target, opened: answer });
  server.peer.send("invoke test");
  expect(JSON.parse(String(await server.peer.next()))).toEqual([
    "invoke test",
    ["param1", "test1"],
    ["param2", "test2=xyz"],
  ]);
  expect(server.session.pathParameters).not.toHaveProperty("set");
  // A client knows no template.
  const client = await openClient(stage, { target, opened: answer });
  client.peer.send("invoke test");
  expect(JSON.parse(String(await client.peer.next()))).toEqual(["invoke test"]);
});

atBothEnds(list, "getRequestURITest", async (stage, open) => {
  const { session, peer } = await open(stage, {
    target: `/session?${QUERY}`,
    opened: (opened) => opened.addMessageHandler(String, () => void opened.remote.sendText(opened.requestURI.href)),
  });
  peer.send("which URI?");
  const uri = new URL(String(await peer.next()));
  expect(uri).toMatchObject({ protocol: "ws:", pathname: "/session", search: `?${QUERY}` });
  expect(uri.host).toMatch(/^(127\.0\.0\.1:\d+|localhost|memory\.test)$/);
  expect(session.requestURI).toEqual(uri);
});

atBothEnds(list, "getProtocolVersionTest", async (stage, open) => {
  const { session, peer } = await open(stage, {
    opened: (opened) => opened.addMessageHandler(String, () => void opened.remote.sendText(opened.protocolVersion)),
  });
  expect(session.protocolVersion).toBe("13");
  peer.send("which version?");
  expect(await peer.next()).toBe("13");
});

@ServerEndpoint("/counted")
class Counted {
  @OnMessage()
  said(_text: string, session: Session): number {
    expect(session.openSessions).toContain(session);
    return session.openSessions.size;
  }
}

@ServerEndpoint("/other")
class Other extends Counted {}

@ClientEndpoint()
class Client {}

async function serverCounts(stage: Stage): Promise<void> {
  const application = await stage.start([Counted, Other]);
  const open = () => application.open("/counted");
  const other = await application.open("/other");
  const count = async (peer: Peer): Promise<number> => {
    peer.send("how many?");
    return Number(await peer.next());
  };
  const one = await open();
  expect(await count(one)).toBe(1);
  const two = await open();
  expect([await count(one), await count(two)]).toEqual([2, 2]);
  const three = await open();
  expect([await count(one), await count(two), await count(three), await count(other)]).toEqual([3, 3, 3, 1]);
  one.close(1000);
  await one.closed;
  expect([await count(two), await count(three)]).toEqual([2, 2]);
  two.close(1000);
  await two.closed;
  expect([await count(three), await count(other)]).toEqual([1, 1]);
  expect(await count(await open())).toBe(2);
}

async function clientCounts(stage: Stage): Promise<void> {
  const { sockets, session } = await stage.connect(Client);
  const sessions = [session];
  expect(session.openSessions).toEqual(new Set(sessions));
  const snapshot = session.openSessions;
  for (let size = 2; size <= 3; size++) {
    sessions.push(await sockets.connectToServer(Client, session.requestURI));
    for (const each of sessions) expect(each.openSessions).toEqual(new Set(sessions));
    expect(sessions).toHaveLength(size);
  }
  while (sessions.length > 1) {
    void sessions.shift()!.close();
    for (const each of sessions) expect(each.openSessions).toEqual(new Set(sessions));
  }
  expect(snapshot).toEqual(new Set([session]));
}

list.add("getOpenSessionsTest", async (stage) => {
  await serverCounts(stage);
  await clientCounts(stage);
});

export const sessionCases = list.cases;
