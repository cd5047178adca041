import {
  type HandshakeRequest,
  json,
  JsonEncoder,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
} from "wirespring";
import { subscribe } from "node:diagnostics_channel";
import type { DiagnosticEvents } from "wirespring/spi";
import type { HostileProgram } from "../hostile-program.js";

/** Endpoints for messages that are hostile in what they say. */

/** What was called that no peer should be able to call. */
const reached: string[] = [];

/** A message, with a method and an accessor that are no data. */
class Line {
  type: unknown = "";

  shout(): string {
    return String(this.type).toUpperCase();
  }

  get loud(): boolean {
    return true;
  }
}

@ServerEndpoint({ value: "/json", decoders: [json(Line)], encoders: [JsonEncoder] })
class Json {
  @OnMessage()
  said(line: Line): object {
    return { isLine: line instanceof Line, isAdmin: (line as { admin?: unknown }).admin !== undefined, line };
  }

  secret(): void {
    reached.push("secret");
  }

  error(): void {
    reached.push("error");
  }

  @OnClose()
  onClose(): void {
    reached.push("onClose");
  }
}

/** Takes more than the default, for what is refused by its form and not by its size. */
@ServerEndpoint({ value: "/large", decoders: [json(Line)], maxTextMessageSize: 2_000_000 })
class Large {
  @OnMessage()
  said(_line: Line): string {
    return "taken";
  }
}

/** Is told of what it cannot read, and goes on. */
@ServerEndpoint({ value: "/told", decoders: [json(Line)] })
class Told {
  @OnMessage()
  said(_line: Line): string {
    return "taken";
  }

  @OnError()
  async failed(session: Session, error: Error): Promise<void> {
    await session.remote.sendText(`${error.name}: ${error.message}`);
  }
}

@ServerEndpoint("/text")
class TextOnly {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint("/number")
class NumberOnly {
  @OnMessage()
  said(value: number): string {
    return String(value);
  }
}

/** Looks up names of the peer's in everything that is found by name. */
class Curious extends ServerEndpointConfigurator {
  override modifyHandshake(_config: unknown, { headers, pathParameters }: HandshakeRequest): void {
    const name = pathParameters.get("name")!;
    if (headers.get(name) !== undefined) reached.push(`header ${name}`);
  }
}

@ServerEndpoint({ value: "/by-name/{name}", configurator: Curious })
class ByName {
  @OnOpen()
  async opened(session: Session, @PathParam("name") name: string): Promise<void> {
    const { pathParameters, requestParameterMap, userProperties } = session;
    const found = [pathParameters.get(name), requestParameterMap.get(name)?.[0], userProperties.get(name)];
    await session.remote.sendText(JSON.stringify(found.map((value) => value ?? null)));
  }
}

@ServerEndpoint("/rooms/{room}")
class Room {
  @OnMessage()
  said(text: string): string {
    if (text === "fail") throw new Error("on demand");
    return text;
  }
}

/** The endpoints that events have named. */
const named = new Set<string | undefined>();
for (const name of [
  "wirespring:upgrade.refused",
  "wirespring:session.opened",
  "wirespring:session.closed",
  "wirespring:error",
] satisfies (keyof DiagnosticEvents)[])
  subscribe(name, (event) => void named.add((event as { readonly endpoint: string | undefined }).endpoint));

export const program: HostileProgram = {
  endpoints: [Json, Large, Told, TextOnly, NumberOnly, ByName, Room],
  options: { trustedProxies: ["127.0.0.1"] },
  commands: {
    /** What has changed of what all objects have. */
    polluted: () => Object.keys(Object.prototype).concat(({} as { admin?: string }).admin ?? []),
    reached: () => reached.splice(0),
    named: () => [...named],
  },
};
