import { container, type DependencyContainer } from "tsyringe";
import { expect } from "vitest";
import {
  Decoder,
  Decodes,
  DeploymentException,
  ENDPOINTS,
  EndpointExporter,
  OnMessage,
  ServerApplicationConfig,
  ServerContainer,
  ServerEndpoint,
  type Class,
} from "wirespring";
import { upgradeRequest } from "@wirespring/testing";
import { Refusal } from "wirespring/spi";
import { CaseList, CHANGES, type ConformanceCase } from "../case-list.js";

/**
 * Applications that must not be deployed. The original takes any failed connection for a refusal. Here the export must reject with a message
 * that names the fault and nothing else, no path must be served, and the same application without the fault must be.
 */

/** The endpoint that is in order. */
@ServerEndpoint("/echo")
export class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

/** Another one. */
@ServerEndpoint("/other")
export class Other extends Echo {}

/** A class that nothing decodes by itself. */
export class StringHolder {
  constructor(readonly text: string) {}
}

@Decodes(StringHolder)
export class StringHolderDecoder extends Decoder.Text<StringHolder> {
  decode(text: string): StringHolder {
    return new StringHolder(text);
  }
}

/** What every one of these cases changes. */
export const STRONGER = "the report is looked at, and the same application without the fault answers";

/** The cases of a class whose methods look at the faulty endpoint and at the valid one beside it. */
export function refused(
  tckClass: string,
  methods: readonly string[],
  faulty: readonly Class[],
  ...words: readonly (string | RegExp)[]
): readonly ConformanceCase[] {
  const list = new CaseList(tckClass);
  const changed = tckClass.endsWith("/textbigdecimal") ? `${CHANGES.noBigDecimal}; ${STRONGER}` : STRONGER;
  for (const method of methods)
    list.add(method, { changed }, async (stage) => {
      await expectNothingDeployed([Echo, ...faulty], [faulty[0]!.name, ...words]);
      const peer = await stage.open([Echo], "/echo");
      peer.send("anything");
      expect(await peer.next()).toBe("anything");
    });
  return list.cases;
}

/** Expects that the export rejects, says why, and leaves nothing in service. Gives the container, which is of no use any more. */
export async function expectNothingDeployed(
  endpoints: readonly Class[],
  words: readonly (string | RegExp)[],
  dependencies: DependencyContainer = container.createChildContainer(),
): Promise<ServerContainer> {
  for (const endpoint of endpoints) dependencies.registerInstance(ENDPOINTS, endpoint);
  let sockets: ServerContainer | undefined;
  // Asked in the midst of the deployment: afterwards nobody finds the container of a failed one.
  class Watching extends ServerApplicationConfig {
    getEndpointConfigs(): null {
      return null;
    }
    getAnnotatedEndpointClasses(found: ReadonlySet<Class>): Iterable<Class> {
      sockets = dependencies.resolve(ServerContainer);
      return found;
    }
  }
  dependencies.registerInstance(ServerApplicationConfig as never, new Watching());
  const exporter = new EndpointExporter({ container: dependencies, logger: silent });
  const error: unknown = await exporter.export().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeploymentException);
  const { message } = error as DeploymentException;
  for (const word of words) expect(message).toMatch(word);
  // It is not at fault.
  expect(message).not.toContain("Echo");
  await expectNotServed(sockets!, "/echo");
  await expectNotServed(sockets!, "/invalid");
  return sockets!;
}

/** Expects that a path is not served. */
export async function expectNotServed(sockets: ServerContainer, path: string): Promise<void> {
  const admission = await sockets.router.admit(upgradeRequest({ path }));
  expect(admission).toBeInstanceOf(Refusal);
  expect((admission as Refusal).status).toBe(404);
}

const ignore = (): void => {};
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
