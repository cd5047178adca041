import { container, type InjectionToken } from "tsyringe";
import { expect } from "vitest";
import {
  Endpoint,
  ENDPOINT_CONFIGS,
  OnMessage,
  ServerApplicationConfig,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
  type Class,
} from "wirespring";
import { CaseList } from "../case-list.js";
import type { Application, Stage } from "../stage.js";

/** Which of the endpoints that are found are deployed, where applications say so: `ee/server/serverapplicationconfig` (J-6 to J-8, J-38). */

const list = new CaseList("ee/server/serverapplicationconfig");
const changed =
  "the container is asked instead of a class path: five endpoints are registered there, and two beans that choose among them";

/** Answers with its own name. */
function answering(name: string): Class {
  @ServerEndpoint(`/${name}`)
  class Answering {
    @OnMessage()
    said(text: string): string {
      return `${name}: ${text}`;
    }
  }
  return Answering;
}

class Programmatic extends Endpoint {
  override onOpen(session: Session): void {
    session.addMessageHandler(String, (text) => session.remote.sendText(`configured: ${text}`));
  }
}

class UnusedProgrammatic extends Programmatic {}

const [Used, Unused, OtherUsed] = [answering("used"), answering("unused"), answering("other")];
const configured = ServerEndpointConfig.create(Programmatic, "/configured");
const unusedConfigured = ServerEndpointConfig.create(UnusedProgrammatic, "/unused-configured");

/** What the beans were given. */
interface Given {
  readonly found: ReadonlySet<Class<Endpoint>>;
  readonly configs: ReadonlySet<ServerEndpointConfig>;
  readonly classes: ReadonlySet<Class>;
}

/** Starts an application with five endpoints and two beans, each of which wants some of them. */
async function chosen(stage: Stage): Promise<Application> {
  const given: Partial<Given>[] = [];
  class First extends ServerApplicationConfig {
    getEndpointConfigs(found: Given["found"], configs: Given["configs"]): Iterable<ServerEndpointConfig> {
      given.push({ found, configs });
      return [...configs].filter(({ endpointClass }) => endpointClass === Programmatic);
    }
    getAnnotatedEndpointClasses(classes: Given["classes"]): Iterable<Class> {
      given.push({ classes });
      return [Used];
    }
  }
  class Second extends ServerApplicationConfig {
    getEndpointConfigs(): null {
      return null;
    }
    getAnnotatedEndpointClasses(classes: Given["classes"]): Iterable<Class> {
      return new Set([...classes].filter((each) => each === OtherUsed));
    }
  }
  const application = await found(stage, First, Second);
  expect(new Set(application.sockets.paths)).toEqual(new Set(["/used", "/other", "/configured"]));
  expect(given).toEqual([
    { found: new Set([Programmatic, UnusedProgrammatic]), configs: new Set([configured, unusedConfigured]) },
    { classes: new Set([Used, Unused, OtherUsed]) },
  ]);
  return application;
}

async function found(stage: Stage, ...beans: readonly Class<ServerApplicationConfig>[]): Promise<Application> {
  const dependencies = container.createChildContainer();
  const token = ServerApplicationConfig as InjectionToken<ServerApplicationConfig>;
  for (const bean of beans) dependencies.register(token, { useClass: bean as new () => ServerApplicationConfig });
  for (const config of [configured, unusedConfigured]) dependencies.registerInstance(ENDPOINT_CONFIGS, config);
  return stage.start([Used, Unused, OtherUsed], { container: dependencies });
}

for (const [method, path] of [
  ["usedServerTest", "used"],
  ["otherUsedServerTest", "other"],
  ["configuredServerTest", "configured"],
] as const)
  list.add(method, { changed }, async (stage) => {
    const peer = await (await chosen(stage)).open(`/${path}`);
    peer.send("anything");
    expect(await peer.next()).toBe(`${path}: anything`);
  });

for (const [method, path] of [
  ["unusedServerTest", "/unused"],
  ["unusedConfiguredServerTest", "/unused-configured"],
] as const)
  list.add(method, { changed }, async (stage) => {
    expect(await (await chosen(stage)).refusal(path)).toBe(404);
    // It is the beans that keep it out.
    await (await found(stage)).open(path);
  });

export const applicationConfigCases = list.cases;
