import {
  Bean,
  Configuration,
  EndpointExporter,
  HandshakeRequest,
  OnMessage,
  OnOpen,
  ServerContainer,
  ServerEndpoint,
  Session,
  WirespringApplication,
  type ApplicationContext,
  type RunOptions,
} from "wirespring";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { Heard } from "./heard.js";
import { localhostCertificate } from "./localhost-certificate.js";
import { haproxy, nginx, ProxyProgram } from "./proxy-program.js";

/** Two applications behind each proxy that the documentation has a configuration for. */

/** What the proxies let a connection rest, where the page has 60 seconds. */
const IDLE = "3000ms";

/** Less than that by so much that it does not matter how busy the machine is. */
const HEARTBEAT = 200;

const programs = inject("programs");
const proxies = [
  { kind: nginx, program: programs.nginx },
  { kind: haproxy, program: programs.haproxy },
];

/** What the handler of `/slow` waits for, and what it has got. */
let gate: Promise<void> = Promise.resolve();
const entered = new Heard();

@ServerEndpoint({ value: "/echo", maxTextMessageSize: 1_000_000, maxBinaryMessageSize: 1_000_000 })
class Echo {
  @OnMessage()
  text(text: string): string {
    return text;
  }
  @OnMessage()
  binary(bytes: Buffer): Buffer {
    return bytes;
  }
}

@ServerEndpoint({ value: "/whoami", requireSecure: true })
class WhoAmI {
  @OnOpen()
  async opened(session: Session, { remoteAddress, isSecure }: HandshakeRequest): Promise<void> {
    await session.remote.sendText(`${remoteAddress} ${isSecure}`);
  }
}

/** Says at which of the applications it is, and takes its time with everything else. */
@ServerEndpoint("/slow")
class Slow {
  @OnOpen()
  async opened(session: Session, request: HandshakeRequest): Promise<void> {
    await session.remote.sendText(String(request.localPort));
  }
  @OnMessage()
  async text(text: string): Promise<string> {
    entered.add(text);
    await gate;
    return text;
  }
}

@ServerEndpoint({ value: "/lively", heartbeatInterval: HEARTBEAT })
class Lively {
  @OnMessage()
  text(text: string): string {
    return text;
  }
}

@ServerEndpoint({ value: "/resting", heartbeatInterval: 0 })
class Resting {
  @OnMessage()
  text(text: string): string {
    return text;
  }
}

