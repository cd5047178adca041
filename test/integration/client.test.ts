// Before tsyringe, which needs the metadata that this loads.
import {
  ClientEndpoint,
  ClientEndpointConfig,
  ClientEndpointConfigurator,
  CloseReason,
  ConnectException,
  DeploymentException,
  Endpoint,
  EndpointConfig,
  EndpointExporter,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  Session,
  WebSocketContainer,
  type LogRecord,
  type ReceivedResponse,
} from "wirespring";
import { encodeFrame, Opcode, VirtualClock } from "@wirespring/testing";
import { once } from "node:events";
import { Agent } from "node:http";
import { createServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { container, injectable, singleton } from "tsyringe";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { rawServer } from "./raw-server.js";
import { localhostCertificate } from "./localhost-certificate.js";
import { serve } from "./served.js";

const log: LogRecord[] = [];
const keep = (record: LogRecord): void => void log.push(record);
const logger = { debug: keep, info: keep, warn: keep, error: keep };

const opened: WebSocketContainer[] = [];

/** A container for clients only, closed after the test. */
function clients(options: ConstructorParameters<typeof WebSocketContainer>[0] = {}): WebSocketContainer {
  const made = new WebSocketContainer({ logger, container: container.createChildContainer(), ...options });
  opened.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  log.length = 0;
});

@ServerEndpoint({ value: "/echo/{name}", subprotocols: ["chat", "superchat"] })
class Echo {
  @OnOpen() opened(session: Session, @PathParam("name") name: string) {
    void session.remote.sendText(`welcome ${name}`);
  }
  @OnMessage() text(text: string) {
    return text === "bye" ? undefined : text;
  }
  @OnMessage() binary(bytes: Buffer) {
    return bytes;
  }
}

@ServerEndpoint("/quiet")
class Quiet {
  @OnMessage() text(_text: string) {}
}

/** Keeps what it hears, and lets a test wait for it. */
class Journal {
  readonly events: string[] = [];
  readonly #waiting: (() => void)[] = [];

