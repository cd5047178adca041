import { expect } from "vitest";
import { VirtualClock } from "@wirespring/testing";
import { Endpoint, ServerEndpointConfig, Session, type Class } from "wirespring";
import type { Peer } from "../peer.js";
import type { Application, Stage } from "../stage.js";

/** An endpoint that is added to a server that is in service, and the same one as a client. Used by the cases of `addendpoint`. */

/** One of our ends of a connection, and who is at the other. */
export interface Half {
  readonly session: Session;
  readonly peer: Peer;
}

/** Starts a server without an endpoint and adds one. */
export async function added(
  stage: Stage,
  endpoint: Class | ServerEndpointConfig,
  clock?: VirtualClock,
): Promise<Application> {
  const application = await stage.start([], { allowEmpty: true, ...(clock && { clock }) });
  expect(application.sockets.paths).toEqual([]);
  application.sockets.addEndpoint(endpoint);
  return application;
}

/** The session of a server's connection. */
export async function connected(application: Application, target: string): Promise<Half> {
  const before = application.sockets.sessions();
  const peer = await application.open(target);
  const [session] = [...application.sockets.sessions()].filter((each) => !before.has(each));
  return { session: session!, peer };
}

/** The same endpoint at both ends: added to a server, and as a client. */
export async function bothHalves(
  stage: Stage,
  endpoint: Class<Endpoint>,
  check: (half: Half) => void | Promise<void>,
  clock?: VirtualClock,
): Promise<void> {
  const application = await added(stage, ServerEndpointConfig.create(endpoint, "/added"), clock);
  await check(await connected(application, "/added"));
  await check(await stage.connect(endpoint, { container: { logger: silent, ...(clock && { clock }) } }));
}

const ignore = (): void => {};
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
