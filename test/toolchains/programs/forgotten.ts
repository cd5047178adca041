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

/** What somebody writes whose compiler emits no types, and who has marked the bean only. */

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
  @Bean({ token: EndpointExporter })
  endpointExporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

async function main(): Promise<void> {
  await WirespringApplication.run(RoomConfig, { endpoints: [RoomEndpoint], host: "127.0.0.1", port: 0 });
}

void main();
