// Before tsyringe, which needs the metadata that this loads.
import {
  Bean,
  Configuration,
  DeploymentException,
  Endpoint,
  EndpointConfig,
  EndpointExporter,
  ENDPOINT_CONFIGS,
  HandshakeRequest,
  HandshakeResponse,
  OnMessage,
  OnOpen,
  PathParam,
  ServerApplicationConfig,
  ServerContainer,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  Session,
  WebSocketContainer,
  WirespringApplication,
  type Class,
  type CloseReason,
  type Extension,
} from "wirespring";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { deflateRawSync, inflateRawSync, constants } from "node:zlib";
import { Opcode, RawClient, RFC_KEY, closePayload } from "@wirespring/testing";
import { container, injectable, type InjectionToken } from "tsyringe";
import { describe, expect, it } from "vitest";
import { serve } from "./served.js";

let seen: unknown[] = [];

class Feed extends Endpoint {
  override onOpen(session: Session, config: EndpointConfig): void {
    seen.push(config);
    session.addMessageHandler(String, (text) => void session.remote.sendText(`feed: ${text}`));
  }

  override onClose(_session: Session, reason: CloseReason): void {
    seen.push(reason.code);
  }
}

class Failing extends Endpoint {
  override onOpen(session: Session): void {
    session.addMessageHandler(String, () => {
      throw new Error("it broke");
    });
  }
}

class Reporting extends Failing {
  override onError(session: Session, error: Error): void {
    void session.remote.sendText(error.message);
  }
}

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint({ value: "/room/{name}", subprotocols: ["v1"] })
class Room {
  @OnOpen()
  opened(session: Session, @PathParam("name") name: string): void {
    void session.remote.sendText(`${name} ${session.negotiatedSubprotocol}`);
  }
}

@ServerEndpoint("/bad")
class Bad {
  @OnMessage()
  first(_text: string): void {}
  @OnMessage()
  second(_text: string): void {}
}

function withConfigs(...configs: ServerEndpointConfig[]) {
  const child = container.createChildContainer();
  for (const config of configs) child.registerInstance(ENDPOINT_CONFIGS, config);
  return child;
}

async function open(port: number, path: string, headers: Record<string, string> = {}) {
  const client = await RawClient.connect({ port });
  return { client, response: await client.upgrade({ path, headers }) };
}

async function status(port: number, path: string): Promise<number> {
  const { client, response } = await open(port, path);
  client.destroy();
  return response.status;
}

const text = async (client: RawClient): Promise<string> => String((await client.nextFrame()).payload);

