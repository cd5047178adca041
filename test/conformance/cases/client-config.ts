import { expect } from "vitest";
import {
  ClientEndpointConfig,
  Endpoint,
  type ClientEndpointOptions,
  type EndpointConfig,
  type Extension,
  type Session,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import type { Connected, Connecting } from "../plain-server.js";
import type { Stage } from "../stage.js";
import {
  BinaryBeanDecoder,
  BinaryBeanEncoder,
  BinaryStreamBeanDecoder,
  BinaryStreamBeanEncoder,
  StringBean,
  TextBeanDecoder,
  TextBeanEncoder,
  TextStreamBeanDecoder,
  TextStreamBeanEncoder,
} from "./string-bean.js";

/** What the configuration of a programmatic client does to a connection: `ee/clientendpointconfig` (J-110, J-111, J-125, J-185, J-186, J-188). */

const ECHO = "Echo message";
const SUBPROTOCOLS = ["v2.chat", "v1.chat"];
const COMPRESSION: Extension = {
  name: "permessage-deflate",
  parameters: [
    { name: "server_no_context_takeover", value: "" },
    { name: "client_max_window_bits", value: "12" },
  ],
};
const ENCODERS = [TextBeanEncoder, TextStreamBeanEncoder, BinaryBeanEncoder, BinaryStreamBeanEncoder];
const DECODERS = [TextBeanDecoder, TextStreamBeanDecoder, BinaryBeanDecoder, BinaryStreamBeanDecoder];

/** Answers text and what can be decoded, as it came; keeps the configuration that it was given. */
class Configured extends Endpoint {
  config: EndpointConfig | undefined;
  override onOpen(session: Session, config: EndpointConfig): void {
    this.config = config;
    const answer = ({ text }: StringBean): unknown => session.remote.sendText(`decoded ${text}`);
    if (config.decoders.length > 0) session.addMessageHandler(StringBean, answer);
    else session.addMessageHandler(String, (text) => session.remote.sendText(text));
  }
}

/** Connects with options, and looks at the configuration that the endpoint was given: the one that was made, with nothing else in it. */
async function connected(
  stage: Stage,
  options: ClientEndpointOptions,
  connecting: Connecting = {},
): Promise<Connected> {
  const endpoint = new Configured();
  const all = await stage.connect(endpoint, { ...connecting, config: ClientEndpointConfig.create(options) });
  expect(endpoint.config).toBeInstanceOf(ClientEndpointConfig);
  const { subprotocols, extensions, encoders, decoders } = endpoint.config as ClientEndpointConfig;
  const nothing = { subprotocols: [], extensions: [], encoders: [], decoders: [] };
  expect({ subprotocols, extensions, encoders, decoders }).toEqual({ ...nothing, ...options });
  return all;
}

/** Expects the offer of subprotocols in the request, in order, and a server's choice in the session; a server may choose none, too. */
async function offersSubprotocols(stage: Stage, options: ClientEndpointOptions): Promise<Connected> {
  const without = await connected(stage, options);
  expect(without.session.negotiatedSubprotocol).toBe("");
  await echoes(without, options);
  const { subprotocols } = options;
  for (const subprotocol of subprotocols!) {
    const { request, session } = await connected(stage, options, { subprotocol });
    expect(request.headers["sec-websocket-protocol"]).toBe(subprotocols!.join(", "));
    expect(session.negotiatedSubprotocol).toBe(subprotocol);
  }
  return without;
}

/** Expects the offer of compression in the request, with all its parameters, and the server's answer in the session. */
function expectCompression({ request, session }: Connected): void {
  const [name, ...parameters] = request.headers["sec-websocket-extensions"]!.split(/;\s*/);
  expect(name).toBe("permessage-deflate");
  expect(parameters.sort()).toEqual(["client_max_window_bits=12", "server_no_context_takeover"]);
  expect(session.negotiatedExtensions.map((each) => each.name)).toEqual(["permessage-deflate"]);
  const agreed = session.negotiatedExtensions[0]!.parameters.map((each) => each.name);
  expect(agreed).toContain("server_no_context_takeover");
}

/** Expects that a message of the server is decoded, if something decodes it, and answered. */
async function echoes({ peer }: Connected, { decoders = [] }: ClientEndpointOptions): Promise<void> {
  peer.send(ECHO);
  expect(await peer.next()).toBe(decoders.length > 0 ? `decoded ${ECHO}` : ECHO);
}

/** Expects that the session sends an object. */
async function encodes({ session, peer }: Connected): Promise<void> {
  expect(await session.remote.sendObject(new StringBean(ECHO))).toBe("sent");
  expect(String(await peer.next())).toBe(ECHO);
}

const list = new CaseList("ee/clientendpointconfig");
const { clientOptions } = CHANGES;
const changed = `${clientOptions}; the offer is looked at in the request, and a server that chooses none is one to talk to`;
const onSocket = {
  changed: `${changed}; \`permessage-deflate\` is the one extension that can be offered`,
  on: ["ws"],
} as const;

list.add("constructortest", { changed: clientOptions }, async (stage) => {
  const options = {};
  const all = await connected(stage, options);
  const { request, session } = all;
  expect(Object.keys(request.headers)).not.toContain("sec-websocket-protocol");
  expect(Object.keys(request.headers)).not.toContain("sec-websocket-extensions");
  expect([session.negotiatedSubprotocol, session.negotiatedExtensions]).toEqual(["", []]);
  await echoes(all, options);
});

list.add("preferredSubprotocolsTest", { changed }, async (stage) => {
  await offersSubprotocols(stage, { subprotocols: SUBPROTOCOLS });
});

list.add("extensionsTest", onSocket, async (stage) => {
  const options = { extensions: [COMPRESSION] };
  const all = await connected(stage, options);
  expectCompression(all);
  await echoes(all, options);
});

list.add("constructorTest1", onSocket, async (stage) => {
  expectCompression(await offersSubprotocols(stage, { subprotocols: SUBPROTOCOLS, extensions: [COMPRESSION] }));
});

list.add("encodersTest", { changed: clientOptions }, async (stage) => {
  for (const [encoders, binary] of ENCODERS.map((each, index) => [[each], index >= 2] as const)) {
    const { session, peer } = await connected(stage, { encoders });
    expect(await session.remote.sendObject(new StringBean(ECHO))).toBe("sent");
    expect(await peer.next()).toStrictEqual(binary ? Buffer.from(ECHO) : ECHO);
  }
});

list.add("decodersTest", { changed: clientOptions }, async (stage) => {
  for (const [decoders, binary] of DECODERS.map((each, index) => [[each], index >= 2] as const)) {
    const { peer } = await connected(stage, { decoders });
    peer.send(binary ? Buffer.from(ECHO) : ECHO);
    expect(await peer.next()).toBe(`decoded ${ECHO}`);
  }
});

list.add("constructorTest2", onSocket, async (stage) => {
  const options = { subprotocols: SUBPROTOCOLS, extensions: [COMPRESSION], decoders: [TextBeanDecoder] };
  expectCompression(await offersSubprotocols(stage, options));
});

list.add("constructorTest3", onSocket, async (stage) => {
  const options = {
    subprotocols: SUBPROTOCOLS,
    extensions: [COMPRESSION],
    decoders: [TextBeanDecoder],
    encoders: [TextBeanEncoder],
  };
  const all = await offersSubprotocols(stage, options);
  expectCompression(all);
  await encodes(all);
});

list.add("testClientSideUserProperties", { changed: clientOptions }, async (stage) => {
  const config = ClientEndpointConfig.create({ userProperties: new Map([["said", "by the configuration"]]) });
  // The configuration's own map may change; a session has what is there when it begins.
  config.userProperties.set("later", true);
  const before = [
    ["said", "by the configuration"],
    ["later", true],
  ];
  const endpoint = new Configured();
  const { session, sockets } = await stage.connect(endpoint, { config });
  expect(endpoint.config!.userProperties).toBe(config.userProperties);
  expect([...session.userProperties]).toEqual(before);
  session.userProperties.set("said", "by the first session").set("more", 1);
  // Neither the configuration nor another session sees it, and none sees what the other one changes.
  expect([...config.userProperties]).toEqual(before);
  const second = await sockets.connectToServer(endpoint, session.requestURI, config);
  expect([...second.userProperties]).toEqual(before);
  second.userProperties.clear();
  expect([...session.userProperties]).toEqual([
    ["said", "by the first session"],
    ["later", true],
    ["more", 1],
  ]);
  expect([...config.userProperties]).toEqual(before);
});

export const clientConfigCases = list.cases;
