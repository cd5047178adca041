import "reflect-metadata";
import { container, inject, singleton } from "tsyringe";
import { describe, expect, it } from "vitest";
import { getServerEndpointMetadata } from "./declaration.js";
import { Arg, ENDPOINTS, OnClose, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint } from "./decorators.js";
import { ServerEndpointConfigurator } from "./endpoint-config.js";

function registrations(type: unknown): number {
  return container.resolveAll(ENDPOINTS).filter((endpoint) => endpoint === type).length;
}

describe("ServerEndpoint", () => {
  it("records the path, with empty lists for what was left out (J-3)", () => {
    @ServerEndpoint("/chat")
    class Chat {}
    expect(getServerEndpointMetadata(Chat)).toEqual({
      value: "/chat",
      subprotocols: [],
      encoders: [],
      decoders: [],
    });
  });

  it("records the options, frozen and in order", () => {
    class Gatekeeper extends ServerEndpointConfigurator {}
    const subprotocols = ["v2", "v1"];
    @ServerEndpoint({ value: "/chat", subprotocols, configurator: Gatekeeper, maxTextMessageSize: 5 })
    class Chat {}
    subprotocols.reverse();
    const metadata = getServerEndpointMetadata(Chat)!;
    expect(metadata).toMatchObject({ subprotocols: ["v2", "v1"], configurator: Gatekeeper, maxTextMessageSize: 5 });
    expect([metadata, metadata.subprotocols, metadata.encoders, metadata.decoders].every(Object.isFrozen)).toBe(true);
  });

  it("is not inherited (J-23)", () => {
    @ServerEndpoint("/chat")
    class Chat {}
    class LoudChat extends Chat {}
    expect(getServerEndpointMetadata(LoudChat)).toBeUndefined();
    expect(registrations(LoudChat)).toBe(0);
  });

  it("registers the class as a value under ENDPOINTS, once", () => {
    @ServerEndpoint("/chat")
    @ServerEndpoint("/chat")
    class Chat {
      constructor() {
        expect.fail("must not be constructed");
      }
    }
    expect(registrations(Chat)).toBe(1);
    expect(ENDPOINTS).toBe(Symbol.for("wirespring.endpoints"));
  });

  it("makes the class injectable, also below @singleton()", () => {
    class Service {}
    @ServerEndpoint("/chat")
    class Chat {
      constructor(
        readonly service: Service,
        @inject("name") readonly name: string,
      ) {}
    }
    @singleton()
    @ServerEndpoint({ value: "/shared", shared: true })
    class Shared {}
    const child = container.createChildContainer().register("name", { useValue: "n" });
    expect(child.resolve(Chat)).toMatchObject({ service: new Service(), name: "n" });
    expect(child.resolve(Shared)).toBe(child.resolve(Shared));
  });

  it("does not compile on an abstract class", () => {
    abstract class Base {}
    // @ts-expect-error: an abstract class cannot be an endpoint.
    ServerEndpoint("/chat")(Base);
    expect(getServerEndpointMetadata(Base as never)).toBeDefined();
  });
});

describe("decorators", () => {
  it("never throw, whatever they are put on", () => {
    const junk: unknown[] = [undefined, null, 5, "x", Symbol("s"), {}, [], () => 1, class {}];
    const made = [
      ...junk.map((options) => ServerEndpoint(options as never)),
      ...junk.map((options) => OnMessage(options as never)),
      ...junk.map((name) => PathParam(name as never, name as never)),
      ...junk.map((type) => Arg(type as never)),
      OnOpen(),
      OnClose(),
      OnError(),
    ] as ((...args: unknown[]) => void)[];
    const targets = [undefined, null, 5, {}, class {}, (): number => 1];
    const seconds = [undefined, "name", Symbol("name"), { kind: "method", name: "said" }];
    for (const decorate of made)
      for (const target of targets)
        for (const second of seconds)
          for (const third of [undefined, 0, {}, { value: () => 1 }])
            expect(() => decorate(target, second, third)).not.toThrow();
  });
});
