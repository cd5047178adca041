// Before tsyringe, which needs the metadata that this loads.
import {
  DeploymentException,
  EndpointExporter,
  IllegalStateError,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  type ServerContainer,
} from "wirespring";
import { upgradeRequest } from "@wirespring/testing";
import fc from "fast-check";
import { container } from "tsyringe";
import { Admission, Refusal } from "wirespring/spi";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { equivalenceOf, isSound, routeOf, type DeclaredPath } from "./route-oracle.js";
import { silent } from "./silence.js";

/**
 * URI templates: a sound one is deployed, any other is a `DeploymentException`, equivalents exclude each other, and requests go to the best of
 * those that are there (J-29 to J-39).
 */

/** What one application declares, and requests to it. */
interface Templates {
  readonly templates: readonly string[];
  readonly targets: readonly string[];
}

const SEGMENTS = ["a", "b", "{x}", "{y}", "", "%41", "A", "é", "%C3%A9", "%7B", "..", "%2e", "{", "}", "{x}y"] as const;
const ODD = [
  "{x-1.2_3}",
  "{é}",
  "{}",
  "{ x}",
  "%2f",
  "%00",
  "?",
  "#",
  "%",
  "%zz",
  "\\",
  " ",
  "\0",
  "__proto__",
] as const;

const segment = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...SEGMENTS) }, fc.constantFrom(...ODD));
const template = fc.oneof(
  { weight: 20, arbitrary: fc.array(segment, { minLength: 1, maxLength: 4 }).map((each) => `/${each.join("/")}`) },
  fc.string({ maxLength: 8 }),
);
/** Mostly what some template takes. */
const target = fc
  .array(fc.constantFrom("a", "b", "A", "%41", "%C3%A9", "%7B", "c", "", "__proto__", "%2e%2e"), { maxLength: 4 })
  .map((each) => `/${each.join("/")}`);

const inputs = fc.record({
  templates: fc.array(template, { minLength: 1, maxLength: 8 }),
  targets: fc.array(target, { minLength: 1, maxLength: 8 }),
});

@ServerEndpoint("/unused")
class Target {
  @OnMessage()
  said(_text: string): void {}
}

class Deployments implements Trial<Templates> {
  async attempt({ templates, targets }: Templates): Promise<void> {
    const exporter = new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [],
      allowEmpty: true,
      logger: silent,
    });
    const sockets = await exporter.export();
    try {
      const deployed = deploy(sockets, templates);
      for (const each of targets) judgeRoute(sockets, each, deployed);
    } finally {
      await sockets.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Deploys one after another, and gives those that are in service. */
function deploy(sockets: ServerContainer, templates: readonly string[]): readonly DeclaredPath[] {
  const deployed = new Map<string, DeclaredPath>();
  for (const path of templates) {
    const expected = isSound(path) && !deployed.has(equivalenceOf(path));
    if (add(sockets, path) !== expected)
      throw new Error(`${JSON.stringify(path)} was ${expected ? "refused" : "deployed"}`);
    if (expected) deployed.set(equivalenceOf(path), { path });
  }
  return [...deployed.values()];
}

function add(sockets: ServerContainer, path: string): boolean {
  try {
    sockets.addEndpoint(ServerEndpointConfig.create(Target, path));
    return true;
  } catch (error) {
    if (error instanceof DeploymentException || error instanceof IllegalStateError) return false;
    throw error;
  }
}

function judgeRoute({ router }: ServerContainer, path: string, deployed: readonly DeclaredPath[]): void {
  const expected = routeOf(path, deployed);
  const outcome = router.admit(upgradeRequest({ path }));
  if (outcome instanceof Promise) throw new Error("the outcome is a promise, though no hook is asynchronous");
  if (outcome instanceof Admission) outcome.abandon();
  const found = outcome instanceof Refusal ? outcome.status : outcome.endpoint.config.path;
  const wanted = expected.path ?? expected.status;
  if (found !== wanted) throw new Error(`${path} leads to ${found}, expected ${wanted}`);
}

export const templateFuzzer: Fuzzer<Templates> = {
  name: "templates",
  inputs,
  together: 50,
  start: () => Promise.resolve(new Deployments()),
};
