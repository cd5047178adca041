import { expect } from "vitest";
import {
  HandshakeRequest,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Introduction, Stage } from "../stage.js";

/** What `modifyHandshake` sees of the request: `ee/server/handshakerequest` (J-172 to J-177). */

/** Connects, and looks at the request inside of `modifyHandshake`, whose failure would refuse the connection. */
async function look(
  stage: Stage,
  path: string,
  target: string,
  at: (request: HandshakeRequest) => void,
  introduction: Introduction = {},
): Promise<void> {
  let failure: unknown = new Error("modifyHandshake was not called");
  class Looking extends ServerEndpointConfigurator {
    override modifyHandshake(_config: ServerEndpointConfig, request: HandshakeRequest): void {
      try {
        at(request);
        failure = undefined;
      } catch (error) {
        failure = error;
      }
    }
  }
  const peer = await stage.open([endpointAt(path, Looking)], target, introduction);
  if (failure !== undefined) throw failure;
  peer.send("anything");
  expect(await peer.next()).toBe("anything");
}

function endpointAt(path: string, configurator: Class<ServerEndpointConfigurator>): Class {
  @ServerEndpoint({ value: path, configurator })
  class Echo {
    @OnMessage()
    said(text: string): string {
      return text;
    }
  }
  return Echo;
}

/** Tries what a careless or a curious program would do to change a map. */
function tryToChange(map: object): void {
  for (const method of ["set", "delete", "clear", "append"] as const) {
    const change = (map as Record<string, unknown>)[method];
    if (typeof change !== "function") continue;
    try {
      change.call(map, "key", ["value"]);
    } catch {
      // As good as having no effect.
    }
  }
}

const list = new CaseList("ee/server/handshakerequest");

list.add("getHeadersIsReadonlyTest", (stage) =>
  look(stage, "/r", "/r", (request) => {
    tryToChange(request.headers);
    (request.headers.get("upgrade") as string[]).push("more");
    expect(request.headers.has("key")).toBe(false);
    expect(request.headers.get("Upgrade")).toEqual(["websocket"]);
  }),
);
list.add("getHeadersHasCaseInsensitiveNamesTest", (stage) =>
  look(
    stage,
    "/r",
    "/r",
    ({ headers }) => {
      for (const name of ["aFirstKey", "afirstkey", "AFIRSTKEY"]) {
        expect(headers.get(name)).toEqual(["one", "two"]);
        expect([headers.first(name), headers.has(name)]).toEqual(["one", true]);
      }
    },
    { headers: { aFirstKey: ["one", "two"] } },
  ),
);
list.add("getParameterMapIsUnmodifiableTest", (stage) =>
  look(stage, "/r/{first}", "/r/one?second=two", (request) => {
    tryToChange(request.parameterMap);
    expect([...request.parameterMap]).toEqual([
      ["first", ["one"]],
      ["second", ["two"]],
    ]);
  }),
);
list.add("getParameterMapOneParamTest", (stage) =>
  look(stage, "/r/{first}", "/r/firstParam", ({ parameterMap }) =>
    expect([...parameterMap]).toEqual([["first", ["firstParam"]]]),
  ),
);
list.add("getParameterMapOneParamOneQueryParamTest", (stage) =>
  look(stage, "/r/{first}", "/r/firstParam?second=secondParam&second=firstParam", ({ parameterMap }) => {
    expect(parameterMap.get("first")).toEqual(["firstParam"]);
    expect(parameterMap.get("second")).toEqual(["secondParam", "firstParam"]);
  }),
);
list.add("getParameterMapTwoParamsTest", (stage) =>
  look(stage, "/r/{first}/{second}", "/r/123/123.456", ({ parameterMap }) =>
    expect([...parameterMap]).toEqual([
      ["first", ["123"]],
      ["second", ["123.456"]],
    ]),
  ),
);
list.add("getQueryStringTest", async (stage) => {
  await look(stage, "/r", "/r?abc=123&def=4%205", ({ queryString }) => expect(queryString).toBe("abc=123&def=4%205"));
  await look(stage, "/r", "/r", ({ queryString }) => expect(queryString).toBeNull());
});
list.add("getRequestUriTest", (stage) =>
  look(stage, "/getrequesturi", "/getrequesturi?a=b", ({ requestURI, host }) => {
    expect(requestURI.href).toBe(`ws://${host}/getrequesturi?a=b`);
  }),
);
list.add("getUserPrincipalNotAuthenticatedTest", (stage) =>
  look(stage, "/r", "/r", ({ userPrincipal }) => expect(userPrincipal).toBeNull()),
);
list.add("isUserInRoleNotAuthenticatedTest", (stage) =>
  look(stage, "/r", "/r", (request) => expect(request.isUserInRole("role")).toBe(false)),
);
list.add("getLocalAddressTest", (stage) =>
  look(stage, "/r", "/r", ({ localAddress }) => expect(localAddress).toBe("127.0.0.1")),
);
list.add("getLocalPortTest", (stage) =>
  look(stage, "/r", "/r", ({ localPort, host }) => expect(localPort).toBe(Number(host?.split(":")[1] ?? 80))),
);
list.add("getRemoteAddressTest", (stage) =>
  look(stage, "/r", "/r", ({ remoteAddress }) => expect(remoteAddress).toBe("127.0.0.1")),
);
list.add("getRemotePortTest", (stage) =>
  look(stage, "/r", "/r", ({ remotePort }) => expect(remotePort).toBeGreaterThan(1024)),
);

list.add("getUserX509CertificateChainNotAuthenticatedTest", (stage) =>
  look(stage, "/r", "/r", ({ userX509CertificateChain }) => expect(userX509CertificateChain).toBeNull()),
);
const NAMES = { changed: "names are not looked up: the host name is the address" };
list.add("getLocalHostNameTest", NAMES, (stage) =>
  look(stage, "/r", "/r", ({ localHostName }) => expect(localHostName).toBe("127.0.0.1")),
);
list.add("getRemoteHostNameTest", NAMES, (stage) =>
  look(stage, "/r", "/r", ({ remoteHostName }) => expect(remoteHostName).toBe("127.0.0.1")),
);
list.add(
  "getLocaleNoHeaderTest",
  { changed: "the locale is a BCP 47 tag, without the header that of the process" },
  (stage) =>
    look(stage, "/r", "/r", ({ locale }) => expect(locale).toBe(new Intl.DateTimeFormat().resolvedOptions().locale)),
);
for (const [method, language] of [
  ["getLocaleFrenchTest", "fr"],
  ["getLocaleGermanTest", "de"],
] as const)
  list.add(method, (stage) =>
    look(stage, "/r", "/r", ({ locale }) => expect(locale).toBe(language), {
      headers: { "Accept-Language": `${language}, en;q=0.5` },
    }),
  );

export const handshakeRequestCases = list.cases;
