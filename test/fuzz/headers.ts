// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  type EndpointExporterOptions,
  HandshakeRequest,
  HandshakeResponse,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type ServerContainer,
} from "wirespring";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { container } from "tsyringe";
import { Admission, Refusal, type UpgradeRequest } from "wirespring/spi";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { headerBlocks, type HeaderBlock } from "./header-blocks.js";
import { silent } from "./silence.js";

/**
 * Header blocks against a router in process: nothing is thrown, what is admitted keeps the rules of the gate, a guard may look at everything, and
 * no answer has a line that a header wrote (T01 to T12, T25 to T32).
 */

/** Looks at all that there is to see of a request, as a guard might. */
class Curious extends ServerEndpointConfigurator {
  override modifyHandshake(
    _config: ServerEndpointConfig,
    request: HandshakeRequest,
    response: HandshakeResponse,
  ): void | Promise<void> {
    for (const [name, values] of request.headers)
      if (request.headers.get(name)?.join() !== values.join()) throw new Error(`${name} is not what it is`);
    if (request.remoteAddress === undefined || isIP(request.remoteAddress) === 0)
      throw new Error(`the peer has the address ${JSON.stringify(request.remoteAddress)}`);
    const { cookies, query, parameterMap, requestURI, locale, userX509CertificateChain: chain } = request;
    if (cookies.size + query.size + parameterMap.size < 0 || chain !== null || locale === "")
      throw new Error("the request is not what it is");
    if (requestURI.pathname !== request.target.split("?")[0]) throw new Error("the path is not what it is");
    // Harmless, as J-166 has it: what the protocol decides stays.
    for (const [name, values] of request.headers)
      try {
        response.headers.set(name, values);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    return request.target === "/late" ? Promise.resolve() : undefined;
  }
}

@ServerEndpoint({ value: "/unused", subprotocols: ["chat", "other"] })
class Target {
  @OnMessage()
  said(_text: string): void {}
}

class Headers implements Trial<HeaderBlock> {
  readonly #direct: ServerContainer;
  readonly #behindProxy: ServerContainer;

  constructor(direct: ServerContainer, behindProxy: ServerContainer) {
    this.#direct = direct;
    this.#behindProxy = behindProxy;
  }

  static async start(): Promise<Headers> {
    const proxies = { trustedProxies: ["127.0.0.1", "10.0.0.0/8", "::1"], allowedHosts: ["localhost"] };
    return new Headers(await Headers.#export({}), await Headers.#export(proxies));
  }

  static async #export(options: EndpointExporterOptions): Promise<ServerContainer> {
    const exporter = new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [],
      allowEmpty: true,
      compression: true,
      ...options,
      logger: silent,
    });
    const sockets = await exporter.export();
    for (const path of ["/sync", "/late"])
      sockets.addEndpoint(
        ServerEndpointConfig.create(Target, path, { configurator: new Curious(), subprotocols: ["chat", "other"] }),
      );
    return sockets;
  }

  attempt(block: HeaderBlock): void | Promise<void> {
    const { router } = block.behindProxy === true ? this.#behindProxy : this.#direct;
    const outcome = router.admit(requestOf(block));
    return outcome instanceof Promise ? outcome.then((each) => judge(each, block)) : judge(outcome, block);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#direct.close();
    await this.#behindProxy.close();
  }
}

function requestOf({ target, lines }: HeaderBlock): UpgradeRequest {
  // As Node's parser makes it: an object with a prototype, in which the first of some fields wins.
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const there: unknown = Object.hasOwn(headers, key) ? headers[key] : undefined;
    if (typeof there !== "string") headers[key] = value;
    else if (key !== "host") headers[key] = `${there}${key === "cookie" ? "; " : ", "}${value}`;
  }
  return {
    method: "GET",
    url: target,
    httpVersion: "1.1",
    headers,
    rawHeaders: lines.flat(),
    socket: { remoteAddress: "127.0.0.1", remotePort: 50_000, localAddress: "127.0.0.1", localPort: 80 },
  };
}

const REFUSALS = [400, 403, 404, 421, 431];

function judge(outcome: Admission | Refusal, block: HeaderBlock): void {
  if (({} as { readonly x?: unknown }).x !== undefined)
    throw new Error("the prototype of all objects has been changed");
  if (outcome instanceof Refusal) {
    judgeRefusal(outcome, block);
    return;
  }
  outcome.abandon();
  const values = (name: string): readonly string[] =>
    block.lines.flatMap(([each, value]) => (each.toLowerCase() === name ? [value] : []));
  const hosts = values("host");
  const bytes = block.lines.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  const kept =
    hosts.length === 1 &&
    !/[\s,@/]/.test(hosts[0]!) &&
    (block.behindProxy !== true || /^localhost(:\d+)?$/i.test(hosts[0]!)) &&
    values("content-length").length + values("transfer-encoding").length === 0 &&
    values("origin").length < 2 &&
    block.lines.length <= 100 &&
    bytes <= 16_384 &&
    !block.target.includes("&".repeat(65));
  if (!kept) throw new Error("admitted, though the gate has a rule against it");
  judgeOrigin(values("origin")[0], hosts[0]!, values("cookie").length > 0);
  const offered = values("sec-websocket-protocol").flatMap((each) => each.split(",").map((name) => name.trim()));
  const { subprotocol } = outcome;
  const wanted = ["chat", "other"].find((name) => offered.includes(name)) ?? "";
  if (subprotocol !== wanted || new Set(offered).size !== offered.length)
    throw new Error(`agreed on "${subprotocol}", expected "${wanted}"`);
  judgeLines(outcome.headers);
}

function judgeRefusal({ status, headers, body }: Refusal, block: HeaderBlock): void {
  if (!REFUSALS.includes(status)) throw new Error(`refused with ${status}`);
  judgeLines(headers);
  if (block.lines.some(([, value]) => value.length > 12 && body.includes(value)))
    throw new Error("the answer has the request in it");
}

/** A browser's page of another host is never let in, and no page where there are cookies and no origin. */
function judgeOrigin(origin: string | undefined, host: string, cookies: boolean): void {
  if (origin === undefined) {
    if (cookies) throw new Error("admitted with cookies and without an origin");
    return;
  }
  const same = URL.canParse(origin) && URL.canParse(`http://${host}`);
  if (!same || new URL(origin).hostname !== new URL(`http://${host}`).hostname)
    throw new Error(`the origin ${JSON.stringify(origin)} was let in to ${JSON.stringify(host)}`);
}

function judgeLines(lines: Iterable<readonly [string, string]>): void {
  for (const [name, value] of lines)
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) || /[\r\n\0]/.test(value))
      throw new Error(`the answer has a line that is none: ${JSON.stringify([name, value])}`);
}

export const headerFuzzer: Fuzzer<HeaderBlock> = {
  name: "headers",
  inputs: headerBlocks,
  together: 200,
  start: () => Headers.start(),
};
