import { expect } from "vitest";
import { RawClient, type RawUpgrade } from "@wirespring/testing";
import {
  HandshakeRequest,
  HandshakeResponse,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  Session,
  type Class,
  type Extension,
  type ServerEndpointOptions,
} from "wirespring";
import { CaseList, CHANGES } from "../case-list.js";
import type { Peer } from "../peer.js";
import type { Introduction, Stage } from "../stage.js";

/**
 * The hooks of the handshake: `ee/server/serverendpointconfig/configurator` and, of `ee/handshakeresponse`, what the server does (J-5, J-161 to J-168).
 */

/** What the hooks of the running case were given, in the order they were called. */
let calls: { readonly hook: string; readonly given: readonly unknown[] }[] = [];

const given = (hook: string): readonly unknown[] => calls.find((call) => call.hook === hook)!.given;

/** Records its hooks, and does what it does by default. */
class Recording extends ServerEndpointConfigurator {
  override readonly subprotocolOrder = "client" as "client" | "server";

  override checkOrigin(origin: string | null, request: HandshakeRequest): boolean | Promise<boolean> {
    calls.push({ hook: "checkOrigin", given: [origin, request] });
    return super.checkOrigin(origin, request);
  }
  override getNegotiatedSubprotocol(
    supported: readonly string[],
    requested: readonly string[],
  ): string | Promise<string> {
    calls.push({ hook: "getNegotiatedSubprotocol", given: [supported, requested] });
    return super.getNegotiatedSubprotocol(supported, requested);
  }
  override modifyHandshake(config: ServerEndpointConfig, request: HandshakeRequest, response: HandshakeResponse): void {
    calls.push({ hook: "modifyHandshake", given: [config, request, response] });
  }
}

/** An endpoint that says which subprotocol was agreed on, and echoes. */
function endpointWith(
  configurator: Class<ServerEndpointConfigurator>,
  options: Partial<ServerEndpointOptions> = {},
): Class {
  @ServerEndpoint({ value: "/configured", configurator, ...options })
  class Configured {
    #session: Session | undefined;
    @OnOpen()
    opened(session: Session): void {
      this.#session = session;
    }
    @OnMessage()
    said(text: string): string {
      return text === "subprotocol" ? `agreed on "${this.#session!.negotiatedSubprotocol}"` : text;
    }
  }
  return Configured;
}

async function connect(
  stage: Stage,
  configurator: Class<ServerEndpointConfigurator>,
  options: Partial<ServerEndpointOptions> = {},
  introduction: Introduction = {},
): Promise<Peer> {
  calls = [];
  const peer = await stage.open([endpointWith(configurator, options)], "/configured", introduction);
  peer.send("anything");
  expect(await peer.next()).toBe("anything");
  return peer;
}

const list = new CaseList("ee/server/serverendpointconfig/configurator");

list.add("checkOriginTest", async (stage) => {
  await connect(stage, Recording);
  expect(given("checkOrigin")).toEqual([null, expect.any(HandshakeRequest)]);
  const application = await stage.start([endpointWith(Recording, { allowedOrigins: ["https://app.example"] })]);
  calls = [];
  await application.open("/configured", { headers: { Origin: "https://app.example" } });
  expect(given("checkOrigin")[0]).toBe("https://app.example");
});

list.add(
  "checkOriginReturnsFalseTest",
  { changed: "the refusal is looked at, 403 and no instance, where the original only looks at the later success" },
  async (stage) => {
    let answer = false;
    let instances = 0;
    class Deciding extends ServerEndpointConfigurator {
      override checkOrigin(): boolean {
        return answer;
      }
      override getEndpointInstance<T extends object>(type: Class<T>, ...rest: [never]): T | Promise<T> {
        instances++;
        return super.getEndpointInstance(type, ...rest);
      }
    }
    const application = await stage.start([endpointWith(Deciding)]);
    expect(await application.refusal("/configured")).toBe(403);
    expect(instances).toBe(0);
    answer = true;
    const peer = await application.open("/configured");
    peer.send("anything");
    expect(await peer.next()).toBe("anything");
    expect(instances).toBe(1);
  },
);

