import { expect } from "vitest";
import {
  EndpointConfig,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type Class,
  type ServerEndpointOptions,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";
import {
  BinaryBeanDecoder,
  BinaryBeanEncoder,
  BinaryStreamBeanDecoder,
  BinaryStreamBeanEncoder,
  TextBeanDecoder,
  TextBeanEncoder,
  TextStreamBeanDecoder,
  TextStreamBeanEncoder,
} from "./string-bean.js";

/** What the attributes of `@ServerEndpoint` are when the endpoint runs: `ee/server/serverendpoint` (J-3, J-4). */

let made = 0;

class CountingConfigurator extends ServerEndpointConfigurator {
  readonly number = ++made;
}

const ENCODERS = [BinaryBeanEncoder, BinaryStreamBeanEncoder, TextBeanEncoder, TextStreamBeanEncoder];
const DECODERS = [BinaryBeanDecoder, BinaryStreamBeanDecoder, TextBeanDecoder, TextStreamBeanDecoder];
const SUBPROTOCOLS = ["abc", "def", "ghi"];

/** The endpoints of the original: each says one thing, and leaves the others to their defaults. */
const SAID = {
  default: {},
  encoded: { encoders: ENCODERS },
  decoded: { decoders: DECODERS },
  subprotocoled: { subprotocols: SUBPROTOCOLS },
  configured: { configurator: CountingConfigurator },
} satisfies Record<string, Omit<ServerEndpointOptions, "value">>;
type Name = keyof typeof SAID;

/** Gives the configuration that `@OnOpen` of an endpoint is given, while the endpoint runs. */
async function configOf(stage: Stage, name: Name): Promise<ServerEndpointConfig> {
  let config!: EndpointConfig;
  @ServerEndpoint({ value: `/${name}`, ...SAID[name] })
  class Told {
    @OnOpen()
    opened(given: EndpointConfig): void {
      config = given;
    }
    @OnMessage()
    said(text: string): string {
      return text;
    }
  }
  const peer = await stage.open([Told], `/${name}`);
  peer.send("any");
  expect(await peer.next()).toBe("any");
  expect(config).toBeInstanceOf(ServerEndpointConfig);
  expect((config as ServerEndpointConfig).endpointClass).toBe(Told);
  return config as ServerEndpointConfig;
}

const list = new CaseList("ee/server/serverendpoint");

function defaults(names: readonly Name[], look: (config: ServerEndpointConfig, name: Name) => void) {
  return async (stage: Stage): Promise<void> => {
    for (const name of names) look(await configOf(stage, name), name);
  };
}

list.add(
  "getDefaultConfiguratorTest",
  defaults(["default", "encoded", "decoded", "subprotocoled"], ({ configurator }) =>
    expect(Object.getPrototypeOf(configurator)).toBe(ServerEndpointConfigurator.prototype),
  ),
);
list.add(
  "getDefaultEncodersTest",
  defaults(["default", "configured", "decoded", "subprotocoled"], ({ encoders }) => expect(encoders).toEqual([])),
);
list.add(
  "getDefaultDecodersTest",
  defaults(["default", "encoded", "configured", "subprotocoled"], ({ decoders }) => expect(decoders).toEqual([])),
);
list.add(
  "getDefaultSubprotocolsTest",
  defaults(["default", "encoded", "configured", "decoded"], ({ subprotocols }) => expect(subprotocols).toEqual([])),
);
list.add(
  "getDefaultValueTest",
  defaults(Object.keys(SAID) as Name[], ({ path }, name) => expect(path).toBe(`/${name}`)),
);
list.add(
  "getEncodersTest",
  defaults(["encoded"], ({ encoders }) => expect(encoders).toEqual(ENCODERS)),
);
list.add(
  "getDecodersTest",
  defaults(["decoded"], ({ decoders }) => expect(decoders).toEqual(DECODERS)),
);
list.add(
  "getSubprotocolsTest",
  defaults(["subprotocoled"], ({ subprotocols }) => expect(subprotocols).toEqual(SUBPROTOCOLS)),
);
list.add(
  "getConfiguratorTest",
  defaults(["configured"], ({ configurator }) => expect(configurator).toBeInstanceOf(CountingConfigurator)),
);

function counted(path: string): Class {
  @ServerEndpoint({ value: path, configurator: CountingConfigurator })
  class Counted {
    readonly #made = made;
    @OnMessage()
    said(_text: string): number {
      return this.#made;
    }
  }
  return Counted;
}

list.add("countConfigurationInstancesTest", async (stage) => {
  const before = made;
  const application = await stage.start([counted("/one"), counted("/two")]);
  expect(made - before).toBe(2);
  for (const path of ["/one", "/two", "/one", "/two"]) {
    const peer = await application.open(path);
    peer.send("any");
    expect(Number(await peer.next()) - before).toBe(2);
  }
  expect(made - before).toBe(2);
});

export const serverEndpointCases = list.cases;
