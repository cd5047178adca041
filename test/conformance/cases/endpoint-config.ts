import { expect } from "vitest";
import {
  Endpoint,
  EndpointConfig,
  HandshakeRequest,
  HandshakeResponse,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  Session,
  type Class,
  type Extension,
  type ServerEndpointConfigOptions,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import type { Introduction, Stage } from "../stage.js";
import { BinaryBeanDecoder, BinaryBeanEncoder, StringBean, TextBeanDecoder, TextBeanEncoder } from "./string-bean.js";

/**
 * What an endpoint is told of its configuration when it is open: `ee/server/serverendpointconfig` and its `builder` (J-3, J-4, J-12, J-13, J-125).
 */

const SUBPROTOCOLS = ["abc", "def"];
const EXTENSIONS: readonly Extension[] = [
  { name: "firstExtName", parameters: [{ name: "firstName", value: "firstValue" }] },
  { name: "secondExtName", parameters: [] },
];

class Naming extends ServerEndpointConfigurator {
  readonly name = "a configurator of its own";
}

/** Keeps what it is opened with, and echoes. */
function keeping(opened: (config: ServerEndpointConfig, session: Session) => void): Class<Endpoint> {
  return class Keeping extends Endpoint {
    override onOpen(session: Session, config: EndpointConfig): void {
      opened(config as ServerEndpointConfig, session);
      session.addMessageHandler(String, (text) => session.remote.sendText(text));
    }
  };
}

/** Opens a programmatic endpoint with these options, talks to it, and gives the configuration that it was opened with. */
async function openedWith(
  stage: Stage,
  options: ServerEndpointConfigOptions,
  introduction?: Introduction,
): Promise<{ readonly config: ServerEndpointConfig; readonly session: Session; readonly type: Class<Endpoint> }> {
  const given: { readonly config: ServerEndpointConfig; readonly session: Session }[] = [];
  const type = keeping((config, session) => void given.push({ config, session }));
  const application = await stage.start([], { allowEmpty: true });
  application.sockets.addEndpoint(ServerEndpointConfig.create(type, "/configured", options));
  const peer = await application.open("/configured", introduction);
  peer.send("anything");
  expect(await peer.next()).toBe("anything");
  expect(given).toHaveLength(1);
  expect(given[0]!.config).toBeInstanceOf(ServerEndpointConfig);
  return { ...given[0]!, type };
}

const list = new CaseList("ee/server/serverendpointconfig");

list.add("getConfiguratorTest", async (stage) => {
  const configurator = new Naming();
  expect((await openedWith(stage, { configurator })).config.configurator).toBe(configurator);
});

list.add("getEndpointClassTest", async (stage) => {
  const { config, type } = await openedWith(stage, {});
  expect(config.endpointClass).toBe(type);
});

list.add("getExtensionsTest", async (stage) => {
  const { extensions } = (await openedWith(stage, { extensions: EXTENSIONS })).config;
  expect(extensions).toEqual(EXTENSIONS);
  expect(() => (extensions as Extension[]).pop()).toThrow(TypeError);
});

list.add("getPathTest", async (stage) => {
  expect((await openedWith(stage, {})).config.path).toBe("/configured");
});

/** The lists, and what was agreed on. */
async function speaks(stage: Stage): Promise<void> {
  const offered = { headers: { "Sec-WebSocket-Protocol": "xyz, def" } };
  const { config, session } = await openedWith(stage, { subprotocols: SUBPROTOCOLS }, offered);
  expect(config.subprotocols).toEqual(SUBPROTOCOLS);
  expect(session.negotiatedSubprotocol).toBe("def");
}

async function speaksNothing(stage: Stage): Promise<void> {
  const { config, session } = await openedWith(stage, {});
  expect(config.subprotocols).toEqual([]);
  expect(session.negotiatedSubprotocol).toBe("");
}

list.add("getSubprotocolsTest", speaks);
list.add("getEmptySubprotocolsTest", speaksNothing);

list.add("getUserPropertiesTest", async (stage) => {
  const shared = { of: "all sessions" };
  const seen: Record<string, unknown>[] = [];
  class Putting extends ServerEndpointConfigurator {
    override modifyHandshake(
      config: ServerEndpointConfig,
      _request: HandshakeRequest,
      _response: HandshakeResponse,
    ): void {
      config.userProperties.set("by the configurator", shared);
    }
  }
  const type = keeping((_config, session) => {
    seen.push(Object.fromEntries(session.userProperties));
    session.userProperties.set("of this session", session.id);
    session.userProperties.delete("by the configurator");
  });
  const config = ServerEndpointConfig.create(type, "/configured", { configurator: new Putting() });
  config.userProperties.set("by the application", shared);
  const application = await stage.start([], { allowEmpty: true });
  application.sockets.addEndpoint(config);
  for (let count = 0; count < 2; count++) {
    const peer = await application.open("/configured");
    peer.send("anything");
    expect(await peer.next()).toBe("anything");
  }
  // The second one sees nothing of what was changed for the first, and the very same values.
  expect(seen).toEqual([
    { "by the application": shared, "by the configurator": shared },
    { "by the application": shared, "by the configurator": shared },
  ]);
  for (const each of seen) expect(each["by the configurator"]).toBe(shared);
  expect([...config.userProperties.keys()]).toEqual(["by the application"]);
});

const builder = new CaseList("ee/server/serverendpointconfig/builder");
const changed = CHANGES.options;

builder.add("getConfiguratorTest", { changed }, async (stage) => {
  const configurator = new Naming();
  const { config } = await openedWith(stage, { configurator });
  expect(config.configurator).toBe(configurator);
  const plain = (await openedWith(stage, {})).config.configurator;
  expect(plain).toBeInstanceOf(ServerEndpointConfigurator);
  expect(plain).not.toBeInstanceOf(Naming);
});
builder.add("getExtensionsTest", { changed }, async (stage) => {
  expect((await openedWith(stage, { extensions: EXTENSIONS })).config.extensions).toEqual(EXTENSIONS);
  for (const extensions of [[], null, undefined] as const)
    expect((await openedWith(stage, { ...(extensions !== undefined && { extensions }) })).config.extensions).toEqual(
      [],
    );
});
builder.add("getPathTest", { changed }, async (stage) => {
  expect((await openedWith(stage, {})).config.path).toBe("/configured");
});
builder.add("getSubprotocolsTest", { changed }, speaks);
builder.add("getEmptySubprotocolsTest", { changed }, async (stage) => {
  await speaksNothing(stage);
  expect((await openedWith(stage, { subprotocols: null })).config.subprotocols).toEqual([]);
});

/** A bean goes through the first coder of each kind. */
class Beans extends Endpoint {
  override onOpen(session: Session, config: EndpointConfig): void {
    opened = config;
    session.addMessageHandler(StringBean, (bean) => session.remote.sendObject(bean));
  }
}

let opened: EndpointConfig;

/** A configuration's coders are those that are given, in their order, and those that work. */
async function codes(stage: Stage, options: ServerEndpointConfigOptions, sent: string | Buffer): Promise<void> {
  const application = await stage.start([], { allowEmpty: true });
  application.sockets.addEndpoint(ServerEndpointConfig.create(Beans, "/beans", options));
  const peer = await application.open("/beans");
  peer.send(sent);
  expect(await peer.next()).toEqual(sent);
  expect([opened.encoders, opened.decoders]).toEqual([options.encoders, options.decoders]);
}

const binaryFirst = { encoders: [BinaryBeanEncoder, TextBeanEncoder], decoders: [BinaryBeanDecoder, TextBeanDecoder] };
const textFirst = { encoders: [TextBeanEncoder, BinaryBeanEncoder], decoders: [TextBeanDecoder] };

builder.add("getEncodersTest", { changed }, async (stage) => {
  await codes(stage, binaryFirst, Buffer.from("a bean"));
  await codes(stage, textFirst, "a bean");
});
builder.add("getDecodersTest", { changed }, async (stage) => {
  await codes(stage, textFirst, "a bean");
  await codes(stage, { ...binaryFirst, decoders: [BinaryBeanDecoder] }, Buffer.from("a bean"));
});
builder.add("getDefaultEncodersTest", { changed }, async (stage) => {
  expect((await openedWith(stage, {})).config.encoders).toEqual([]);
  expect((await openedWith(stage, { encoders: null })).config.encoders).toEqual([]);
});
builder.add("getDefaultDecodersTest", { changed }, async (stage) => {
  expect((await openedWith(stage, {})).config.decoders).toEqual([]);
  expect((await openedWith(stage, { decoders: null })).config.decoders).toEqual([]);
});

export const endpointConfigCases = [...list.cases, ...builder.cases];