list.add("getEndpointInstanceTest", async (stage) => {
  const instances: object[] = [];
  class Making extends ServerEndpointConfigurator {
    override async getEndpointInstance<T extends object>(type: Class<T>, ...rest: [never]): Promise<T> {
      const instance = await super.getEndpointInstance(type, ...rest);
      expect(instance).toBeInstanceOf(type);
      instances.push(instance);
      return instance;
    }
  }
  const application = await stage.start([endpointWith(Making)]);
  for (const count of [1, 2]) {
    const peer = await application.open("/configured");
    peer.send("anything");
    expect(await peer.next()).toBe("anything");
    expect(new Set(instances).size).toBe(count);
  }
});

const SUPPORTED = ["MBLWS", "soap", "WAMP"];
const offered = (...names: string[]): Introduction => ({ headers: { "Sec-WebSocket-Protocol": names.join(", ") } });
const subprotocols = { subprotocols: SUPPORTED };

list.add("getNegotiatedSubprotocolRequestedTest", async (stage) => {
  await connect(stage, Recording, subprotocols, offered("v10.stomp", "WAMP", "MBLWS"));
  expect(given("getNegotiatedSubprotocol")[1]).toEqual(["v10.stomp", "WAMP", "MBLWS"]);
});
list.add("getNegotiatedSubprotocolSupportedTest", async (stage) => {
  await connect(stage, Recording, subprotocols, offered("WAMP"));
  expect(given("getNegotiatedSubprotocol")[0]).toEqual(SUPPORTED);
});
list.add("getNegotiatedSubprotocolResultedTest", { changed: CHANGES.clientOrder }, async (stage) => {
  const peer = await connect(stage, Recording, subprotocols, offered("v10.stomp", "WAMP", "MBLWS"));
  peer.send("subprotocol");
  expect(await peer.next()).toBe('agreed on "WAMP"');
});
list.add("getNegotiatedSubprotocolResultedIsEmptyTest", { on: ["ws"] }, async (stage) => {
  const application = await stage.start([endpointWith(Recording, subprotocols)]);
  // By hand: `ws` would not go on without an answer to its offer.
  const headers = await upgrade(stage, application.port!, { headers: { "Sec-WebSocket-Protocol": "v10.stomp" } });
  expect(headers.has("sec-websocket-protocol")).toBe(false);
});

const NO_OTHER =
  "other names than permessage-deflate are never answered: what the hook is given and gives is looked at";
const INSTALLED = [
  { name: "ext2", parameters: [] },
  { name: "ext1", parameters: [{ name: "a", value: "1" }] },
];
const OFFER = { headers: { "Sec-WebSocket-Extensions": "unknown, ext1; prop=val; flag, ext2" } };
const OFFERED = [
  { name: "unknown", parameters: [] },
  {
    name: "ext1",
    parameters: [
      { name: "prop", value: "val" },
      { name: "flag", value: "" },
    ],
  },
  { name: "ext2", parameters: [] },
];

/** What the hook for extensions is given, and what its default gives. */
interface Negotiation {
  readonly installed: readonly Extension[];
  readonly requested: readonly Extension[];
  readonly resulted: readonly Extension[];
  /** What the answer says. */
  readonly answered: readonly string[] | undefined;
}

async function negotiate(stage: Stage): Promise<Negotiation> {
  const hooks: Omit<Negotiation, "answered">[] = [];
  class Negotiating extends ServerEndpointConfigurator {
    override async getNegotiatedExtensions(
      installed: readonly Extension[],
      requested: readonly Extension[],
    ): Promise<readonly Extension[]> {
      const resulted = await super.getNegotiatedExtensions(installed, requested);
      hooks.push({ installed, requested, resulted });
      return resulted;
    }
  }
  const config = ServerEndpointConfig.create(endpointWith(Negotiating), "/configured", {
    extensions: INSTALLED,
    configurator: new Negotiating(),
  });
  const application = await stage.start([], { allowEmpty: true });
  application.sockets.addEndpoint(config);
  const headers = await upgrade(stage, application.port!, OFFER);
  expect(hooks).toHaveLength(1);
  return { ...hooks[0]!, answered: headers.get("sec-websocket-extensions") };
}

const negotiated = { changed: NO_OTHER, on: ["ws"] } as const;

