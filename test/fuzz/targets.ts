// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  HandshakeRequest,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type ServerContainer,
} from "wirespring";
import { upgradeRequest } from "@wirespring/testing";
import fc from "fast-check";
import { container } from "tsyringe";
import { Admission, Refusal } from "wirespring/spi";
import { keptInputs } from "./corpus.js";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { mutated } from "./mutation.js";
import { silent } from "./silence.js";
import { routeOf, type Verdict } from "./route-oracle.js";

/**
 * Request targets against a router in process: what it matches, what it admits, and that a guard sees the path that was matched (T13 to T16).
 */

/** Paths that overlap in every way. */
const PATHS = [
  "/",
  "/echo",
  "/echo/",
  "/chat/{room}",
  "/chat/lobby",
  "/chat/{room}/{user}",
  "/chat/lobby/{user}",
  "/{any}/end",
  "/caf%C3%A9/{x}",
  "/%25/{x}",
  "/__proto__/{constructor}",
  "/loose",
] as const;

/** Takes what is encoded as a separator. */
const FILES = "/files/{name}";

const PIECES = [
  ...Array.from("/?&=#;:@.~%\\ \t\r\n\0éa"),
  "//",
  "/chat/",
  "lobby",
  "/echo",
  "/end",
  "/files/",
  "/loose",
  "__proto__",
  "constructor",
  "caf%C3%A9",
  "caf%c3%a9",
  "%25",
  "%2e",
  "%2E%2e",
  "..",
  "%2f",
  "%5C",
  "%00",
  "%0d%0a",
  "%zz",
  "%C3",
  "%ed%a0%80",
  "%ef%bb%bf",
  "%f4%90%80%80",
  "%c0%af",
  "{room}",
  "%7Broom%7D",
  "http://host/",
  "*",
  "%u0041",
  "a".repeat(300),
  "\ud800",
] as const;

const kept = keptInputs<string>("targets");

const targets = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }).map((pieces) => pieces.join("")),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`),
  mutated(kept, PIECES),
);

/** What the guard was shown of the last request. */
let guarded: HandshakeRequest | undefined;

class Guard extends ServerEndpointConfigurator {
  override modifyHandshake(_config: ServerEndpointConfig, request: HandshakeRequest): void {
    guarded = request;
  }
}

@ServerEndpoint("/unused")
class Target {
  @OnMessage()
  said(_text: string): void {}
}

class Targets implements Trial<string> {
  readonly #sockets: ServerContainer;

  constructor(sockets: ServerContainer) {
    this.#sockets = sockets;
  }

  static async start(): Promise<Targets> {
    const exporter = new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [],
      allowEmpty: true,
      logger: silent,
    });
    const sockets = await exporter.export();
    const configurator = new Guard();
    for (const path of [...PATHS, FILES])
      sockets.addEndpoint(
        ServerEndpointConfig.create(Target, path, {
          configurator,
          allowEncodedSlash: path === FILES,
          ignoreTrailingSlash: path === "/loose",
        }),
      );
    return new Targets(sockets);
  }

  attempt(target: string): void {
    const { router } = this.#sockets;
    const expected = routeOf(target, TEMPLATES);
    guarded = undefined;
    const request = upgradeRequest({ path: target });
    const outcome = router.admit(request);
    if (outcome instanceof Promise) throw new Error("the outcome is a promise, though no hook is asynchronous");
    if (outcome instanceof Admission) outcome.abandon();
    const found = outcome instanceof Refusal ? { status: outcome.status } : verdictOf(outcome);
    if (JSON.stringify(found) !== JSON.stringify(shown(expected)))
      throw new Error(`expected ${JSON.stringify(shown(expected))}, found ${JSON.stringify(found)}`);
    if (router.matches(target) !== expected.matches)
      throw new Error(`matches says ${!expected.matches}, but the route is ${JSON.stringify(shown(expected))}`);
    if (expected.status === 101) judgeGuard(guarded, expected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.close();
  }
}

const TEMPLATES = [...PATHS, FILES].map((path) => ({
  path,
  encodedSlash: path === FILES,
  looseSlash: path === "/loose",
}));

function verdictOf({ endpoint }: Admission): object {
  const pathParameters = [...(guarded?.pathParameters ?? [])];
  return { status: 101, path: endpoint.config.path, pathParameters };
}

function shown({ status, path, pathParameters }: Verdict): object {
  return status === 101 ? { status, path, pathParameters } : { status };
}

/** Whatever a guard looks at is the path that the router has matched: nothing resolves dots or takes a host from it. */
function judgeGuard(request: HandshakeRequest | undefined, { segments }: Verdict): void {
  if (request === undefined) throw new Error("admitted without asking the guard");
  const seen = request.requestURI.pathname.split("/").slice(1).map(decodeURIComponent);
  if (JSON.stringify(seen) !== JSON.stringify(segments))
    throw new Error(`the router has the path ${JSON.stringify(segments)}, the guard ${JSON.stringify(seen)}`);
}

export const targetFuzzer: Fuzzer<string> = {
  name: "targets",
  inputs: targets,
  together: 500,
  start: () => Targets.start(),
};
