import {
  Bean,
  Configuration,
  EndpointExporter,
  OnMessage,
  PathParam,
  ServerEndpoint,
  Session,
  WirespringApplication,
} from "wirespring";
import { singleton } from "tsyringe";

/** A program that says nothing twice: what is injected and what handlers take is known by its type alone. */

@singleton()
class Greeter {
  greet(name: string, room: string): string {
    return `Hello ${name}, this is ${room}`;
  }
}

@ServerEndpoint("/rooms/{room}")
class RoomEndpoint {
  constructor(private readonly greeter: Greeter) {}

  @OnMessage()
  said(session: Session, name: string, @PathParam("room") room: string): string | undefined {
    return session.isOpen ? this.greeter.greet(name, room) : undefined;
  }
}

@Configuration()
class RoomConfig {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

async function main(): Promise<void> {
  const context = await WirespringApplication.run(RoomConfig, {
    endpoints: [RoomEndpoint],
    host: "127.0.0.1",
    port: 0,
  });
  console.log(`listening on ${context.url}`);
}

void main();
