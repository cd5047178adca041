import {
  Bean,
  Configuration,
  EndpointExporter,
  json,
  JsonEncoder,
  OnMessage,
  ServerEndpoint,
  Session,
  WirespringApplication,
} from "wirespring";
import { serveHarness } from "./standard-input.js";

/**
 * Wirespring as its users write it, with everything that is on by default. All endpoints are there in every mode: the path chooses.
 */

@ServerEndpoint("/echo")
class EchoEndpoint {
  @OnMessage()
  echo(message: Buffer): Buffer {
    return message;
  }
}

@ServerEndpoint("/async")
class AsyncEndpoint {
  @OnMessage()
  async echo(message: Buffer): Promise<Buffer> {
    await Promise.resolve();
    return message;
  }
}

@ServerEndpoint("/text")
class TextEndpoint {
  @OnMessage()
  echo(message: string): string {
    return message;
  }
}

class Envelope {
  constructor(
    readonly event: string,
    readonly data: string,
  ) {}

  static parse(this: void, value: unknown): Envelope {
    const { event, data } = (value ?? {}) as { event?: unknown; data?: unknown };
    if (event !== "m" || typeof data !== "string") throw new TypeError("not an envelope");
    return new Envelope(event, data);
  }
}

@ServerEndpoint({ value: "/json", decoders: [json(Envelope, Envelope.parse)], encoders: [JsonEncoder] })
class JsonEndpoint {
  @OnMessage()
  said({ data }: Envelope): Envelope {
    return new Envelope("m", data);
  }
}

/** Stands in for a broadcaster, which is not there yet: replace the loop by it, and the figures of P6 to P9 with it. */
function publishByLoop(text: string, session: Session): string {
  for (const other of session.openSessions) void other.remote.sendText(text);
  return "ok";
}

@ServerEndpoint("/topic")
class TopicEndpoint {
  @OnMessage()
  publish(text: string, session: Session): string {
    return publishByLoop(text, session);
  }
}

@ServerEndpoint({ value: "/deflate", compression: true })
class DeflateEndpoint {
  @OnMessage()
  publish(text: string, session: Session): string {
    return publishByLoop(text, session);
  }
}

@Configuration()
class BenchConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

const context = await WirespringApplication.run(BenchConfig, {
  endpoints: [EchoEndpoint, AsyncEndpoint, TextEndpoint, JsonEndpoint, TopicEndpoint, DeflateEndpoint],
  host: "127.0.0.1",
  port: 0,
});
serveHarness(Number(new URL(String(context.url)).port));
