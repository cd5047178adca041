import {
  Bean,
  CloseReason,
  Configuration,
  DeploymentException,
  EndpointExporter,
  HandshakeRequest,
  HandshakeResponse,
  json,
  JsonEncoder,
  OnClose,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  type EndpointConfig,
  type Principal,
} from "wirespring";
import { setTimeout as sleep } from "node:timers/promises";
import { injectable, singleton } from "tsyringe";
import { describe, expect, it } from "vitest";
import { openSession, startApplication } from "./test-application.js";

class Line {
  constructor(readonly text: string) {}
}

@singleton()
class Counter {
  count = 0;
}

abstract class Greeter {
  abstract greet(name: string): string;
}

@ServerEndpoint({ value: "/talk/{room}", decoders: [json(Line)], encoders: [JsonEncoder] })
class Talk {
  constructor(private readonly counter: Counter) {}

  @OnMessage()
  said({ text }: Line, @PathParam("room") room: string): object {
    return { room, text, count: ++this.counter.count };
  }
}

@injectable()
class Doorman extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Principal | null {
    const name = request.headers.first("x-name");
    return name === undefined ? null : { name };
  }
  override modifyHandshake(_config: EndpointConfig, request: HandshakeRequest, response: HandshakeResponse): void {
    response.headers.set("X-Seen", [request.userPrincipal!.name]);
  }
}

@ServerEndpoint({ value: "/door", configurator: Doorman, subprotocols: ["v1"] })
class Door {
  @OnMessage()
  asked(text: string, session: Session): string {
    const { userPrincipal } = session;
    return `${userPrincipal?.name} ${userPrincipal?.isUserInRole?.(text) === true}`;
  }
}

@ServerEndpoint({ value: "/admin", roles: ["admin"] })
class Admin {
  @OnMessage()
  asked(text: string): string {
    return text;
  }
}

