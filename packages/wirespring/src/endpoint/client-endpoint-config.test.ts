import "reflect-metadata";
import { describe, expect, it } from "vitest";
import * as Encoder from "../codec/encoder.js";
import { ClientEndpointConfig, DEFAULT_CONNECT_TIMEOUT, givenClientOptions } from "./client-endpoint-config.js";
import { ClientEndpointConfigurator, type ClientEndpointOptions } from "./client-options.js";

class Shout extends Encoder.Text<string> {
  encode(value: string): string {
    return value.toUpperCase();
  }
}

const DEFLATE = { name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: "" }] };

describe("ClientEndpointConfig.create (J-188)", () => {
  it("has defaults for everything, and empty lists for null", () => {
    const given = { subprotocols: null, encoders: null } as unknown as ClientEndpointOptions;
    for (const config of [
      ClientEndpointConfig.create(),
      ClientEndpointConfig.create(null),
      ClientEndpointConfig.create(given),
    ]) {
      expect([config.subprotocols, config.extensions, config.encoders, config.decoders]).toEqual([[], [], [], []]);
      expect([config.headers, config.tls, config.agent]).toEqual([{}, null, undefined]);
      expect(config.connectTimeout).toBe(10_000);
      expect(config.configurator).toBeInstanceOf(ClientEndpointConfigurator);
      expect(config.userProperties).toEqual(new Map());
    }
    expect(DEFAULT_CONNECT_TIMEOUT).toBe(10_000);
  });

  it("copies what it is given, and freezes it", () => {
    const subprotocols = ["chat"];
    const userProperties = new Map([["a", 1]]);
    const configurator = new ClientEndpointConfigurator();
    const config = ClientEndpointConfig.create({
      subprotocols,
      userProperties,
      configurator,
      encoders: [() => Shout],
      extensions: [DEFLATE],
    });
    subprotocols.push("late");
    userProperties.set("b", 2);
    expect(config.subprotocols).toEqual(["chat"]);
    expect(config.userProperties).toEqual(new Map([["a", 1]]));
    expect(config.configurator).toBe(configurator);
    expect(config.encoders).toEqual([Shout]);
    expect(config.extensions).toEqual([DEFLATE]);
    expect(() => (config.subprotocols as string[]).push("x")).toThrow(TypeError);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each<[string, unknown, RegExp]>([
    ["a text", "chat", /takes an object of options, found string/],
    ["an unknown option", { value: "/chat" }, /has no option "value", expected one of subprotocols/],
    ["a subprotocol that is no token", { subprotocols: ["a b"] }, /subprotocols has "a b", which is no token/],
    ["a timeout of zero", { connectTimeout: 0 }, /connectTimeout must be a whole number from 1/],
    ["a limit that is none", { maxTextMessageSize: -1 }, /maxTextMessageSize must be a whole number/],
    ["another extension", { extensions: [{ name: "x", parameters: [] }] }, /has "x", which nobody here can do/],
    [
      "a parameter of no RFC",
      { extensions: [{ name: "permessage-deflate", parameters: [{ name: "server_max_window_bits", value: "7" }] }] },
      /server_max_window_bits=7, which RFC 7692 does not know/,
    ],
    [
      "a field of the handshake",
      { headers: { "sec-websocket-protocol": "x" } },
      /leave it out, and say it by subprotocols/,
    ],
    [
      "a field that HTTP does not allow",
      { headers: { "X-A": "a\r\nb" } },
      /X-A with a character that HTTP does not allow/,
    ],
    ["a name that HTTP does not allow", { headers: { "X A": "a" } }, /"X A", which is no name of a header field/],
    [
      "a configurator of a server",
      { configurator: class Gate {} },
      /is Gate, which does not extend ClientEndpointConfigurator/,
    ],
    ["tls that is no object", { tls: true }, /tls must be an object, found true/],
    ["user properties that are no map", { userProperties: {} }, /userProperties must be a Map/],
  ])("throws TypeError for %s", (_name, options, message) => {
    const make = (): unknown => ClientEndpointConfig.create(options as ClientEndpointOptions);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ name: "TypeError", code: "WS_ILLEGAL_ARGUMENT" }));
  });
});

describe("givenClientOptions", () => {
  it("gives what was said, and nothing that is a default", () => {
    expect(givenClientOptions(ClientEndpointConfig.create({ subprotocols: ["chat"] }))).toEqual({
      subprotocols: ["chat"],
    });
  });
});
