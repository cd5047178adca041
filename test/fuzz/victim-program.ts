// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  json,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  PongMessage,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  TextReader,
} from "wirespring";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { heapInUse, type Left } from "./fuzzer.js";
import { silent } from "./silence.js";

/**
 * A server for peers that mean harm, in a process of its own; started by `victim.ts`. Says `listening <port>`, answers each line on standard input
 * and says what is open when it is asked for `left`, and ends when that ends. It has no handler for what nobody catches: its exit code is the verdict.
 */

@ServerEndpoint({ value: "/echo", slowConsumer: "block" })
class Echo {
  @OnMessage()
  text(text: string): string {
    return text;
  }
  @OnMessage()
  bytes(bytes: Buffer): Buffer {
    return bytes;
  }
  @OnMessage()
  pong(_pong: PongMessage): void {}
}

@ServerEndpoint("/parts")
class Parts {
  @OnMessage()
  part(part: string, last: boolean): string {
    return `${part.length} ${last}`;
  }
  @OnMessage()
  bytes(part: Buffer, last: boolean): string {
    return `${part.length} ${last}`;
  }
}

@ServerEndpoint("/stream")
class Streams {
  @OnMessage()
  async read(reader: TextReader): Promise<number> {
    let length = 0;
    for await (const text of reader) length += text.length;
    return length;
  }
}

class Line {
  text = "";
}

@ServerEndpoint({ value: "/json", decoders: [json(Line)] })
class Lines {
  @OnMessage()
  said(line: Line): string {
    return String(line.text).slice(0, 10);
  }
  @OnError()
  failed(_error: Error): void {}
}

/** Takes its time: peers leave meanwhile. */
class Guard extends ServerEndpointConfigurator {
  override async modifyHandshake(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

@ServerEndpoint({ value: "/room/{name}", configurator: Guard })
class Room {
  @OnOpen()
  async opened(session: Session, @PathParam("name") name: string): Promise<void> {
    await Promise.resolve();
    void session.remote.sendText(name);
  }
  @OnMessage()
  async said(session: Session, text: string): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (text === "a") throw new Error("a handler has failed");
    await session.remote.sendText(text);
  }
}

const endpoints = [Echo, Parts, Streams, Lines, Room];

const server = createServer((_request, response) => response.writeHead(404).end());
const sockets = await new EndpointExporter({
  endpoints,
  compression: true,
  logger: silent,
  limits: { maxTextMessageSize: 4_096, maxBinaryMessageSize: 4_096, closeTimeout: 1_000, maxPendingUpgrades: 1_000 },
}).export(server);

/** What is open in this process. */
function left(): Left {
  const open: Record<string, number> = { sessions: sockets.metrics().sessionsOpen };
  for (const name of process.getActiveResourcesInfo()) open[name] = (open[name] ?? 0) + 1;
  return { heap: heapInUse(), open };
}

async function stop(host: Server): Promise<void> {
  await sockets.close();
  host.close();
  host.closeAllConnections();
}

server.listen(0, "127.0.0.1", () => console.log(`listening ${(server.address() as AddressInfo).port}`));
createInterface(process.stdin)
  .on("line", (line) => console.log(line === "left" ? JSON.stringify(left()) : "here"))
  .on("close", () => void stop(server));