describe("a programmatic endpoint", () => {
  it("has its three methods called, and messages through its session (J-11, J-13)", async () => {
    seen = [];
    const config = ServerEndpointConfig.create(Feed, "/feed");
    await using served = await serve([], { container: withConfigs(config) });
    const { client } = await open(served.port, "/feed");
    client.frame({ opcode: Opcode.TEXT, payload: "hello" });
    expect(await text(client)).toBe("feed: hello");
    client.frame({ opcode: Opcode.CLOSE, payload: closePayload(4001) });
    await client.nextClose();
    await client.untilEnded();
    client.destroy();
    expect(seen[0]).toBeInstanceOf(ServerEndpointConfig);
    expect(seen[0]).toMatchObject({ path: "/feed", endpointClass: Feed });
    expect((seen[0] as ServerEndpointConfig).userProperties).toBe(config.userProperties);
    expect(seen[1]).toBe(4001);
  });

  it("closes with 1011 for an error that nobody takes, and stays open when onError does", async () => {
    const configs = [
      ServerEndpointConfig.create(Failing, "/failing"),
      ServerEndpointConfig.create(Reporting, "/reporting"),
    ];
    await using served = await serve([], { container: withConfigs(...configs) });
    const failing = await open(served.port, "/failing");
    failing.client.frame({ opcode: Opcode.TEXT, payload: "x" });
    expect((await failing.client.nextClose()).code).toBe(1011);
    expect(served.log.map(({ error }) => (error as Error | undefined)?.message)).toContain("it broke");
    const { client } = await open(served.port, "/reporting");
    for (let round = 0; round < 2; round++) {
      client.frame({ opcode: Opcode.TEXT, payload: "x" });
      expect(await text(client)).toBe("it broke");
    }
    client.destroy();
    failing.client.destroy();
  });

  it("may be at several paths, once at each (J-9), and at none twice (J-32)", async () => {
    const one = ServerEndpointConfig.create(Feed, "/one");
    await using served = await serve([], { container: withConfigs(one, one) });
    served.sockets.addEndpoint(one);
    served.sockets.addEndpoint(ServerEndpointConfig.create(Feed, "/two"));
    expect(served.sockets.paths).toEqual(["/one", "/two"]);
    expect(() => served.sockets.addEndpoint(ServerEndpointConfig.create(Feed, "/one"))).toThrowError(
      /have the same path "\/one/,
    );
    expect(await status(served.port, "/one")).toBe(101);
  });

  it("cannot be deployed without a path, nor with decorators", async () => {
    await using served = await serve([Echo]);
    expect(() => served.sockets.addEndpoint(Feed)).toThrowError(
      'Feed: extends Endpoint and has no path: give it one, as ServerEndpointConfig.create(Feed, "/path"), and deploy that',
    );
    @ServerEndpoint("/both")
    class Both extends Feed {}
    expect(() => served.sockets.addEndpoint(Both)).toThrowError(
      /^Both: extends Endpoint, .* and has @ServerEndpoint: remove one/,
    );
    expect(await status(served.port, "/echo")).toBe(101);
  });

  it("is ignored, with a warning, when it is only listed (J-8)", async () => {
    await using served = await serve([Echo, Feed]);
    expect(served.sockets.paths).toEqual(["/echo"]);
    expect(served.log).toContainEqual(expect.objectContaining({ event: "endpoint.ignored", endpoint: "Feed" }));
  });
});

describe("a decorated class with a configuration", () => {
  it("is at that path, with what its decorator says and the configuration does not (J-12)", async () => {
    const child = withConfigs(
      ServerEndpointConfig.create(Room, "/lobby/{name}"),
      ServerEndpointConfig.create(Room, "/silent/{name}", { subprotocols: null }),
    );
    await using served = await serve([], { container: child });
    const first = await open(served.port, "/lobby/blue", { "Sec-WebSocket-Protocol": "v1" });
    expect(await text(first.client)).toBe("blue v1");
    const second = await open(served.port, "/silent/red", { "Sec-WebSocket-Protocol": "v1" });
    expect(await text(second.client)).toBe("red ");
    first.client.destroy();
    second.client.destroy();
  });
});

