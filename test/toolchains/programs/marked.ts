import {
  Arg,
  Bean,
  Configuration,
  EndpointExporter,
  OnMessage,
  PathParam,
  ServerEndpoint,
  Session,
  WirespringApplication,
} from "wirespring";
import { inject, singleton } from "tsyringe";

/** The same program for compilers that emit no types: it says each of them. */

@singleton()
class Greeter {
  greet(name: string, room: string): string {
    return `Hello ${name}, this is ${room}`;
  }
}

@ServerEndpoint("/rooms/{room}")
class RoomEndpoint {
  constructor(@inject(Greeter) private readonly greeter: Greeter) {}

  @OnMessage()
  said(
    @Arg(Session) session: Session,
    @Arg(String) name: string,
    @Arg(String) @PathParam("room") room: string,
  ): string | undefined {
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
  const context = await WirespringApplication.run(RoomConfig, {
    endpoints: [RoomEndpoint],
    host: "127.0.0.1",
    port: 0,
  });
  console.log(`listening on ${context.url}`);
}

void main();