describe("openSession", () => {
  it("runs the endpoint as it is deployed: beans, codecs, parameters", async () => {
    await using client = await openSession(Talk, { path: "/talk/lobby" });
    client.sendJson({ text: "hello" });
    expect(await client.nextJson()).toEqual({ room: "lobby", text: "hello", count: 1 });
  });

  it("gives each application its own singletons", async () => {
    for (let time = 0; time < 2; time++) {
      await using client = await openSession(Talk, { path: "/talk/lobby" });
      client.sendJson({ text: "hello" });
      expect(await client.nextJson()).toMatchObject({ count: 1 });
    }
  });

  it("needs no path where there is one only, and says what paths there are otherwise", async () => {
    await using client = await openSession(Door, { as: "ann" });
    expect(client.session.isOpen).toBe(true);
    await expect(openSession(Talk)).rejects.toThrow(
      'openSession must be told where to go: { path: "..." }. The application has "/talk/{room}"',
    );
  });

  it("takes an exporter of the test's own", async () => {
    const beans = [[EndpointExporter, new EndpointExporter({ contextPath: "/own" })]] as const;
    await using client = await openSession(Door, { beans, path: "/own/door", as: "ann" });
    expect(client.session.isOpen).toBe(true);
  });

  it("does not guess a context path", async () => {
    await expect(openSession(Door, { contextPath: "/app" })).rejects.toThrow("must be told where to go");
    await using client = await openSession(Door, { contextPath: "/app", path: "/app/door", as: "ann" });
    expect(client.session.isOpen).toBe(true);
  });

  it("encodes query parameters and puts them behind the path", async () => {
    const query = { name: "Ann & Bob", ä: "" };
    await using client = await openSession(Door, { as: "ann", query });
    expect(client.session.queryString).toBe("name=Ann+%26+Bob&%C3%A4=");
    await using other = await openSession(Door, { as: "ann", path: "/door?a=1", query: { b: "2" } });
    expect(other.session.queryString).toBe("a=1&b=2");
  });

  it("asks the configurator, and gives what it answers", async () => {
    await using client = await openSession(Door, { headers: { "X-Name": "ann" }, subprotocols: ["v2", "v1"] });
    expect(client.session.userPrincipal).toEqual({ name: "ann" });
    expect(client.subprotocol).toBe("v1");
    expect(client.headers.get("x-seen")).toEqual(["ann"]);
  });

  it("lets a client be whoever the test says, with roles", async () => {
    await using client = await openSession(Door, { as: { name: "bob", roles: ["admin"] } });
    client.send("admin");
    client.send("owner");
    expect([await client.next(), await client.next()]).toEqual(["bob true", "bob false"]);
  });

  it("keeps the very principal where it answers for its roles itself", async () => {
    const ann = { name: "ann", isUserInRole: (role: string) => role === "admin" };
    await using client = await openSession(Admin, { as: ann });
    expect(client.session.userPrincipal).toBe(ann);
  });

  it("rejects with the answer that a client would have got", async () => {
    await expect(openSession(Admin)).rejects.toMatchObject({
      name: "HandshakeRefused",
      status: 401,
      reason: "authentication",
      body: "This endpoint needs to know who you are.\n",
    });
    await expect(openSession(Admin, { as: "ann" })).rejects.toMatchObject({ status: 403, reason: "role" });
    await expect(openSession(Talk, { path: "/nowhere" })).rejects.toThrow(
      'the handshake for /nowhere was refused with 404 (path): There is no endpoint at this path. The application has "/talk/{room}"',
    );
    await expect(
      openSession(Talk, { path: "/talk/lobby", headers: { Origin: "https://elsewhere.example" } }),
    ).rejects.toMatchObject({ status: 403, reason: "origin" });
  });

  it("says what has failed inside", async () => {
    const refused = openSession(Door);
    await expect(refused).rejects.toThrow(/modifyHandshake of \/door has failed with TypeError/);
    await expect(refused).rejects.toMatchObject({ status: 500, cause: expect.any(TypeError) });
  });

  it("does not wait for ever for a hook", async () => {
    @injectable()
    class Slow extends ServerEndpointConfigurator {
      override authenticate(): Promise<Principal | null> {
        return new Promise(() => {});
      }
    }
    @ServerEndpoint({ value: "/slow", configurator: Slow })
    class SlowDoor {}
    await expect(openSession(SlowDoor, { patience: 0 })).rejects.toThrow(
      "the handshake for /slow waits for a hook of the configurator",
    );
    await expect(openSession(SlowDoor, { within: 10_000, patience: 0 })).rejects.toMatchObject({
      status: 503,
      reason: "timeout",
    });
  });

  it("tells what is declared wrongly, as the application would", async () => {
    class Undeclared {}
    await expect(openSession(Undeclared)).rejects.toThrow(DeploymentException);
  });

  it("ends the application with its client", async () => {
    const client = await openSession(Door, { as: "ann" });
    const { container } = client.session;
    await client[Symbol.asyncDispose]();
    expect(client.ending).toEqual({ code: 1000, reason: "" });
    expect((container as { metrics?(): unknown }).metrics!()).toMatchObject({ sessionsOpen: 0, sessionsOpened: 1 });
  });
});