describe("ServerApplicationConfig", () => {
  const found: unknown[] = [];

  class Programmatic extends ServerApplicationConfig {
    override getEndpointConfigs(endpoints: ReadonlySet<Class<Endpoint>>) {
      found.push([...endpoints]);
      return [ServerEndpointConfig.create(Feed, "/from-config")];
    }
    override getAnnotatedEndpointClasses() {
      return null;
    }
  }

  class OnlyEcho extends ServerApplicationConfig {
    override getEndpointConfigs() {
      return null;
    }
    override getAnnotatedEndpointClasses(classes: ReadonlySet<Class>) {
      found.push([...classes]);
      return [...classes].filter((each) => each === Echo);
    }
  }

  const TOKEN = ServerApplicationConfig as InjectionToken<ServerApplicationConfig>;

  it("decides: the union of what all give, and nothing else (J-7)", async () => {
    const child = withConfigs(ServerEndpointConfig.create(Failing, "/not-chosen"));
    child.register(TOKEN, { useClass: Programmatic });
    child.register(TOKEN, { useClass: OnlyEcho });
    await using served = await serve([Echo, Room, Feed], { container: child });
    expect(served.sockets.paths).toEqual(["/from-config", "/echo"]);
    expect(found).toEqual([
      [Feed, Failing],
      [Echo, Room],
    ]);
  });

  it("is named when it fails or gives what is no list", async () => {
    class Broken extends OnlyEcho {
      override getEndpointConfigs(): never {
        throw new Error("no");
      }
    }
    class Odd extends OnlyEcho {
      override getEndpointConfigs() {
        return 7 as never;
      }
    }
    for (const [type, message] of [
      [Broken, "Broken.getEndpointConfigs failed: no"],
      [Odd, "Odd.getEndpointConfigs must give a list or null, found number"],
    ] as const) {
      const child = container.createChildContainer();
      child.register(TOKEN, { useClass: type });
      await expect(new EndpointExporter({ container: child, endpoints: [Echo] }).export()).rejects.toThrowError(
        message,
      );
    }
  });

  it("that catches the failure of an endpoint it adds still fails the application (J-17)", async () => {
    @injectable()
    class Careless extends ServerApplicationConfig {
      constructor(private readonly sockets: ServerContainer) {
        super();
      }
      override getEndpointConfigs() {
        try {
          this.sockets.addEndpoint(Bad);
        } catch {
          // As a listener that swallows the exception.
        }
        return null;
      }
      override getAnnotatedEndpointClasses(classes: ReadonlySet<Class>) {
        return classes;
      }
    }
    const child = container.createChildContainer();
    child.register(TOKEN, { useClass: Careless });
    const server = createServer();
    const exporting = new EndpointExporter({ container: child, endpoints: [Echo] }).export(server);
    await expect(exporting).rejects.toBeInstanceOf(DeploymentException);
    expect(server.listenerCount("upgrade")).toBe(0);
  });
});

