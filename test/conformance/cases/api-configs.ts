import { container as tsyringe } from "tsyringe";
import { expect } from "vitest";
import {
  ClientEndpointConfig,
  ClientEndpointConfigurator,
  Decoder,
  Decodes,
  Encoder,
  Encodes,
  EndpointExporter,
  IllegalStateError,
  OnMessage,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  WebSocketContainer,
  type EndpointExporterOptions,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";

/** The configuration objects and the container's defaults: `api/server/serverendpointconfig`, `api/clientendpointconfig`, `api/websocketcontainer`. */

class Configured {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@Encodes(Boolean)
class BooleanEncoder extends Encoder.Text<boolean> {
  encode(value: boolean): string {
    return String(value);
  }
}

@Encodes(Error)
class ErrorEncoder extends Encoder.Text<Error> {
  encode(value: Error): string {
    return value.message;
  }
}

@Decodes(Boolean)
class BooleanDecoder extends Decoder.Text<boolean> {
  decode(text: string): boolean {
    return text === "true";
  }
}

@Decodes(Number)
class NumberDecoder extends Decoder.Text<number> {
  decode(text: string): number {
    return Number(text);
  }
}

const SUBPROTOCOLS = ["soap", "WAMP", "v10.stomp", "v11.stomp"];
const EXTENSIONS = [
  { name: "ext1", parameters: [{ name: "prop", value: "val" }] },
  { name: "ext2", parameters: [] },
];
const ENCODERS = [ErrorEncoder, BooleanEncoder];
const DECODERS = [NumberDecoder, BooleanDecoder];
const EMPTY = { subprotocols: [], extensions: [], encoders: [], decoders: [] };

const server = new CaseList("api/server/serverendpointconfig", ["none"]);
const changed = CHANGES.options;
type ServerOptions = NonNullable<Parameters<typeof ServerEndpointConfig.create>[2]>;

/** Everything that a configuration says; the lists in order, unchangeable, and not the ones that were given. */
function expectServer(options: ServerOptions): void {
  const config = ServerEndpointConfig.create(Configured, "/configured", options);
  expect(config).toBeInstanceOf(ServerEndpointConfig);
  expect([config.endpointClass, config.path]).toEqual([Configured, "/configured"]);
  for (const name of ["subprotocols", "extensions", "encoders", "decoders"] as const) {
    expect(config[name]).toEqual(options[name] ?? EMPTY[name]);
    expect(() => (config[name] as unknown[]).push("more")).toThrow(TypeError);
  }
  if (options.configurator) expect(config.configurator).toBe(options.configurator);
  else expect(Object.getPrototypeOf(config.configurator)).toBe(ServerEndpointConfigurator.prototype);
}

class OwnConfigurator extends ServerEndpointConfigurator {}
const configurator = new OwnConfigurator();

server.add("constructortest", { changed }, () => {
  expectServer({});
  expectServer({ subprotocols: null, extensions: null, encoders: null, decoders: null });
});
server.add("subprotocolsTest", { changed }, () => expectServer({ subprotocols: SUBPROTOCOLS }));
server.add("extensionsTest", { changed }, () => expectServer({ extensions: EXTENSIONS }));
server.add("encodersTest", { changed }, () => expectServer({ encoders: ENCODERS }));
server.add("decodersTest", { changed }, () => expectServer({ decoders: DECODERS }));
server.add("configuratorTest", { changed }, () => expectServer({ configurator }));
server.add("constructorTest1", { changed }, () => expectServer({ subprotocols: SUBPROTOCOLS, extensions: EXTENSIONS }));
server.add("constructorTest2", { changed }, () =>
  expectServer({ subprotocols: SUBPROTOCOLS, extensions: EXTENSIONS, decoders: DECODERS }),
);
server.add("constructorTest3", { changed }, () =>
  expectServer({ subprotocols: SUBPROTOCOLS, extensions: EXTENSIONS, decoders: DECODERS, encoders: ENCODERS }),
);
server.add("constructorTest4", { changed }, () => {
  expectServer({ configurator, subprotocols: null });
});
server.add("constructorTest5", { changed }, () =>
  expectServer({
    subprotocols: SUBPROTOCOLS,
    extensions: EXTENSIONS,
    decoders: DECODERS,
    encoders: ENCODERS,
    configurator,
  }),
);
server.add("getEndpointClassTest", { changed }, () => {
  expect(ServerEndpointConfig.create(Configured, "/a").endpointClass).toBe(Configured);
  expect(() => ServerEndpointConfig.create(null as never, "/a")).toThrow(TypeError);
});
server.add("getPathTest", { changed }, () => {
  expect(ServerEndpointConfig.create(Configured, "/a/{b}").path).toBe("/a/{b}");
  for (const path of [null, undefined, "", "a"])
    expect(() => ServerEndpointConfig.create(Configured, path as never)).toThrow(IllegalStateError);
});

const client = new CaseList("api/clientendpointconfig", ["none"]);
const clientChanged = CHANGES.clientOptions;
type ClientOptions = NonNullable<Parameters<typeof ClientEndpointConfig.create>[0]>;

class OwnClientConfigurator extends ClientEndpointConfigurator {}
const clientConfigurator = new OwnClientConfigurator();

function expectClient(options: ClientOptions): void {
  const config = ClientEndpointConfig.create(options);
  expect(config).toBeInstanceOf(ClientEndpointConfig);
  for (const name of ["subprotocols", "extensions", "encoders", "decoders"] as const) {
    expect(config[name]).toEqual(options[name] ?? EMPTY[name]);
    expect(() => (config[name] as unknown[]).push("more")).toThrow(TypeError);
  }
  if (options.configurator) expect(config.configurator).toBe(options.configurator);
}

client.add("constructortest", { changed: clientChanged }, () => expectClient({}));
client.add("preferredSubprotocolsTest", { changed: clientChanged }, () => expectClient({ subprotocols: SUBPROTOCOLS }));
client.add("encodersTest", { changed: clientChanged }, () => expectClient({ encoders: ENCODERS }));
client.add("decodersTest", { changed: clientChanged }, () => expectClient({ decoders: DECODERS }));
client.add("configuratorTest", { changed: clientChanged }, () => expectClient({ configurator: clientConfigurator }));
const COMPRESSION = [{ name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: "" }] }];
const deflateOnly = { changed: `${clientChanged}; an extension that nobody here can do is refused at once` };

