import { expect } from "vitest";
import { RawClient } from "@wirespring/testing";
import {
  ClientEndpoint,
  ClientEndpointConfig,
  ConnectException,
  HandshakeRequest,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  WebSocketContainer,
  type Class,
  type ServerEndpointOptions,
} from "wirespring";
import { localhostCertificate } from "../../integration/localhost-certificate.js";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import type { Application, Stage } from "../stage.js";
import { secureServer } from "./secure-server.js";

/** Rules that no test of the TCK checks: which requests a server takes, what becomes of hooks that fail, and two of the client. */

function endpointWith(options: Partial<ServerEndpointOptions>, made: () => void = () => {}): Class {
  @ServerEndpoint({ value: "/asked", ...options })
  class Asked {
    constructor() {
      made();
    }
    @OnMessage()
    said(text: string): string {
      return text;
    }
  }
  return Asked;
}

/** The status that a request target is answered with, as it stands: other clients would write it anew. */
async function statusOf(stage: Stage, application: Application, target: string): Promise<number> {
  if (application.port === undefined)
    return application.open(target).then(
      () => 101,
      () => application.refusal(target),
    );
  const client = await RawClient.connect({ port: application.port });
  stage.atEnd(() => client.destroy());
  return (await client.upgrade({ path: target })).status;
}

/** Expects that an application is there for whoever comes next. */
async function expectAnswer(application: Application): Promise<void> {
  const peer = await application.open("/asked");
  peer.send("still here");
  expect(await peer.next()).toBe("still here");
}

/** The hooks, and one that throws or rejects in the place of each. */
const HOOKS = [
  "authenticate",
  "checkOrigin",
  "getNegotiatedSubprotocol",
  "getNegotiatedExtensions",
  "modifyHandshake",
  "getEndpointInstance",
] as const;

@ClientEndpoint()
class Client {
  readonly seen: unknown[] = [];
  @OnOpen()
  opened(_session: Session, @PathParam("room") room: string): void {
    this.seen.push(room);
  }
  @OnMessage()
  said(session: Session, text: string, @PathParam("room") room: string): void {
    this.seen.push(room);
    void session.remote.sendText(`${text} of ${String(room)}`);
  }
}

