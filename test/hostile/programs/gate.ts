import {
  Bean,
  Configuration,
  EndpointExporter,
  OnMessage,
  OnOpen,
  ServerContainer,
  ServerEndpoint,
  ServerEndpointConfigurator,
  WirespringApplication,
  type ApplicationContext,
  type HandshakeRequest,
  type HandshakeResponse,
  type Principal,
  type ServerEndpointConfig,
} from "wirespring";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { HostileProgram, Running } from "../hostile-program.js";

/** Endpoints behind guards of all kinds, for peers that do not get in. */

/** What guards and endpoints were told since somebody asked. */
const heard: string[] = [];

@ServerEndpoint("/echo")
class Echo {
  @OnOpen()
  opened(): void {
    heard.push("open /echo");
  }

  @OnMessage()
  said(text: string): string {
    return text;
  }
}

/** Tells which path a guard was asked about. */
class SeesPath extends ServerEndpointConfigurator {
  override modifyHandshake(config: ServerEndpointConfig, request: HandshakeRequest): void {
    heard.push(JSON.stringify([config.path, Object.fromEntries(request.pathParameters), request.requestURI.pathname]));
  }
}

@ServerEndpoint({ value: "/rooms/{room}", configurator: SeesPath })
class Room {}

@ServerEndpoint({ value: "/files/{name}", configurator: SeesPath, allowEncodedSlash: true })
class Files {}

@ServerEndpoint({ value: "/admin", roles: ["admin"] })
class Admin {}

interface Waiting {
  readonly request: HandshakeRequest;
  readonly answer: (principal: Principal | null) => void;
}

const waiting: Waiting[] = [];

/** Answers when it is told to, or never. */
class Waits extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Promise<Principal | null> {
    return new Promise((answer) => waiting.push({ request, answer }));
  }
}

@ServerEndpoint({ value: "/slow", configurator: Waits })
class Slow {
  @OnOpen()
  opened(): void {
    heard.push("open /slow");
  }
}

// @ts-expect-error -- whoever is compiled cannot give what is no boolean (T21).
const text: ServerEndpointConfigurator["checkOrigin"] = () => "true";

/** Answers what is no answer, as a hook of JavaScript may. */
class Careless extends ServerEndpointConfigurator {
  static readonly #answers = new Map<string, (origin: string | null, request: HandshakeRequest) => unknown>([
    ["one", () => 1],
    ["text", text],
    ["object", () => ({})],
    ["nothing", () => undefined],
    ["promise-of-false", () => Promise.resolve(false)],
    ["promise-of-one", () => Promise.resolve(1)],
    // oxlint-disable-next-line unicorn/no-thenable -- it is what some hook may give
    ["thenable-of-false", () => ({ then: (resolve: (value: boolean) => void) => resolve(false) })],
    [
      "throws",
      () => {
        throw new Error("a guard is broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("a guard is broken"))],
    ["rejects-with-nothing", () => Promise.reject(undefined)],
  ]);

  override checkOrigin(origin: string | null, request: HandshakeRequest): boolean {
    return Careless.#answers.get(request.query.get("how")!)!(origin, request) as boolean;
  }

  override authenticate(request: HandshakeRequest): null {
    return (request.query.get("who") ?? null) as null;
  }
}

@ServerEndpoint({ value: "/careless", configurator: Careless })
class Carelessly {}

/** Puts what it was sent into every place of an answer. */
class Copies extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): null {
    if (request.query.get("where") === "error") throw new Error(request.query.get("text")!);
    return null;
  }

  override getNegotiatedSubprotocol(_supported: readonly string[], _requested: readonly string[]): string {
    return copied ?? "";
  }

  override modifyHandshake(
    _config: ServerEndpointConfig,
    request: HandshakeRequest,
    response: HandshakeResponse,
  ): void {
    const text = request.query.get("text") ?? "";
    switch (request.query.get("where")) {
      case "value":
        return response.setHeader("X-Copy", text);
      case "second value":
        return response.addHeader("X-Copy", ["one", text]);
      case "name":
        return response.setHeader(text, "copy");
      case "location":
        response.setHeader("Location", text);
        return response.refuse(302);
      case "body":
        response.setHeader("Content-Type", "text/html");
        return response.refuse(403, text);
    }
  }
}

/** What is answered as subprotocol. */
let copied: string | undefined;

@ServerEndpoint({ value: "/copies", configurator: Copies })
class Copy {}

/** Breaks, in its own words. */
@ServerEndpoint("/fails")
class Fails {
  @OnMessage()
  said(_text: string): void {
    throw new Error("a handler is broken");
  }
}

@ServerEndpoint({ value: "/private", requireSecure: true })
class Private {}

let other: ((request: IncomingMessage, socket: Duplex) => void) | undefined;

/** Another library of the same server, which knows `/other`. */
function addOther({ context }: Running): void {
  other = ({ url }, socket) => {
    if (url === "/other") socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
  };
  context.server.on("upgrade", other);
}

function removeOther({ context }: Running): void {
  context.server.off("upgrade", other!);
}

/** Has a second exporter serve the same server. Gives what it is told. */
async function exportAgain({ context }: Running): Promise<string> {
  const exporter = new EndpointExporter({ endpoints: [Admin] });
  return exporter.export(context.server).then(
    () => "nothing",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

@Configuration()
class Again {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

/** Has a second application run on the same server. Gives what it is told. */
async function runAgain({ context }: Running): Promise<string> {
  return WirespringApplication.run(Again, { server: context.server, endpoints: [Admin], signals: false }).then(
    (second: ApplicationContext) => `nothing, but serves ${second.get(ServerContainer).paths.join()}`,
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** The connection that came last, since somebody asked. */
let latest: Socket | undefined;
let watching = false;

/** Answers when so many bytes were read of the connection that came last. */
async function reading({ context }: Running, bytes: unknown): Promise<void> {
  if (!watching) context.server.on("connection", (socket: Socket) => (latest = socket));
  watching = true;
  while (((latest as Socket | undefined)?.bytesRead ?? 0) < (bytes as number)) await setImmediate();
  latest = undefined;
}

export const program: HostileProgram = {
  endpoints: [Echo, Room, Files, Admin, Slow, Carelessly, Copy, Fails, Private],
  commands: {
    heard: () => heard.splice(0),
    /** Answers when so many guards of `/slow` are at work. */
    guarding: async (_running, count) => {
      while (waiting.length < (count as number)) await setImmediate();
    },
    /** Answers when so many of them were told that it is over. */
    aborted: async (_running, count) => {
      while (waiting.filter(({ request }) => request.signal.aborted).length < (count as number)) await setImmediate();
    },
    /** Lets them answer, and tells how many had been told before that it is over. */
    answer: () => {
      const guards = waiting.splice(0);
      const aborted = guards.filter(({ request }) => request.signal.aborted).length;
      for (const { answer } of guards) answer(null);
      return aborted;
    },
    /** The `Session` of `/copies` gets this as its subprotocol. */
    copy: (_running, text) => void (copied = text as string | undefined),
    reading,
    addOther,
    removeOther,
    exportAgain,
    runAgain,
  },
};
