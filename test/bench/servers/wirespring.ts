import {
  Bean,
  Broadcaster,
  Configuration,
  EndpointExporter,
  json,
  JsonEncoder,
  OnMessage,
  OnOpen,
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

/** Everybody is in one topic; the answer does not wait for the others. */
abstract class Topic {
  constructor(protected readonly broadcaster: Broadcaster) {}

  @OnOpen()
  opened(session: Session): void {
    this.broadcaster.subscribe(session, "all");
  }

  @OnMessage()
  publish(text: string): string {
    void this.broadcaster.publish("all", text);
    return "ok";
  }
}

@ServerEndpoint("/topic")
class TopicEndpoint extends Topic {
  constructor(broadcaster: Broadcaster) {
    super(broadcaster);
  }
}

@ServerEndpoint({ value: "/deflate", compression: true })
class DeflateEndpoint extends Topic {
  constructor(broadcaster: Broadcaster) {
    super(broadcaster);
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