list.add("getNegotiatedExtensionsRequestedTest", negotiated, async (stage) => {
  expect((await negotiate(stage)).requested).toEqual(OFFERED);
});
list.add("getNegotiatedExtensionsInstalledTest", negotiated, async (stage) => {
  expect((await negotiate(stage)).installed).toEqual(INSTALLED);
});
list.add("getNegotiatedExtensionsResultedTest", negotiated, async (stage) => {
  const { resulted, answered } = await negotiate(stage);
  expect(resulted).toEqual(OFFERED.slice(1));
  expect(answered).toBeUndefined();
});
list.add("getNegotiatedExtensionsOrderedByRequestTest", negotiated, async (stage) => {
  const { resulted, installed } = await negotiate(stage);
  expect(installed.map(({ name }) => name)).toEqual(["ext2", "ext1"]);
  expect(resulted.map(({ name }) => name)).toEqual(["ext1", "ext2"]);
});

list.add("modifyHandshakeAfterCheckOriginTest", async (stage) => {
  await connect(stage, Recording, subprotocols, offered("WAMP"));
  expect(calls.map(({ hook }) => hook)).toEqual(["checkOrigin", "getNegotiatedSubprotocol", "modifyHandshake"]);
});
list.add("modifyHandshakeConfigTest", async (stage) => {
  await connect(stage, Recording, subprotocols, offered("WAMP"));
  const config = given("modifyHandshake")[0] as ServerEndpointConfig;
  expect(config).toBeInstanceOf(ServerEndpointConfig);
  expect([config.path, config.subprotocols]).toEqual(["/configured", SUPPORTED]);
  expect(config.configurator).toBeInstanceOf(Recording);
});
list.add("modifyHandshakeRequestTest", async (stage) => {
  await connect(stage, Recording);
  const request = given("modifyHandshake")[1] as HandshakeRequest;
  expect(request).toBeInstanceOf(HandshakeRequest);
  expect(request.headers.first("upgrade")).toBe("websocket");
});
list.add("modifyHandshakeResponseTest", async (stage) => {
  await connect(stage, Recording);
  expect(given("modifyHandshake")[2]).toBeInstanceOf(HandshakeResponse);
});

list.add("getContainerDefaultConfiguratorTest", async (stage) => {
  const found: ServerEndpointConfigurator[] = [];
  class First extends ServerEndpointConfigurator {
    override modifyHandshake(): void {
      found.push(this.containerDefault);
    }
  }
  class Second extends First {}
  await connect(stage, First);
  await connect(stage, Second);
  expect(found).toHaveLength(2);
  expect(found[0]).toBe(found[1]);
  expect(found[0]).toBeInstanceOf(ServerEndpointConfigurator);
});

const response = new CaseList("ee/handshakeresponse", ["ws"]);
const KEY = "aFirstKey";
const VALUES = ["header1", "header2", "header3", "header4"];

/** Answers with every header of the request: none of them may spoil the handshake (J-166). */
class Copying extends ServerEndpointConfigurator {
  override modifyHandshake(_config: ServerEndpointConfig, request: HandshakeRequest, answer: HandshakeResponse): void {
    for (const [name, values] of request.headers) answer.setHeader(name, values);
  }
}

class Adding extends ServerEndpointConfigurator {
  override modifyHandshake(_config: ServerEndpointConfig, _request: HandshakeRequest, answer: HandshakeResponse): void {
    answer.setHeader(KEY, VALUES.slice(0, 2));
    for (const value of VALUES.slice(2)) answer.addHeader(KEY, value);
  }
}

response.add("headerToHeaderTest", async (stage) => {
  const application = await stage.start([endpointWith(Copying)]);
  const headers = await upgrade(stage, application.port!, { headers: { [KEY]: VALUES } });
  expect(headers.get(KEY.toLowerCase())).toEqual(VALUES);
  for (const name of ["upgrade", "connection", "sec-websocket-accept"]) expect(headers.get(name)).toHaveLength(1);
});
response.add("addHeadersOnServerTest", async (stage) => {
  const application = await stage.start([endpointWith(Adding)]);
  const headers = await upgrade(stage, application.port!, {});
  expect(headers.get(KEY.toLowerCase())).toEqual(VALUES);
});

/** Opens a connection by hand, talks over it, and gives the headers of the answer. */
async function upgrade(
  stage: Stage,
  port: number,
  request: RawUpgrade,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = await RawClient.connect({ port });
  stage.atEnd(() => client.destroy());
  const { status, headers } = await client.upgrade({ path: "/configured", ...request });
  expect(status).toBe(101);
  client.frame({ opcode: 1, payload: "anything" });
  expect(String((await client.nextFrame()).payload)).toBe("anything");
  return headers;
}

export const configuratorCases = [...list.cases, ...response.cases];