  add(event: string): void {
    this.events.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until(event: string, times = 1): Promise<void> {
    while (this.events.filter((each) => each === event).length < times)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

@ClientEndpoint()
class Listener extends Journal {
  @OnOpen() async opened(session: Session, config: EndpointConfig, @PathParam("name") name: string) {
    await new Promise((resolve) => setImmediate(resolve));
    this.add(`open ${session.isOpen} ${config instanceof ClientEndpointConfig} ${name}`);
  }
  @OnMessage() text(text: string) {
    this.add(text);
  }
  @OnMessage() binary(bytes: Buffer) {
    this.add(bytes.toString("hex"));
  }
  @OnClose() closed(reason: CloseReason) {
    this.add(`close ${reason.code}`);
  }
  @OnError() failed(error: Error) {
    this.add(`error ${error.message}`);
  }
}

describe("connectToServer", () => {
  it("gives the session when @OnOpen has run, and loses nothing that was sent meanwhile (J-181)", async () => {
    await using served = await serve([Echo]);
    const listener = new Listener();
    const session = await clients().connectToServer(listener, `ws://127.0.0.1:${served.port}/echo/ann?a=1`);
    // @PathParam of a client is undefined (J-189).
    expect(listener.events).toEqual(["open true true undefined"]);
    expect(session.requestURI.href).toBe(`ws://127.0.0.1:${served.port}/echo/ann?a=1`);
    expect(session.queryString).toBe("a=1");
    expect(session.negotiatedSubprotocol).toBe("");
    expect(session.userPrincipal).toBeNull();
    expect(session.isSecure).toBe(false);
    await listener.until("welcome ann");
    await session.remote.sendText("hällo");
    await listener.until("hällo");
    await session.remote.sendBinary(Buffer.of(1, 255));
    await listener.until("01ff");
    await session.close();
    await listener.until("close 1000");
  });

  it("gives messages only after whoever awaits the session has gone on", async () => {
    await using server = await rawServer(({ socket, accept }) => {
      const early = encodeFrame({ opcode: Opcode.TEXT, payload: "early", mask: false });
      socket.write(Buffer.concat([Buffer.from(accept()), early]));
    });
    @ClientEndpoint()
    class Prompt extends Journal {
      @OnMessage() text(text: string) {
        this.add(text);
      }
    }
    const listener = new Prompt();
    await clients().connectToServer(listener, server.url);
    // As long as nobody waits for anything but promises.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    listener.add("awaited");
    await listener.until("early");
    expect(listener.events).toEqual(["awaited", "early"]);
  });

  it("makes an instance with its dependencies for each connection of a class", async () => {
    @singleton()
    class Clerk {
      readonly instances = new Set<object>();
    }
    @ClientEndpoint()
    class Caller {
      constructor(readonly clerk: Clerk) {}
      @OnOpen() opened() {
        this.clerk.instances.add(this);
      }
    }
    await using served = await serve([Quiet]);
    const dependencies = container.createChildContainer();
    dependencies.registerSingleton(Clerk);
    const sockets = clients({ container: dependencies });
    const first = await sockets.connectToServer(Caller, `ws://127.0.0.1:${served.port}/quiet`);
    await sockets.connectToServer(Caller, `ws://127.0.0.1:${served.port}/quiet`);
    expect(dependencies.resolve(Clerk).instances.size).toBe(2);
    expect(first.openSessions.size).toBe(2);
    expect(first.container).toBe(sockets);
  });

  it("gives its constructor the session and the configuration, and disposes it at the end", async () => {
    const events: string[] = [];
    @ClientEndpoint()
    class Scoped {
      constructor(
        readonly session: Session,
        readonly config: EndpointConfig,
      ) {
        events.push(`made ${session.isOpen} ${config instanceof ClientEndpointConfig}`);
      }
      @OnOpen() opened(session: Session) {
        events.push(`open ${session === this.session}`);
      }
      [Symbol.asyncDispose]() {
        events.push("disposed");
        return Promise.resolve();
      }
    }
    await using served = await serve([Quiet]);
    const sockets = clients();
    await sockets.connectToServer(Scoped, `ws://127.0.0.1:${served.port}/quiet`);
    await sockets.close();
    expect(events).toEqual(["made false true", "open true", "disposed"]);
  });

  it("uses an instance as it is, for one connection after another (J-190)", async () => {
    await using served = await serve([Quiet]);
    const listener = new Listener();
    const sockets = clients();
    for (const round of [1, 2]) {
      const session = await sockets.connectToServer(listener, new URL(`ws://127.0.0.1:${served.port}/quiet`));
      await session.close();
      await listener.until("close 1000", round);
    }
    expect(listener.events).toHaveLength(4);
  });

  it("connects from a server's own container, and closes with it", async () => {
    await using served = await serve([Quiet]);
    const listener = new Listener();
    const session = await served.sockets.connectToServer(listener, `ws://127.0.0.1:${served.port}/quiet`);
    expect(session.container).toBe(served.sockets);
    expect(served.sockets.metrics().sessionsOpened).toBe(2);
    await served.sockets.close();
    expect(listener.events.at(-1)).toMatch(/^close 10(01|12)$/);
  });

  it("closes a client's sessions with 1001 when its container closes, and opens none afterwards", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    const closed = new Promise<number>((resolve) => server.on("connection", (ws) => ws.on("close", resolve)));
    const sockets = clients();
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const listener = new Listener();
    await sockets.connectToServer(listener, url);
    await sockets.close();
    expect(await closed).toBe(1001);
    expect(listener.events.at(-1)).toBe("close 1001");
    await expect(sockets.connectToServer(listener, url)).rejects.toMatchObject({ code: "WS_CONTAINER_CLOSED" });
    server.close();
  });

  it("tells @OnError of a failed @OnOpen, and gives the closed session", async () => {
    @ClientEndpoint()
    class Failing extends Journal {
      @OnOpen() opened() {
        throw new Error("no");
      }
      @OnError() failed(error: Error) {
        this.add(error.message);
      }
    }
    await using served = await serve([Quiet]);
    const failing = new Failing();
    const session = await clients().connectToServer(failing, `ws://127.0.0.1:${served.port}/quiet`);
    expect(session.isOpen).toBe(false);
    expect(failing.events).toEqual(["no"]);
  });
});

describe("a programmatic client endpoint (J-180)", () => {
  class Plain extends Endpoint {
    readonly journal = new Journal();
    override onOpen(session: Session, config: EndpointConfig) {
      this.journal.add(`open ${session.negotiatedSubprotocol} ${String(config.userProperties.get("a"))}`);
    }
    override onClose(_session: Session, reason: CloseReason) {
      this.journal.add(`close ${reason.code}`);
    }
  }

  it.each([
    ["an instance", new Plain()],
    ["a class", Plain],
  ])("is connected as %s, and hears by handlers that are added when the session is there", async (_form, endpoint) => {
    await using served = await serve([Echo]);
    const session = await clients().connectToServer(endpoint, `ws://127.0.0.1:${served.port}/echo/ann`);
    const heard = new Journal();
    session.addMessageHandler(String, (text) => heard.add(text));
    await heard.until("welcome ann");
    expect(heard.events).toEqual(["welcome ann"]);
  });

  it("hears of its life", async () => {
    await using served = await serve([Echo]);
    const endpoint = new Plain();
    const config = ClientEndpointConfig.create({ subprotocols: ["chat"], userProperties: new Map([["a", 7]]) });
    const session = await clients().connectToServer(endpoint, `ws://127.0.0.1:${served.port}/echo/ann`, config);
    session.addMessageHandler(String, () => {});
    await session.close();
    await endpoint.journal.until("close 1000");
    expect(endpoint.journal.events).toEqual(["open chat 7", "close 1000"]);
  });

  it("needs no configuration", async () => {
    await using served = await serve([Quiet]);
    expect((await clients().connectToServer(Plain, `ws://127.0.0.1:${served.port}/quiet`)).isOpen).toBe(true);
  });
});

describe("subprotocols of a client (J-185)", () => {
  it.each([
    [["superchat", "chat"], "/echo/a", "chat"],
    [["other"], "/echo/a", ""],
    [[], "/echo/a", ""],
  ])("offered %j at %s: %j", async (subprotocols, path, chosen) => {
    await using served = await serve([Echo]);
    const config = ClientEndpointConfig.create({ subprotocols });
    const session = await clients().connectToServer(Listener, `ws://127.0.0.1:${served.port}${path}`, config);
    expect(session.negotiatedSubprotocol).toBe(chosen);
  });

  it("refuses a server that chooses what was not offered", async () => {
    await using server = await rawServer(({ socket, accept }) => socket.write(accept("Sec-WebSocket-Protocol: token")));
    const config = ClientEndpointConfig.create({ subprotocols: ["chat"] });
    const connecting = clients().connectToServer(Listener, server.url, config);
    await expect(connecting).rejects.toThrow(/answered the handshake wrongly: the server chose a subprotocol/);
    await expect(connecting).rejects.toBeInstanceOf(DeploymentException);
    await server.ended;
  });
});

class Recorder extends ClientEndpointConfigurator {
  readonly responses: ReceivedResponse[] = [];
  override async beforeRequest(headers: Map<string, string[]>): Promise<void> {
    await Promise.resolve();
    headers.set("X-Before", ["1", "2"]);
    headers.delete("X-Gone");
    headers.set("Sec-WebSocket-Version", ["8"]);
  }
  override afterResponse(response: ReceivedResponse): void {
    this.responses.push(response);
  }
}

describe("the configurator of a client (J-183, J-184)", () => {
  it("changes the request's header and sees the answer's", async () => {
    let head = "";
    await using server = await rawServer((peer) => {
      head = peer.head;
      peer.socket.write(peer.accept("X-Answer: a", "x-answer: b"));
    });
    const configurator = new Recorder();
    const headers = { "X-Given": "yes", "X-Gone": "no" };
    const config = ClientEndpointConfig.create({ configurator, headers });
    await clients().connectToServer(Listener, server.url, config);
    expect(head).toMatch(/^X-Before: 1\r\nX-Before: 2$/m);
    expect(head).toMatch(/^X-Given: yes\r?$/m);
    expect(head).not.toMatch(/X-Gone/);
    expect(head).toMatch(/^Sec-WebSocket-Version: 13\r?$/m);
    expect(head).not.toMatch(/Sec-WebSocket-(Protocol|Extensions)/);
    const [response] = configurator.responses;
    expect([response!.status, response!.headers.get("X-ANSWER")]).toEqual([101, ["a", "b"]]);
  });

  it("sees a refusal, too", async () => {
    await using served = await serve([Echo]);
    const configurator = new Recorder();
    const config = ClientEndpointConfig.create({ configurator });
    const connecting = clients().connectToServer(Listener, `ws://127.0.0.1:${served.port}/nobody?secret=1`, config);
    await expect(connecting).rejects.toMatchObject({ name: "DeploymentException", status: 404 });
    await expect(connecting).rejects.not.toThrow(/secret/);
    expect(configurator.responses.map(({ status }) => status)).toEqual([404]);
  });

  it("sees nothing in an answer that never came", async () => {
    await using server = await rawServer(({ socket }) => socket.resetAndDestroy());
    const configurator = new Recorder();
    const config = ClientEndpointConfig.create({ configurator });
    const connecting = clients().connectToServer(Listener, server.url, config);
    await expect(connecting).rejects.toMatchObject({ code: "WS_CONNECT_FAILED", cause: { code: "ECONNRESET" } });
    expect(configurator.responses.map(({ status, headers }) => [status, [...headers]])).toEqual([[0, []]]);
  });

  it("is constructed by the container once, when it is named by its class", async () => {
    let made = 0;
    @injectable()
    class Counted extends ClientEndpointConfigurator {
      constructor() {
        super();
        made++;
      }
    }
    @ClientEndpoint({ configurator: Counted })
    class Caller {
      @OnMessage() text(_text: string) {}
    }
    await using served = await serve([Quiet]);
    const sockets = clients();
    await sockets.connectToServer(Caller, `ws://127.0.0.1:${served.port}/quiet`);
    await sockets.connectToServer(Caller, `ws://127.0.0.1:${served.port}/quiet`);
    expect(made).toBe(1);
  });

  it("rejects with what a hook throws, and drops the connection", async () => {
    class Angry extends ClientEndpointConfigurator {
      override afterResponse(): Promise<void> {
        return Promise.reject(new Error("not this one"));
      }
    }
    await using server = await rawServer(({ socket, accept }) => socket.write(accept()));
    const config = ClientEndpointConfig.create({ configurator: new Angry() });
    await expect(clients().connectToServer(Listener, server.url, config)).rejects.toThrow("not this one");
    await server.ended;
  });

  it("refuses a header that HTTP does not allow, without repeating it", async () => {
    class Injecting extends ClientEndpointConfigurator {
      override beforeRequest(headers: Map<string, string[]>): void {
        headers.set("X-A", ["a\r\nSecret: b"]);
      }
    }
    const config = ClientEndpointConfig.create({ configurator: new Injecting() });
    const connecting = clients().connectToServer(Listener, "ws://127.0.0.1:9", config);
    await expect(connecting).rejects.toThrow(/Injecting.beforeRequest has the field X-A with a character/);
    await expect(connecting).rejects.not.toThrow(/Secret/);
  });
});

describe("a connection that does not come about (J-182)", () => {
  it.each([
    ["HTTP/1.1 301 Moved\r\nLocation: ws://elsewhere/\r\nContent-Length: 0\r\n\r\n", 301, /redirects are not followed/],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, /HTTP 200/],
    ["HTTP/1.1 401 Unauthorized\r\nContent-Length: 99999\r\n\r\nabc", 401, /HTTP 401/],
    [
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      101,
      /Sec-WebSocket-Accept/,
    ],
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\n\r\n", 101, /Upgrade header/],
  ])("is a DeploymentException for %j", async (answer, status, message) => {
    await using server = await rawServer(({ socket }) => socket.write(answer));
    const connecting = clients().connectToServer(Listener, server.url);
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toMatchObject({ name: "DeploymentException", status });
    await server.ended;
  });

  it("is a DeploymentException for an extension that was not offered", async () => {
    const lines = ["Sec-WebSocket-Extensions: permessage-deflate"];
    await using server = await rawServer(({ socket, accept }) => socket.write(accept(...lines)));
    await expect(clients().connectToServer(Listener, server.url)).rejects.toThrow(/no extension was requested/);
    await server.ended;
  });

  it.each([
    ["no HTTP", "220 mail.example ESMTP\r\n"],
    ["half an answer", "HTTP/1.1 101 Switch"],
  ])("is a ConnectException for %s", async (_name, answer) => {
    await using server = await rawServer(({ socket }) => socket.end(answer));
    const connecting = clients().connectToServer(Listener, server.url);
    await expect(connecting).rejects.toBeInstanceOf(ConnectException);
    await expect(connecting).rejects.toMatchObject({ code: "WS_CONNECT_FAILED" });
    await server.ended;
  });

  it("is a ConnectException where nobody listens", async () => {
    const server = await rawServer(() => {});
    await server[Symbol.asyncDispose]();
    const connecting = clients().connectToServer(Listener, server.url);
    await expect(connecting).rejects.toMatchObject({ code: "WS_CONNECT_FAILED", cause: { code: "ECONNREFUSED" } });
  });

  it("ends when connectTimeout is over, and leaves nothing open", async () => {
    const clock = new VirtualClock();
    let asked!: () => void;
    const request = new Promise<void>((resolve) => (asked = resolve));
    await using server = await rawServer(() => asked());
    const connecting = clients({ clock }).connectToServer(Listener, server.url);
    const outcome = connecting.catch((error: unknown) => error);
    await request;
    await clock.advance(9_999);
    await clock.advance(1);
    expect(await outcome).toMatchObject({ name: "ConnectException", code: "WS_CONNECT_TIMEOUT" });
    await server.ended;
    expect(clock.pending).toBe(0);
  });

  it("ends when its signal says so", async () => {
    const stop = new AbortController();
    await using server = await rawServer(() => stop.abort(new Error("enough")));
    const connecting = clients().connectToServer(Listener, server.url, null, { signal: stop.signal });
    await expect(connecting).rejects.toThrow("enough");
    await server.ended;
    const again = clients().connectToServer(Listener, server.url, null, { signal: stop.signal });
    await expect(again).rejects.toThrow("enough");
  });

  it("ends when its signal says so while @OnOpen runs, and the session, too", async () => {
    @ClientEndpoint()
    class Hanging {
      @OnOpen() opened(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const stop = new AbortController();
    await using server = await rawServer(({ socket, accept }) => {
      socket.write(accept());
      setImmediate(() => stop.abort(new Error("enough")));
    });
    const connecting = clients().connectToServer(Hanging, server.url, null, { signal: stop.signal });
    await expect(connecting).rejects.toThrow("enough");
  });

  it("ends when the container closes", async () => {
    const sockets = clients();
    await using server = await rawServer(() => void sockets.close());
    await expect(sockets.connectToServer(Listener, server.url)).rejects.toMatchObject({ code: "WS_CONTAINER_CLOSED" });
    await server.ended;
  });

  it("drops the connection when the endpoint cannot be made", async () => {
    @ClientEndpoint()
    class Broken {
      constructor() {
        throw new Error("no instance");
      }
      @OnMessage() text(_text: string) {}
    }
    await using server = await rawServer(({ socket, accept }) => socket.write(accept()));
    const connecting = clients().connectToServer(Broken, server.url);
    await expect(connecting).rejects.toThrow(/client Broken: could not be made: no instance/);
    await expect(connecting).rejects.toBeInstanceOf(DeploymentException);
    await server.ended;
  });

  it.each([
    ["http://a/", /found the scheme http:/],
    ["ws://u:p@a/", /found a user/],
    ["ws://a/#b", /found a fragment/],
    ["/a", /no absolute URI/],
    [7, /found number/],
  ])("is a TypeError for %j", async (uri, message) => {
    const connecting = clients().connectToServer(Listener, uri as string);
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toMatchObject({ name: "TypeError", code: "WS_ILLEGAL_ARGUMENT" });
  });

  it.each([
    [class Bare {}, /Bare: has no @ClientEndpoint/],
    [{}, /Object: has no @ClientEndpoint/],
    [class Sub extends Listener {}, /that of Listener is not inherited/],
    [null, /was given null, expected a class/],
  ])("is a DeploymentException for %o", async (endpoint, message) => {
    const connecting = clients().connectToServer(endpoint as object, "ws://127.0.0.1:9");
    await expect(connecting).rejects.toThrow(message);
    await expect(connecting).rejects.toBeInstanceOf(DeploymentException);
  });

  it("tells all mistakes of a declaration at once (J-179)", async () => {
    @ClientEndpoint({ subprotocols: ["a b"], connectTimeout: -1, value: "/x" } as object)
    class Wrong {
      @OnMessage() one(_text: string) {}
      @OnMessage() two(_text: string) {}
    }
    const connecting = clients().connectToServer(Wrong, "ws://127.0.0.1:9");
    await expect(connecting).rejects.toMatchObject({ problems: { length: 4 } });
  });
});

describe("TLS of a client (J-187)", () => {
  it("checks the server's certificate by what `tls` says, else by what Node trusts", async () => {
    const { key, cert } = localhostCertificate;
    const server = createServer({ key, cert });
    const sockets = await new EndpointExporter({
      logger,
      endpoints: [Quiet],
      container: container.createChildContainer(),
    }).export(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `wss://localhost:${(server.address() as AddressInfo).port}/quiet`;
    const trusting = ClientEndpointConfig.create({ tls: { ca: cert } });
    const session = await clients().connectToServer(Listener, url, trusting);
    expect(session.isSecure).toBe(true);
    expect(session.requestURI.href).toBe(url);
    await expect(clients().connectToServer(Listener, url)).rejects.toMatchObject({
      code: "WS_CONNECT_FAILED",
      cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    });
    const careless = ClientEndpointConfig.create({ tls: { rejectUnauthorized: false } });
    expect((await clients().connectToServer(Listener, url, careless)).isOpen).toBe(true);
    await sockets.close();
    server.close();
  });

  it("goes through the configuration's agent, as a proxy needs it", async () => {
    await using served = await serve([Quiet]);
    const asked: unknown[] = [];
    class Detour extends Agent {
      override createConnection(options: { host?: string }): Socket {
        asked.push(options.host);
        return connect({ port: served.port, host: "127.0.0.1" });
      }
    }
    const config = ClientEndpointConfig.create({ agent: new Detour() });
    const session = await clients().connectToServer(Listener, "ws://far.example/quiet", config);
    expect(session.isOpen).toBe(true);
    expect(asked).toEqual(["far.example"]);
  });
});

describe("the configuration of a client (J-188)", () => {
  it("gives each session a copy of its user properties, and the endpoint the map itself", async () => {
    let seen: EndpointConfig | undefined;
    @ClientEndpoint({ subprotocols: ["superchat"] })
    class Curious {
      @OnOpen() opened(config: EndpointConfig) {
        seen = config;
      }
    }
    await using served = await serve([Echo]);
    const config = ClientEndpointConfig.create({ userProperties: new Map([["a", 1]]) });
    const session = await clients().connectToServer(Curious, `ws://127.0.0.1:${served.port}/echo/x`, config);
    expect(session.userProperties).toEqual(new Map([["a", 1]]));
    expect(session.userProperties).not.toBe(config.userProperties);
    expect(seen!.userProperties).toBe(config.userProperties);
    // What the configuration does not say the decorator does.
    expect(session.negotiatedSubprotocol).toBe("superchat");
  });
});

describe("frames of a client", () => {
  it("that are masked by the server close with 1002 (T39)", async () => {
    await using server = await rawServer(({ socket, accept }) =>
      socket.write(Buffer.concat([Buffer.from(accept()), encodeFrame({ opcode: Opcode.TEXT, payload: "hi" })])),
    );
    const listener = new Listener();
    await clients({ limits: { closeTimeout: 20 } }).connectToServer(listener, server.url);
    await listener.until("close 1002");
    expect(listener.events).not.toContain("hi");
  });

  it("in the packet of the 101 are not lost", async () => {
    await using server = await rawServer(({ socket, accept }) =>
      socket.write(
        Buffer.concat([
          Buffer.from(accept()),
          encodeFrame({ opcode: Opcode.TEXT, payload: "one", mask: false }),
          encodeFrame({ opcode: Opcode.TEXT, payload: "two", mask: false }),
        ]),
      ),
    );
    const listener = new Listener();
    await clients().connectToServer(listener, server.url);
    await listener.until("two");
    expect(listener.events.slice(1)).toEqual(["one", "two"]);
  });

  it("larger than the limit close with 1009", async () => {
    await using server = await rawServer(({ socket, accept }) => {
      socket.write(accept());
      socket.write(encodeFrame({ opcode: Opcode.TEXT, payload: "too much", mask: false }));
    });
    const listener = new Listener();
    const config = ClientEndpointConfig.create({ maxTextMessageSize: 4 });
    await clients({ limits: { closeTimeout: 20 } }).connectToServer(listener, server.url, config);
    await listener.until("close 1009");
    expect(listener.events).not.toContain("too much");
  });

  it("are masked on the wire", async () => {
    const frames = new Journal();
    await using server = await rawServer(({ socket, accept }) => {
      socket.on("data", (chunk: Buffer) => frames.add(chunk.subarray(0, 2).toString("hex")));
      socket.write(accept());
    });
    const session = await clients().connectToServer(Listener, server.url);
    await session.remote.sendText("hello");
    await frames.until("8185");
    expect(frames.events).toHaveLength(1);
  });

  it("are compressed where that was offered and agreed on (J-186)", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: { threshold: 0 } });
    await once(server, "listening");
    server.on("connection", (ws) => ws.on("message", (data, binary) => ws.send(data, { binary })));
    const listener = new Listener();
    const extensions = [{ name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: "" }] }];
    const config = ClientEndpointConfig.create({ extensions });
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const session = await clients().connectToServer(listener, url, config);
    expect(session.negotiatedExtensions.map(({ name }) => name)).toEqual(["permessage-deflate"]);
    const text = "again and ".repeat(1_000);
    await session.remote.sendText(text);
    await listener.until(text);
    await session.close();
    server.close();
  });
});
