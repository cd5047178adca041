import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { Endpoint, isEndpointClass, overrides } from "./endpoint.js";
import { givenOptions, ServerEndpointConfig, ServerEndpointConfigurator, usesDefault } from "./endpoint-config.js";

class Feed extends Endpoint {
  override onOpen(): void {}
}

class Careful extends Feed {
  override onError(): void {}
}

class Coder {}

const create = (...args: unknown[]): ServerEndpointConfig =>
  ServerEndpointConfig.create(...(args as Parameters<typeof ServerEndpointConfig.create>));

describe("ServerEndpointConfig.create", () => {
  it("gives back what it was given, frozen and in order (J-12)", () => {
    const subprotocols = ["b", "a"];
    const extensions = [{ name: "x", parameters: [] }];
    const configurator = new ServerEndpointConfigurator();
    const config = ServerEndpointConfig.create(Feed, "/feed", {
      subprotocols,
      extensions,
      encoders: [Coder],
      decoders: [Coder],
      configurator,
      maxTextMessageSize: 9,
    });
    subprotocols.push("c");
    expect(config).toMatchObject({
      endpointClass: Feed,
      path: "/feed",
      subprotocols: ["b", "a"],
      extensions,
      encoders: [Coder],
      decoders: [Coder],
    });
    expect(config.configurator).toBe(configurator);
    expect(config.limits.maxTextMessageSize).toBe(9);
    expect(() => (config.subprotocols as string[]).push("d")).toThrowError(TypeError);
    expect(() => Object.assign(config, { path: "/other" })).toThrowError(TypeError);
    config.userProperties.set("a", 1);
    expect(config.userProperties.get("a")).toBe(1);
  });

  it("takes null for an empty list, and for no options", () => {
    const lists = { subprotocols: null, extensions: null, encoders: null, decoders: null, configurator: null };
    for (const config of [ServerEndpointConfig.create(Feed, "/", lists), ServerEndpointConfig.create(Feed, "/", null)])
      expect(config).toMatchObject({ subprotocols: [], extensions: [], encoders: [], decoders: [] });
  });

  it.each([null, undefined, "Feed", {}, () => Feed])("throws for a class that is %s", (type) => {
    expect(() => create(type, "/feed")).toThrowError(
      expect.objectContaining({ name: "TypeError", code: "WS_ILLEGAL_ARGUMENT" }),
    );
  });

  it.each([null, undefined, "feed", "", 7])("throws for a path that is %j", (path) => {
    expect(() => create(Feed, path)).toThrowError(expect.objectContaining({ name: "IllegalStateError" }));
  });

  it("throws for a list, a configurator or a limit that is none", () => {
    expect(() => create(Feed, "/", { encoders: Coder })).toThrowError(
      "ServerEndpointConfig.create(Feed) takes an array of encoders, found Coder",
    );
    expect(() => create(Feed, "/", { configurator: ServerEndpointConfigurator })).toThrowError(
      /takes a configurator object/,
    );
    expect(() => create(Feed, "/", { maxTextMessageSize: -1 })).toThrowError(RangeError);
  });
});

describe("givenOptions", () => {
  it("says only what was said, so that a decorator's word holds beside it", () => {
    const config = ServerEndpointConfig.create(Feed, "/feed", { encoders: null, roles: ["a"] });
    expect(givenOptions(config)).toEqual({
      options: { value: "/feed", encoders: [], roles: ["a"] },
      configurator: undefined,
    });
  });
});

describe("ServerEndpointConfigurator", () => {
  it("chooses the extensions that are installed, in the client's order, parameters kept (J-165)", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => ({ name, parameters: [{ name: "p", value: name }] }));
    const chosen = new ServerEndpointConfigurator().getNegotiatedExtensions(
      [{ name: "a", parameters: [] }, c!],
      [c!, b!, a!],
    );
    expect(chosen).toEqual([c, a]);
  });

  it("tells which hooks it leaves as they are", () => {
    class Mine extends ServerEndpointConfigurator {
      override checkOrigin(): boolean {
        return true;
      }
    }
    expect(usesDefault(new Mine(), "checkOrigin")).toBe(false);
    expect(usesDefault(new Mine(), "getNegotiatedExtensions")).toBe(true);
  });
});

describe("Endpoint", () => {
  it("is known by its subclasses, which say what they override", () => {
    expect(isEndpointClass(Feed)).toBe(true);
    expect(isEndpointClass(Coder)).toBe(false);
    expect(isEndpointClass({})).toBe(false);
    expect(overrides(Feed, "onError")).toBe(false);
    expect(overrides(Careful, "onError")).toBe(true);
    expect(overrides(Careful, "onClose")).toBe(false);
  });
});