client.add("extensionsTest", deflateOnly, () => {
  expectClient({ extensions: COMPRESSION });
  expect(() => ClientEndpointConfig.create({ extensions: EXTENSIONS })).toThrow(TypeError);
});
client.add("constructorTest1", deflateOnly, () =>
  expectClient({ subprotocols: SUBPROTOCOLS, extensions: COMPRESSION }),
);
client.add("constructorTest2", deflateOnly, () =>
  expectClient({ subprotocols: SUBPROTOCOLS, extensions: COMPRESSION, decoders: DECODERS }),
);
client.add("constructorTest3", deflateOnly, () =>
  expectClient({ subprotocols: SUBPROTOCOLS, extensions: COMPRESSION, decoders: DECODERS, encoders: ENCODERS }),
);
client.add("constructorTest5", deflateOnly, () =>
  expectClient({
    subprotocols: SUBPROTOCOLS,
    extensions: COMPRESSION,
    decoders: DECODERS,
    encoders: ENCODERS,
    configurator: clientConfigurator,
  }),
);
client.add("constructorTest4", { changed: clientChanged }, () => expectClient({ configurator: clientConfigurator }));

const container = new CaseList("api/websocketcontainer", ["none"]);
const defaults = { changed: CHANGES.containerDefaults };
const asserted = {
  changed: `${CHANGES.containerDefaults}; the default is looked at, where the original only reads it`,
};

container.add("getMaxSessionIdleTimeoutTest", asserted, () => {
  expect(new WebSocketContainer().defaultMaxSessionIdleTimeout).toBe(0);
});
container.add("setMaxSessionIdleTimeoutTest", defaults, () => {
  const made = new WebSocketContainer();
  for (const value of [987_654_321, 9_876_543_210, -1]) {
    made.defaultMaxSessionIdleTimeout = value;
    expect(made.defaultMaxSessionIdleTimeout).toBe(value);
  }
});
container.add("getMaxTextMessageBufferSizeTest", asserted, () => {
  expect(new WebSocketContainer().defaultMaxTextMessageSize).toBe(65_536);
});
container.add("setMaxTextMessageBufferSizeTest", defaults, () => {
  const made = new WebSocketContainer();
  made.defaultMaxTextMessageSize = 987_654_321;
  expect(made.defaultMaxTextMessageSize).toBe(987_654_321);
});
container.add("getMaxBinaryMessageBufferSizeTest", asserted, () => {
  expect(new WebSocketContainer().defaultMaxBinaryMessageSize).toBe(65_536);
});
container.add("setMaxBinaryMessageBufferSizeTest", defaults, () => {
  const made = new WebSocketContainer();
  made.defaultMaxBinaryMessageSize = 987_654_321;
  expect(made.defaultMaxBinaryMessageSize).toBe(987_654_321);
});
container.add("getDefaultAsyncSendTimeoutTest", asserted, () => {
  expect(new WebSocketContainer().defaultSendTimeout).toBe(0);
});
container.add("setAsyncSendTimeoutTest", defaults, () => {
  const made = new WebSocketContainer();
  made.defaultSendTimeout = 987_654_321;
  expect(made.defaultSendTimeout).toBe(987_654_321);
});

container.add("getInstalledExtensionsTest", asserted, async () => {
  const installed = async (options: EndpointExporterOptions): Promise<readonly string[]> => {
    const exporter = new EndpointExporter({
      ...options,
      endpoints: [],
      allowEmpty: true,
      container: tsyringe.createChildContainer(),
    });
    await using sockets = await exporter.export();
    return sockets.installedExtensions.map(({ name }) => name);
  };
  expect(await installed({})).toEqual([]);
  expect(await installed({ compression: true })).toEqual(["permessage-deflate"]);
});

export const apiConfigCases = [...server.cases, ...client.cases, ...container.cases];
