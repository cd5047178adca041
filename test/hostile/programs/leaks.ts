import {
  type HandshakeRequest,
  json,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  type Principal,
  ServerEndpoint,
  ServerEndpointConfigurator,
} from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** Endpoints that fail in every way in which something could leak, to the peer or into the log. */

class Login {
  password = "";
}

/** Fails, as applications do, with what it was given in the message. */
@ServerEndpoint({ value: "/fails/{how}", decoders: [json(Login)] })
class Fails {
  @OnOpen()
  opened(@PathParam("how") how: string): void {
    if (how.startsWith("open")) throw new Error(`cannot open ${how}`);
  }

  @OnMessage()
  said(login: Login): string {
    if (login.password === "") return "empty";
    throw new Error("the database has refused: internal detail", { cause: new Error("at db-7.internal") });
  }
}

/** What its hook throws is nobody's business outside. */
class Refuses extends ServerEndpointConfigurator {
  override authenticate({ queryString }: HandshakeRequest): Principal | null {
    if (queryString !== null) throw new Error("internal detail of the directory");
    return null;
  }
}

@ServerEndpoint({ value: "/hook", configurator: Refuses })
class Hook {}

/** Throws what is no error at all. */
@ServerEndpoint("/throws/{what}")
class Throws {
  @OnMessage()
  said(_text: string, @PathParam("what") what: string): void {
    const values: Readonly<Record<string, () => unknown>> = {
      undefined: () => undefined,
      text: () => "internal detail",
      round: () => {
        const round: Record<string, unknown> = {};
        round["round"] = round;
        return round;
      },
      "revoked-proxy": () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
      "long-error": () => new Error("internal detail ".repeat(100_000)),
      "unreadable-error": () =>
        Object.defineProperty(new Error("internal detail"), "stack", {
          get: () => {
            throw new Error("no stack");
          },
        }),
    };
    throw values[what]!();
  }
}

/** Its own handler of errors fails, too. */
@ServerEndpoint("/fails-twice")
class FailsTwice {
  @OnMessage()
  said(_text: string): void {
    throw new Error("internal detail");
  }

  @OnError()
  failed(_error: Error): void {
    throw new Error("internal detail, too");
  }
}

export const program: HostileProgram = { endpoints: [Fails, Hook, Throws, FailsTwice] };
