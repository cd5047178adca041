import { OnMessage, ServerEndpoint } from "wirespring";

/** Sends back what it gets. Each connection has an instance of its own. A peer that sends faster than it reads is not read from meanwhile. */
@ServerEndpoint({ value: "/echo", slowConsumer: "block" })
export class EchoEndpoint {
  // The type of the parameter says which messages a method takes; what it returns is sent.
  @OnMessage()
  text(message: string): string {
    return message;
  }

  @OnMessage()
  binary(message: Buffer): Buffer {
    return message;
  }
}