describe("TestApplication", () => {
  it("takes clients as many as a test wants, and messages at their paths", async () => {
    await using application = await startApplication([Talk, Door]);
    const ann = await application.openSession({ path: "/talk/a" });
    const bob = await application.openSession({ path: "/talk/b" });
    ann.sendJson({ text: "1" });
    bob.sendJson({ text: "2" });
    expect(await ann.nextJson()).toEqual({ room: "a", text: "1", count: 1 });
    expect(await bob.nextJson()).toEqual({ room: "b", text: "2", count: 2 });
    expect(application.context.get(Counter).count).toBe(2);
    expect(application.sockets.sessions().size).toBe(2);
  });

  it("has not settled while it sends to anybody", async () => {
    @ServerEndpoint("/queue")
    class Queue {
      @OnMessage()
      said(_text: string, session: Session): void {
        const [first, last] = session.openSessions;
        let turns = 0;
        const turn = (): void => {
          if (++turns === 50) return void last!.remote.sendText("your turn");
          void first!.remote.sendText("wait");
          setImmediate(turn);
        };
        turn();
      }
    }
    await using application = await startApplication(Queue);
    const first = await application.openSession();
    const last = await application.openSession();
    first.send("go");
    expect(await last.next()).toBe("your turn");
  });

  it("puts values in the place of beans, of the application's configuration, too", async () => {
    class Polite extends Greeter {
      override greet(name: string): string {
        return `Good day, ${name}`;
      }
    }
    @Configuration()
    class Config {
      @Bean({ token: Greeter })
      greeter(): Greeter {
        return new Polite();
      }
      @Bean()
      exporter(): EndpointExporter {
        return new EndpointExporter({ contextPath: "/app" });
      }
    }
    @ServerEndpoint("/greet")
    class Greet {
      constructor(private readonly greeter: Greeter) {}
      @OnMessage()
      hello(name: string): string {
        return this.greeter.greet(name);
      }
    }
    const replies: unknown[] = [];
    for (const beans of [[], [[Greeter, { greet: (name: string) => `Hi ${name}` }] as const]]) {
      await using client = await openSession(Greet, { configurations: Config, beans, path: "/app/greet" });
      client.send("Ann");
      replies.push(await client.next());
    }
    expect(replies).toEqual(["Good day, Ann", "Hi Ann"]);
  });

  it("takes what an exporter takes", async () => {
    const httpSession = { cart: 1 };
    @ServerEndpoint("/cart")
    class Cart {
      @OnOpen()
      opened(session: Session, request: HandshakeRequest): void {
        void session.remote.sendText(`${request.httpSession === httpSession} ${session.requestURI.pathname}`);
      }
    }
    await using client = await openSession(Cart, {
      path: "/shop/cart",
      contextPath: "/shop",
      httpSession: () => httpSession,
      limits: { maxTextMessageSize: 4 },
    });
    expect(await client.next()).toBe("true /shop/cart");
    client.send("12345");
    await client.expectClosed(1009);
  });

  it("goes by a clock that stands still until the test moves it", async () => {
    await using application = await startApplication(Door, { startsAt: new Date("2031-02-03T00:00:00Z") });
    expect(application.clock.wallTime()).toBe(Date.UTC(2031, 1, 3));
    const expiresAt = new Date(application.clock.wallTime() + 60_000);
    const client = await application.openSession({ as: { name: "ann", expiresAt } });
    await application.advance(59_000);
    expect(client.ending).toBeUndefined();
    await application.advance(1_100);
    await client.expectClosed(1008);
  });

  it("waits for handlers that do real work, when it settles", async () => {
    const done: string[] = [];
    @ServerEndpoint("/work")
    class Work {
      @OnMessage()
      async work(text: string): Promise<void> {
        await sleep(5);
        done.push(text);
      }
    }
    await using application = await startApplication(Work);
    const client = await application.openSession();
    client.send("a");
    await application.settle();
    expect(done).toEqual(["a"]);
  });

  it("ends also where nobody answers and a handler never ends", async () => {
    const closed: CloseReason[] = [];
    @ServerEndpoint("/stuck")
    class Stuck {
      @OnMessage()
      stuck(_text: string): Promise<void> {
        return new Promise(() => {});
      }
      @OnClose()
      closed(reason: CloseReason): void {
        closed.push(reason);
      }
    }
    const application = await startApplication(Stuck, { patience: 0 });
    const client = await application.openSession();
    client.vanish();
    (await application.openSession({ answers: false })).stall();
    (await application.openSession()).send("for ever");
    const closing = application.close();
    expect(application.close()).toBe(closing);
    await closing;
    expect(closed).toHaveLength(3);
    expect(application.sockets.metrics().sessionsOpen).toBe(0);
  });

  it("keeps the log, and hands it on", async () => {
    const further: string[] = [];
    const note = ({ event }: { event: string }): void => void further.push(event);
    @ServerEndpoint("/fails")
    class Fails {
      @OnMessage()
      fails(_text: string): void {
        throw new RangeError("out of cheese");
      }
    }
    await using application = await startApplication(Fails, {
      logger: { debug: note, info: note, warn: note, error: note },
    });
    const client = await application.openSession();
    client.send("x");
    const waiting = client.next();
    await expect(waiting).rejects.toThrow(
      /closed \(1011\).*onMessage of \/fails has failed with RangeError: out of cheese/s,
    );
    await expect(waiting).rejects.toMatchObject({ cause: { message: "out of cheese" } });
    expect(application.log.map(({ event }) => event)).toEqual(further);
    expect(further).toContain("error");
  });
});
