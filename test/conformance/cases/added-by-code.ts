import { container, injectable } from "tsyringe";
import { expect } from "vitest";
import {
  DeploymentException,
  EndpointExporter,
  ENDPOINTS,
  ServerApplicationConfig,
  ServerContainer,
  ServerEndpoint,
  ServerEndpointConfig,
  type Class,
} from "wirespring";
import { CaseList, CHANGES, type ConformanceCase } from "../case-list.js";
import type { Stage } from "../stage.js";
import {
  Echo,
  expectNothingDeployed,
  expectNotServed,
  Other,
  STRONGER,
  StringHolderDecoder,
} from "./refused-application.js";
import { HolderOnClose, HolderOnError, HolderOnMessage, HolderOnOpen } from "./refused-handlers.js";
import { TwoForText } from "./refused-messages.js";

/**
 * Endpoints that code adds while the application is deployed: `negdep/.../pasrv` and `ppsrv` (J-15, J-17). The code is a
 * `ServerApplicationConfig`, which the exporter asks in the midst of the deployment.
 */

const cases: ConformanceCase[] = [];
const changed = `${CHANGES.explicitDeployment}; ${STRONGER}`;

@ServerEndpoint({ value: "/invalid/{arg}", decoders: [StringHolderDecoder] })
class DecodedOnError extends HolderOnError {}

@ServerEndpoint({ value: "/invalid/{arg}", decoders: [StringHolderDecoder] })
class DecodedOnMessage extends HolderOnMessage {}

@ServerEndpoint({ value: "/invalid/{arg}", decoders: [StringHolderDecoder] })
class DecodedOnOpen extends HolderOnOpen {}

/** An application whose code adds endpoints, and does not care whether that works. */
function adding(...endpoints: Class[]) {
  const dependencies = container.createChildContainer();
  const caught: unknown[] = [];
  @injectable()
  class Adding extends ServerApplicationConfig {
    getEndpointConfigs(): null {
      return null;
    }
    getAnnotatedEndpointClasses(found: ReadonlySet<Class>): Iterable<Class> {
      for (const endpoint of endpoints)
        try {
          dependencies.resolve(ServerContainer).addEndpoint(endpoint);
        } catch (error) {
          caught.push(error);
        }
      return found;
    }
  }
  dependencies.register(ServerApplicationConfig as never, { useClass: Adding as never });
  return { dependencies, caught };
}

for (const [kind, faulty] of [
  ["Close", HolderOnClose],
  ["Error", DecodedOnError],
  ["Message", DecodedOnMessage],
  ["Open", DecodedOnOpen],
] as const) {
  const list = new CaseList(`negdep/invalidpathparamtype/pasrv/on${kind.toLowerCase()}`);
  list.add(`invalidTypeOn${kind}UndeployOtherEndpointTest`, { changed }, async (stage) => {
    // In service already when the faulty one comes; and found, but not yet in service.
    for (const [added, found] of [
      [[Echo, faulty], [Other]],
      [[faulty], [Echo]],
    ] as const) {
      const { dependencies, caught } = adding(...added);
      await expectNothingDeployed(found, [/failed before/], dependencies);
      expect(caught).toEqual([expect.any(DeploymentException)]);
      expect((caught[0] as Error).message).toMatch("StringHolder");
    }
    await expectServedWithout(stage);
  });
  list.add(`invalidTypeOn${kind}Test`, { changed }, async (stage) => {
    const { dependencies } = adding(faulty);
    const sockets = await expectNothingDeployed([Echo], [/failed before/], dependencies);
    await expectNotServed(sockets, "/invalid/pathparam");
    await expectServedWithout(stage);
  });
  cases.push(...list.cases);
}

/** The same code, without the fault. */
async function expectServedWithout(stage: Stage): Promise<void> {
  const { dependencies, caught } = adding(Echo);
  dependencies.registerInstance(ENDPOINTS, Other);
  const sockets = await new EndpointExporter({ container: dependencies }).export();
  stage.atEnd(() => sockets.close());
  expect(caught).toEqual([]);
  expect(sockets.paths).toEqual(["/echo", "/other"]);
  const peer = await stage.open([Echo], "/echo");
  peer.send("anything");
  expect(await peer.next()).toBe("anything");
}

for (const [name, endpoint] of [
  ["pasrv", Echo],
  ["ppsrv", ServerEndpointConfig.create(Echo, "/echo")],
] as const) {
  const list = new CaseList(`negdep/onmessage/${name}/nomoreendpoints`);
  list.add("duplicateOnMessagePreventOtherEndpointFromBeingDeployedTest", { changed }, async (stage) => {
    const sockets = await expectNothingDeployed([TwoForText], ["TwoForText", "streamed", "parted"]);
    expect(() => sockets.addEndpoint(endpoint)).toThrow(DeploymentException);
    await expectNotServed(sockets, "/echo");
    const application = await stage.start([], { allowEmpty: true });
    application.sockets.addEndpoint(endpoint);
    const peer = await application.open("/echo");
    peer.send("anything");
    expect(await peer.next()).toBe("anything");
  });
  cases.push(...list.cases);
}

export const addedByCodeCases: readonly ConformanceCase[] = cases;