@Configuration()
class Web {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

/** Runs an application that stops listening when it is closed, or one on a server that goes on. */
function run(place: RunOptions): Promise<ApplicationContext> {
  const endpoints = [Echo, WhoAmI, Slow, Lively, Resting];
  // What these tests provoke is not news.
  const quiet = (): void => {};
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  return WirespringApplication.run(Web, { ...place, endpoints, signals: false, trustedProxies: ["127.0.0.1"], logger });
}

const portOf = (context: ApplicationContext): number => Number(new URL(context.url).port);

/** Where it is not installed, the run has said so in one line already, and these tests count as skipped. */
describe.each(proxies)("applications behind $kind.name", { timeout: 30_000 }, ({ kind, program }) => {
  describe.skipIf(program === undefined)(`as in ${kind.page}`, () => {
    let applications: [ApplicationContext, ApplicationContext];
    /** Of the first one; it answers 503 while that drains. */
    let server: Server;
    let proxy: ProxyProgram;
    const clients = new Set<WebSocket>();

    beforeAll(async () => {
      server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      applications = [await run({ server }), await run({ host: "127.0.0.1", port: 0 })];
      proxy = await ProxyProgram.start(kind, program!, [portOf(applications[0]), portOf(applications[1])], IDLE);
    }, 30_000);

    afterAll(async () => {
      for (const client of clients) client.terminate();
      await Promise.all(applications.map((application) => application.close()));
      server.close();
      await proxy?.[Symbol.asyncDispose]();
    });

    /** A client at 127.0.0.2, which is no trusted proxy. */
    function dial(path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
      const tls = { ca: localhostCertificate.cert, servername: "localhost", localAddress: "127.0.0.2" };
      const client = new WebSocket(`wss://127.0.0.1:${proxy.port}${path}`, { ...tls, headers });
      clients.add(client);
      return client;
    }

    async function connect(path: string): Promise<WebSocket> {
      const client = dial(path);
      await once(client, "open");
      return client;
    }

    async function nextText(client: WebSocket): Promise<string> {
      const [data] = (await once(client, "message")) as [Buffer];
      return String(data);
    }

    async function refused(path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
      const [, response] = await once(
        dial(path, headers).on("error", () => {}),
        "unexpected-response",
      );
      return (response as { readonly statusCode?: number }).statusCode;
    }

    /** A client of `/slow`, and the port of the application that it got to. */
    async function place(): Promise<{ client: WebSocket; port: number }> {
      const client = dial("/slow");
      return { client, port: Number(await nextText(client)) };
    }

    it("echo what they get, whole or in frames, up to a long message", async () => {
      const client = await connect("/echo");
      for (const message of ["hello", "", "grüß dich 😀", "x".repeat(1_000_000)]) {
        client.send(message);
        expect(await nextText(client)).toBe(message);
      }
      client.send(Buffer.from([0, 255]), { fin: false });
      client.send(Buffer.from([128]), { fin: true });
      expect(await once(client, "message")).toEqual([Buffer.from([0, 255, 128]), true]);
      client.close(4000, "enough");
      expect(await once(client, "close")).toEqual([4000, Buffer.from("enough")]);
    });

    it("know the address of the client, and that it speaks TLS, whatever it says itself", async () => {
      const honest = dial("/whoami");
      expect(await nextText(honest)).toBe("127.0.0.2 true");
      const forged = dial("/whoami", { "X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Forwarded-Proto": "https" });
      expect(await nextText(forged)).toBe("127.0.0.2 true");
    });

    it("take pages of their own host, as the proxy passes it on, and no others", async () => {
      const page = dial("/echo", { Origin: `https://127.0.0.1:${proxy.port}` });
      await once(page, "open");
      expect(await refused("/echo", { Origin: "https://evil.example" })).toBe(403);
      expect(await refused("/nowhere", {})).toBe(404);
    });

    it("keep a connection on which nothing happens by their heartbeat, and only by that", async () => {
      const [lively, resting] = await Promise.all([connect("/lively"), connect("/resting")]);
      let pings = 0;
      lively.on("ping", () => pings++);
      const closed: number[] = [];
      lively.once("close", (code) => closed.push(code));
      // The proxy has lost patience with the one that began together with the other.
      expect((await once(resting, "close"))[0]).toBe(1006);
      const before = pings;
      while (pings < before + 5) await once(lively, "ping");
      expect({ before: before > 3, closed }).toEqual({ before: true, closed: [] });
      lively.send("still here");
      expect(await nextText(lively)).toBe("still here");
    });

    it("drain: what was said is answered, then 1012 with a time; who comes meanwhile gets to the other", async () => {
      const [going, staying] = applications;
      let finish!: () => void;
      gate = new Promise((resolve) => (finish = resolve));
      let mine = await place();
      while (mine.port !== portOf(going)) mine = await place();
      mine.client.send("my last words");
      expect(await entered.next()).toBe("my last words");

      const sockets = going.get(ServerContainer);
      const closing = going.close();
      // Until one has been sent to the other application first, and was passed on.
      do expect((await place()).port).toBe(portOf(staying));
      while (sockets.metrics().upgradesRefused.draining === undefined);
      const heard: unknown[] = [];
      mine.client.on("message", (data: Buffer) => heard.push(String(data)));
      const closed = once(mine.client, "close") as Promise<[number, Buffer]>;
      finish();
      const [code, reason] = await closed;
      expect({ code, reason: String(reason), heard }).toEqual({
        code: 1012,
        reason: expect.stringMatching(/^retry=\d+$/),
        heard: ["my last words"],
      });
      await closing;
      server.close();
      await once(server, "close");
    });

    it("are told of as away when none is left", async () => {
      expect((await place()).port).toBe(portOf(applications[1]));
      await applications[1].close();
      expect([502, 503]).toContain(await refused("/echo", {}));
    });
  });
});
