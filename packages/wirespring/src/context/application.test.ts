import "reflect-metadata";
import { createServer, request, type IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { container as globalContainer, inject, injectable, singleton } from "tsyringe";
import { beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Broadcaster } from "../broadcast/broadcaster.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { OnMessage, OnOpen, ServerEndpoint } from "../endpoint/decorators.js";
import { EndpointExporter } from "../endpoint-exporter.js";
import type { LogRecord } from "../logger.js";
import { ServerContainer } from "../server-container.js";
import { Session } from "../session/session.js";
import { WirespringApplication } from "./application.js";
import type { RunOptions } from "./run-options.js";
import { ApplicationContext } from "./application-context.js";
import { Bean } from "./bean.js";
import { Configuration } from "./configuration.js";

let journal: string[] = [];
let logged: LogRecord[] = [];
beforeEach(() => {
  journal = [];
  logged = [];
});

const log = (record: LogRecord): void => void logged.push(record);
const logger = { debug: log, info: log, warn: log, error: log };

function run(configurations: Class | readonly Class[], options: RunOptions = {}): Promise<ApplicationContext> {
  return WirespringApplication.run(configurations, {
    port: 0,
    host: "127.0.0.1",
    signals: false,
    endpoints: [Chat],
    logger,
    ...options,
  });
}

@singleton()
class Counter {
  value = 0;

  dispose(): void {
    journal.push("dispose Counter");
  }
}

class Pool {
  constructor(readonly name: string) {}
}

@singleton()
class Rooms {
  constructor(
    readonly counter: Counter,
    readonly pool: Pool,
  ) {}
}

@singleton()
class Unreached {}

@ServerEndpoint("/chat")
class Chat {
  constructor(readonly rooms: Rooms) {}

  @OnMessage() said(text: string): string {
    return text;
  }
}

@Configuration()
class ExporterConfig {
  @Bean() exporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

@Configuration()
class PoolConfig {
  @Bean({ token: Pool }) async pool(): Promise<Pool> {
    journal.push("make pool");
    return Object.assign(new Pool("real"), {
      afterSingletonsInstantiated: () => void journal.push("after"),
      start: () => void journal.push("start"),
      stop: () => void journal.push("stop"),
      dispose: () => void journal.push("dispose pool"),
    });
  }
}

const both = [ExporterConfig, PoolConfig];

async function status(url: string): Promise<number> {
  const asked = request(url, { agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode!;
}

describe("WirespringApplication.run", () => {
  it("serves, tells where, and ends everything in reverse", async () => {
    const context = await run(both);
    expect(context.url).toBe(`http://127.0.0.1:${(context.server.address() as AddressInfo).port}`);
    expect(await status(`${context.url}/chat`)).toBe(426);
    expect(await status(`${context.url}/elsewhere`)).toBe(404);
    expect(context.get(ServerContainer).paths).toEqual(["/chat"]);
    expect(context.get(ApplicationContext)).toBe(context);
    expect(logged.at(-1)).toEqual({ event: "application.started", url: context.url, endpoints: { "/chat": "Chat" } });
    expect(journal.splice(0)).toEqual(["make pool", "after", "start"]);
    await Promise.all([context.close(), context.close()]);
    expect(journal).toEqual(["stop", "dispose Counter", "dispose pool"]);
    expect(context.server.listening).toBe(false);
  });

  it("logs the handlers of each endpoint for who debugs, then address and paths, with the context path", async () => {
    @Configuration()
    class AppConfig {
      @Bean() exporter(): EndpointExporter {
        return new EndpointExporter({ contextPath: "/app" });
      }
    }
    const levels: string[] = [];
    const at = (level: string) => (record: LogRecord) => void levels.push(`${level} ${JSON.stringify(record)}`);
    const context = await WirespringApplication.run([AppConfig, PoolConfig], {
      endpoints: [Chat],
      port: 0,
      host: "127.0.0.1",
      signals: false,
      logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    });
    const { url } = context;
    await context.close();
    expect(levels).toEqual([
      'debug {"event":"endpoint.deployed","endpoint":"/app/chat","class":"Chat","handlers":{"text":"said(message: String)"}}',
      `info {"event":"application.started","url":"${url}","endpoints":{"/app/chat":"Chat"}}`,
    ]);
  });

  it("handles messages, and tells open sessions to come back when it closes", async () => {
    const context = await run(both);
    const client = new WebSocket(`${context.url.replace("http", "ws")}/chat`);
    await once(client, "open");
    client.send("hello");
    const [answer] = (await once(client, "message")) as [Buffer];
    expect(String(answer)).toBe("hello");
    const closed = once(client, "close") as Promise<[number, Buffer]>;
    await context.close();
    const [code, reason] = await closed;
    expect(code).toBe(1012);
    expect(String(reason)).toMatch(/^retry=\d+$/);
  });

  it("closes by await using", async () => {
    let server;
    {
      await using context = await run(both);
      server = context.server;
    }
    expect(server.listening).toBe(false);
  });

  it("gives two applications nothing in common", async () => {
    await using one = await run(both);
    await using two = await run(both);
    const [first, second] = [one.get(Rooms), two.get(Rooms)];
    expect(first).not.toBe(second);
    expect(first.counter).not.toBe(second.counter);
    expect(first.pool).not.toBe(second.pool);
    expect(one.get(Pool)).toBe(first.pool);
    expect(one.get(Unreached)).toBe(one.get(Unreached));
    expect(one.get(Unreached)).not.toBe(two.get(Unreached));
    expect(globalContainer.isRegistered(Pool as never)).toBe(false);
    expect(globalContainer.resolve(Counter)).not.toBe(first.counter);
  });

  it("takes overrides instead of calling their bean methods, and leaves their end to their owner", async () => {
    const fake = Object.assign(new Pool("fake"), { dispose: () => void journal.push("never") });
    const context = await run(both, { beans: [[Pool, fake]] });
    expect(context.get(Rooms).pool).toBe(fake);
    await context.close();
    expect(journal).toEqual(["dispose Counter"]);
  });

  it("stops what was started when the address is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(run(both, { port })).rejects.toMatchObject({ code: "WS_LISTEN_FAILED" });
    expect(journal).toEqual(["make pool", "after", "start", "stop", "dispose Counter", "dispose pool"]);
    await new Promise((resolve) => other.close(resolve));
  });

  it("stops what was started when the deployment fails", async () => {
    @injectable()
    class Wrong {}
    await expect(run(both, { endpoints: [Wrong] })).rejects.toMatchObject({ code: "WS_DEPLOYMENT_FAILED" });
    expect(journal).toEqual(["make pool", "after", "dispose pool"]);
  });

  it("attaches to a server of the host and leaves it open", async () => {
    const server = createServer((_asked, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const context = await WirespringApplication.run(both, { server, signals: false, endpoints: [Chat], logger });
    expect(context.server).toBe(server);
    expect(server.listenerCount("upgrade")).toBe(1);
    await context.close();
    expect(server.listening).toBe(true);
    expect(server.listenerCount("upgrade")).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  it("lets singletons of endpoints take the ServerContainer", async () => {
    @singleton()
    class Admin {
      constructor(readonly sockets: ServerContainer) {}
      dispose(): void {
        journal.push("dispose Admin");
      }
    }
    @ServerEndpoint("/admin")
    class AdminEndpoint {
      constructor(readonly admin: Admin) {}
    }
    const context = await run(both, { endpoints: [AdminEndpoint] });
    expect(context.get(Admin).sockets).toBe(context.get(ServerContainer));
    await context.close();
    expect(journal).toContain("dispose Admin");
  });

  it("gives beans the Broadcaster of the endpoints", async () => {
    class Desk {
      constructor(readonly broadcaster: Broadcaster) {}
    }
    @ServerEndpoint("/news")
    class News {
      constructor(readonly broadcaster: Broadcaster) {}

      @OnOpen() opened(session: Session): void {
        this.broadcaster.subscribe(session, "news");
      }
    }
    @Configuration()
    class DeskConfig {
      @Bean() desk(broadcaster: Broadcaster): Desk {
        return new Desk(broadcaster);
      }
    }
    await using context = await run([DeskConfig, ExporterConfig], { endpoints: [News] });
    const client = new WebSocket(`${context.url.replace("http", "ws")}/news`);
    const messages = once(client, "message") as Promise<[Buffer]>;
    await once(client, "open");
    const { broadcaster } = context.get(Desk);
    expect(context.get(ServerContainer).broadcaster).toBe(broadcaster);
    expect(await broadcaster.publish("news", "paid")).toEqual({ recipients: 1 });
    expect(String((await messages)[0])).toBe("paid");
    await using other = await run([DeskConfig, ExporterConfig], { endpoints: [News] });
    expect(other.get(Desk).broadcaster).not.toBe(broadcaster);
  });

  it("refuses to run without an exporter, or with two", async () => {
    await expect(run(PoolConfig)).rejects.toThrow(
      "no configuration has an EndpointExporter, so nothing would serve the endpoints. Declare one: @Bean() endpointExporter(): EndpointExporter { return new EndpointExporter(); }",
    );
    @Configuration()
    class Second {
      @Bean({ token: "another" }) another(): EndpointExporter {
        return new EndpointExporter();
      }
    }
    await expect(run([...both, Second])).rejects.toThrow(
      "the configurations have 2 beans that are an EndpointExporter: an application has one server, and one of them for it. Give all endpoints to one",
    );
    expect(journal).toEqual(["make pool", "dispose pool", "make pool", "dispose pool"]);
  });

  it.each<[options: RunOptions, message: string]>([
    [
      { server: createServer(), handler: () => {} },
      "run was given both server and handler: handler belongs to whoever made the server",
    ],
    [{ server: createServer(), tls: {} }, "run was given both server and tls: tls belongs to whoever made the server"],
    [{ limits: { maxTextMesageSize: 1 } as never }, 'limits has no "maxTextMesageSize"; there are maxTextMessageSize,'],
    [{ limits: { drainTimeout: -1 } }, "drainTimeout must be a whole number from 1 to 2147483647, found -1"],
  ])("refuses wrong options before anything is made", async (options, message) => {
    await expect(run(both, options)).rejects.toThrow(message);
    expect(journal).toEqual([]);
  });
});

describe("ApplicationContext", () => {
  it("constructs nothing that nobody declared, nor what belongs to a connection", async () => {
    abstract class Abstract {}
    await using context = await run(both);
    expect(() => context.get(Abstract)).toThrow(
      "nothing in this application is found by Abstract: declare it as a @Bean, or decorate the class with @singleton() or @injectable()",
    );
    expect(() => context.get("nowhere")).toThrow('nothing in this application is found by "nowhere"');
    expect(() => context.get(Session)).toThrow("Session belongs to a connection and was asked for outside of one");
  });

  it("can be injected, and says what does not exist yet", async () => {
    @Configuration()
    class Curious {
      @Bean({ token: "curious" }) curious(@inject(ApplicationContext) context: ApplicationContext): unknown {
        expect(() => context.url).toThrow("the application does not listen yet");
        expect(() => context.server).toThrow("the application has no server yet");
        return { context };
      }
    }
    await using context = await run([...both, Curious]);
    expect(context.get<{ context: unknown }>("curious").context).toBe(context);
  });
});