describe("an application context", () => {
  it("deploys the configurations that are beans, and gives its container by both classes (J-6, J-21)", async () => {
    @Configuration()
    class Config {
      @Bean()
      endpointExporter(): EndpointExporter {
        return new EndpointExporter();
      }
      @Bean()
      feed(): ServerEndpointConfig {
        return ServerEndpointConfig.create(Feed, "/feed");
      }
      @Bean({ token: "second" })
      second(): ServerEndpointConfig {
        return ServerEndpointConfig.create(Feed, "/second");
      }
    }
    await using context = await WirespringApplication.run(Config, {
      port: 0,
      endpoints: [Echo],
      signals: false,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    const sockets = context.get(ServerContainer);
    expect(sockets.paths).toEqual(["/echo", "/feed", "/second"]);
    expect(context.get(WebSocketContainer)).toBe(sockets);
    expect(await status((context.server.address() as AddressInfo).port, "/second")).toBe(101);
  });
});

describe("ServerContainer", () => {
  async function hosted(
    config: ServerEndpointConfig,
    outcomes: unknown[],
    variables: Readonly<Record<string, string>> | (() => ReadonlyMap<string, string>) = { name: "green" },
  ) {
    const sockets = await new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [],
      allowEmpty: true,
    }).export();
    const server = createServer();
    server.on("upgrade", (request, socket, head) => {
      const given = typeof variables === "function" ? variables() : variables;
      sockets.upgrade(request, socket, head, config, given).then(
        () => outcomes.push("open"),
        (error: unknown) => outcomes.push(error),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { sockets, server, port: (server.address() as AddressInfo).port };
  }

  it("upgrades a request of the host to an endpoint that is nowhere in service (J-20)", async () => {
    const outcomes: unknown[] = [];
    const { sockets, server, port } = await hosted(ServerEndpointConfig.create(Room, "/unused/{name}"), outcomes);
    const { client, response } = await open(port, "/anything?x=1");
    expect(response.status).toBe(101);
    expect(await text(client)).toBe("green ");
    expect(sockets.sessions(Room).size).toBe(1);
    expect(outcomes).toEqual(["open"]);
    const refused = await open(port, "/anything", { "Sec-WebSocket-Version": "8" });
    expect(refused.response.status).toBe(426);
    expect(outcomes[1]).toMatchObject({ name: "IllegalStateError", code: "WS_UPGRADE_REFUSED" });
    sockets.closeWith(server);
    const closed = once(server, "close");
    server.close();
    expect((await client.nextClose()).code).toBe(1012);
    client.destroy();
    refused.client.destroy();
    await closed;
  });

  it("takes the path parameters of another session, and answers also after close", async () => {
    const outcomes: unknown[] = [];
    let first: Session | undefined;
    const config = ServerEndpointConfig.create(Room, "/unused/{name}");
    const { sockets, server, port } = await hosted(
      config,
      outcomes,
      () => first?.pathParameters ?? new Map([["name", "blue"]]),
    );
    const { client: one } = await open(port, "/");
    expect(await text(one)).toBe("blue ");
    [first] = sockets.sessions(Room);
    const { client: other } = await open(port, "/");
    expect(await text(other)).toBe("blue ");
    const closing = sockets.close();
    expect(await status(port, "/")).toBe(503);
    for (const client of [one, other]) client.destroy();
    await closing;
    server.close();
    server.closeAllConnections();
  });

  it("lets a configuration go that was made for one request, once its session has ended", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const sockets = await new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [],
      allowEmpty: true,
    }).export();
    const configs: WeakRef<ServerEndpointConfig>[] = [];
    const server = createServer();
    server.on("upgrade", (request, socket, head) => {
      const config = ServerEndpointConfig.create(Room, "/unused/{name}");
      configs.push(new WeakRef(config));
      void sockets.upgrade(request, socket, head, config, { name: "green" });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    for (let count = 0; count < 20; count++) {
      const { client } = await open(port, "/");
      await text(client);
      client.destroy();
    }
    await expect.poll(() => sockets.metrics().sessionsOpen).toBe(0);
    await expect
      .poll(() => {
        collect();
        return configs.filter((config) => config.deref() !== undefined).length;
      })
      .toBeLessThanOrEqual(1);
    await sockets.close();
    server.close();
  });

  it("answers 500 and rejects when the endpoint is declared wrongly", async () => {
    const outcomes: unknown[] = [];
    const { sockets, server, port } = await hosted(ServerEndpointConfig.create(Bad, "/bad"), outcomes);
    expect(await status(port, "/")).toBe(500);
    expect(outcomes[0]).toBeInstanceOf(DeploymentException);
    await sockets.close();
    server.close();
  });
});

describe("the configurator and the handshake", () => {
  class Copying extends ServerEndpointConfigurator {
    override readonly subprotocolOrder = "client";
    seen: Record<string, unknown> = {};
    asked: (readonly Extension[])[] = [];

    override getNegotiatedExtensions(installed: readonly Extension[], requested: readonly Extension[]) {
      this.asked = [installed, requested];
      return super.getNegotiatedExtensions(installed, requested);
    }

    override modifyHandshake(
      _config: ServerEndpointConfig,
      request: HandshakeRequest,
      response: HandshakeResponse,
    ): void {
      this.seen = {
        locale: request.locale,
        httpSession: request.httpSession,
        certificates: request.userX509CertificateChain,
        local: [request.localHostName, request.localPort],
        remote: request.remoteHostName === request.remoteAddress,
        accept: response.headers.first("sec-websocket-accept"),
        names: [...response.headers].map(([name]) => name),
      };
      for (const [name, values] of request.headers) response.headers.set(name, values);
    }
  }

  it("shows everything, and stays valid when all request headers are copied (J-164 to J-166, J-175 to J-178)", async () => {
    const configurator = new Copying();
    const config = ServerEndpointConfig.create(Feed, "/feed", {
      configurator,
      subprotocols: ["a", "b"],
      extensions: [{ name: "x-mine", parameters: [] }],
    });
    await using served = await serve([], {
      container: withConfigs(config),
      httpSession: (request) => Promise.resolve({ cookie: request.headers.cookie }),
    });
    const { client, response } = await open(served.port, "/feed", {
      Cookie: "sid=1",
      Origin: `http://127.0.0.1:${served.port}`,
      "Accept-Language": "fr;q=0.5, de-at, *;q=0.1",
      "Sec-WebSocket-Protocol": "b, a",
      "Sec-WebSocket-Extensions": "x-mine; p=1, permessage-deflate",
    });
    expect(response.status).toBe(101);
    const { headers } = response;
    expect([headers.get("upgrade"), headers.get("connection"), headers.get("sec-websocket-accept")]).toEqual([
      ["websocket"],
      ["Upgrade"],
      ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
    ]);
    expect(headers.get("sec-websocket-protocol")).toEqual(["b"]);
    expect(headers.get("sec-websocket-key")).toEqual([RFC_KEY]);
    // Left out: it would be a lie (J-165), and compression is off.
    expect(headers.has("sec-websocket-extensions")).toBe(false);
    expect(configurator.asked.map((list) => list.map(({ name }) => name))).toEqual([
      ["x-mine"],
      ["x-mine", "permessage-deflate"],
    ]);
    expect(configurator.asked[1]![0]!.parameters).toEqual([{ name: "p", value: "1" }]);
    expect(configurator.seen).toEqual({
      locale: "de-AT",
      httpSession: { cookie: "sid=1" },
      certificates: null,
      local: ["127.0.0.1", served.port],
      remote: true,
      accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      names: ["Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"],
    });
    client.destroy();
  });

  it("refuses with 500 when the HTTP session cannot be had", async () => {
    await using served = await serve([Echo], { httpSession: () => Promise.reject(new Error("store down")) });
    expect(await status(served.port, "/echo")).toBe(500);
    expect(served.sockets.metrics().errors).toEqual({ httpSession: 1 });
  });

  it("compresses where that is enabled, and nowhere else (J-22, J-165)", async () => {
    @ServerEndpoint({ value: "/plain", compression: false })
    class Plain {}
    await using served = await serve([Echo, Plain], { compression: true });
    expect(served.sockets.installedExtensions.map(({ name }) => name)).toEqual(["permessage-deflate"]);
    const offer = { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" };
    const plain = await open(served.port, "/plain", offer);
    expect(plain.response.headers.has("sec-websocket-extensions")).toBe(false);
    const { client, response } = await open(served.port, "/echo", offer);
    expect(response.headers.get("sec-websocket-extensions")).toEqual([
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10",
    ]);
    const message = "abc".repeat(2_000);
    const deflated = deflateRawSync(message, { finishFlush: constants.Z_SYNC_FLUSH, windowBits: 10 }).subarray(0, -4);
    client.frame({ opcode: Opcode.TEXT, payload: deflated, rsv: 4 });
    const frame = await client.nextFrame();
    const tail = Buffer.from([0, 0, 0xff, 0xff]);
    const inflated = inflateRawSync(Buffer.concat([frame.payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH });
    expect(frame.payload.length).toBeLessThan(200);
    expect(inflated.toString()).toBe(message);
    const refused = await open(served.port, "/echo", {
      "Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=8",
    });
    expect(refused.response.status).toBe(101);
    expect(refused.response.headers.has("sec-websocket-extensions")).toBe(false);
    for (const each of [client, plain.client, refused.client]) each.destroy();
  });

  it("has one container default for the process (J-5)", () => {
    const [a, b] = [new ServerEndpointConfigurator(), new Copying()];
    expect(a.getContainerDefaultConfigurator()).toBe(b.containerDefault);
    expect(a.containerDefault.getNegotiatedSubprotocol(["a", "b"], ["b", "a"])).toBe("b");
    expect(a.getNegotiatedSubprotocol(["a", "b"], ["b", "a"])).toBe("a");
  });
});