export const leftOutHandshakeCases: readonly ConformanceCase[] = [
  ruleCase(
    40,
    async (stage) => {
      const said: string[] = [];
      @ServerEndpoint("/a/~b/{name}")
      class Named {
        @OnOpen()
        opened(@PathParam("name") name: string): void {
          said.push(name);
        }
      }
      const application = await stage.start([Named]);
      for (const target of ["/a/~b/%c3%a9", "/a/~b/%C3%A9", "/%61/%7eb/%c3%A9"])
        expect(await statusOf(stage, application, target)).toBe(101);
      expect(said).toEqual(["é", "é", "é"]);
      // Nothing is resolved: what a proxy in front may have read otherwise is refused (T13 to T16).
      for (const target of [
        "/x/../a/~b/c",
        "/a/./~b/c",
        "/a//~b/c",
        "/a/%2e%2e/~b/c",
        "/a/~b/%zz",
        "/a/~b/%c3",
        "http://localhost/a/~b/c",
      ])
        expect(await statusOf(stage, application, target)).toBe(400);
      expect(said).toHaveLength(3);
    },
    { changed: "escapes are decoded; `.`, `..`, empty segments and the absolute form are refused with 400" },
  ),

  ruleCase(
    163,
    async (stage) => {
      const application = await stage.start([endpointWith({ allowedOrigins: ["https://app.example"] })]);
      const own = application.port === undefined ? "localhost" : `127.0.0.1:${application.port}`;
      for (const Origin of [`http://${own}`, `https://${own}`, "https://app.example"])
        (await application.open("/asked", { headers: { Origin, Cookie: "sid=1" } })).drop();
      for (const Origin of ["http://evil.example", `http://${own}.evil.example`, "http://app.example", "null"])
        expect(await application.refusal("/asked", { headers: { Origin } })).toBe(403);
      (await application.open("/asked")).drop();
      expect(await application.refusal("/asked", { headers: { Cookie: "sid=1" } })).toBe(403);
    },
    { changed: "the same host, when the header is present; absent only without cookies" },
  ),

  ruleCase(
    169,
    async (stage) => {
      let fails = true;
      const application = await stage.start([
        endpointWith({}, () => {
          if (fails) throw new Error("cannot be made");
        }),
      ]);
      expect(await application.refusal("/asked")).toBe(500);
      expect(application.sockets.metrics()).toMatchObject({ sessionsOpened: 0, errors: { construct: 1 } });
      expect(application.log).toContainEqual(
        expect.objectContaining({ error: expect.objectContaining({ message: "cannot be made" }) }),
      );
      fails = false;
      await expectAnswer(application);
    },
    { changed: "refused with 500 before the 101" },
  ),

  ruleCase(170, async (stage) => {
    for (const hook of HOOKS)
      for (const way of ["throws", "rejects"] as const) {
        let fails = true;
        class Failing extends ServerEndpointConfigurator {}
        const original: (...given: never[]) => unknown = Failing.prototype[hook];
        Object.defineProperty(Failing.prototype, hook, {
          value(this: Failing, ...given: never[]): unknown {
            if (!fails) return original.apply(this, given);
            const failure = new Error(`${hook} ${way}`);
            if (way === "rejects") return Promise.reject(failure);
            throw failure;
          },
        });
        const application = await stage.start([endpointWith({ configurator: Failing })]);
        expect([hook, await application.refusal("/asked")]).toEqual([hook, 500]);
        expect(application.sockets.metrics().errors).toEqual({ [hook]: 1 });
        expect(application.log).toContainEqual(
          expect.objectContaining({ hook, error: expect.objectContaining({ message: `${hook} ${way}` }) }),
        );
        fails = false;
        await expectAnswer(application);
      }
  }),

  ruleCase(
    175,
    async (stage) => {
      const kept = { user: "ada" };
      const sessions: unknown[] = [];
      class Looking extends ServerEndpointConfigurator {
        override authenticate(request: HandshakeRequest): null {
          sessions.push(request.httpSession);
          return null;
        }
      }
      @ServerEndpoint({ value: "/asked", configurator: Looking })
      class Asked {
        @OnOpen()
        opened(request: HandshakeRequest): void {
          sessions.push(request.httpSession);
        }
      }
      const application = await stage.start([Asked], {
        httpSession: async ({ headers }) => (headers["x-session"] === "1" ? kept : undefined),
      });
      await application.open("/asked", { headers: { "X-Session": "1" } });
      await application.open("/asked");
      await (await stage.start([Asked])).open("/asked");
      expect(sessions).toEqual([kept, kept, null, null, null, null]);
      expect(sessions[1]).toBe(kept);
    },
    { changed: "filled by an adapter, which the application gives to the exporter" },
  ),

  ruleCase(
    187,
    async (stage) => {
      const { url, sockets } = await secureServer(stage, [endpointWith({})]);
      const container = new WebSocketContainer();
      stage.atEnd(() => container.close());
      const trusting = ClientEndpointConfig.create({ tls: { ca: localhostCertificate.cert } });
      const session = await container.connectToServer(Client, `${url}/asked`, trusting);
      expect([session.isSecure, session.isOpen, session.requestURI.protocol]).toEqual([true, true, "wss:"]);
      // Without a word it is Node's own trust, which does not have this certificate.
      await expect(container.connectToServer(Client, `${url}/asked`)).rejects.toBeInstanceOf(ConnectException);
      expect(sockets.metrics().sessionsOpened).toBe(1);
    },
    { on: ["ws"] },
  ),

  ruleCase(189, async (stage) => {
    const client = new Client();
    const { peer } = await stage.connect(client, { target: "/rooms/blue" });
    peer.send("a word");
    expect(await peer.next()).toBe("a word of undefined");
    expect(client.seen).toEqual([undefined, undefined]);
  }),
];
