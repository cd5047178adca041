import { whenAborted } from "../abort-waits.js";
import { setImmediate } from "node:timers";
import { CloseCodes, CloseReason } from "../close-reason.js";
import type { Dispatcher } from "../deployment/dispatcher.js";
import { LiveEndpoint, type DeploymentPlans, type DeploymentServices } from "../deployment/live-endpoint.js";
import type { ClientEndpointConfig } from "../endpoint/client-endpoint-config.js";
import type { ClientEndpointOptions } from "../endpoint/client-options.js";
import type { Class } from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { Handler, HandlerContext } from "../endpoint/handler.js";
import { asError, saidBy, deploymentFailure } from "../errors.js";
import type { Limits } from "../limits.js";
import type { Session } from "../session/session.js";
import type { Agreement } from "./client-handshake.js";

/**
 * A client endpoint with a configuration, ready to be connected: makes session and instance of each connection once the server has agreed.
 * Made by the client's deployer, asked by the connector.
 */

/** What a client's deployment asks of the connector that has it. */
export interface ClientServices extends DeploymentServices {
  /** The open client sessions of an endpoint class, whatever they were configured with. */
  openSessions(endpointClass: Class): ReadonlySet<Session>;
  /** A session begins. */
  started(deployment: ClientDeployment): void;
  /** The last session has ended. */
  emptied(deployment: ClientDeployment): void;
}

/** Called when `@OnOpen` of a session has run, or its life is over. */
const waiting = new WeakMap<Session, (session: Session) => void>();

export class ClientDeployment extends LiveEndpoint<ClientEndpointOptions> {
  readonly config: ClientEndpointConfig;
  readonly limits: Limits;
  readonly path: string;
  readonly #services: ClientServices;
  #sessions = 0;

  constructor(
    model: EndpointModel<ClientEndpointOptions>,
    config: ClientEndpointConfig,
    limits: Limits,
    plans: DeploymentPlans,
    services: ClientServices,
  ) {
    super({ ...model, open: announced(model.open) }, plans, services);
    this.config = config;
    this.limits = limits;
    this.path = `client ${model.endpointClass.name}`;
    this.#services = services;
  }

  override openSessions(): ReadonlySet<Session> {
    return this.#services.openSessions(this.model.endpointClass);
  }

  /** The open sessions of this very deployment. */
  get ownSessions(): ReadonlySet<Session> {
    return super.openSessions();
  }

  /**
   * Starts a session on what was agreed, and gives it when `@OnOpen` has run. Rejects with `DeploymentException` when the endpoint or one of its
   * codecs could not be made, with the signal's reason when it is aborted while `@OnOpen` runs; the connection is gone, or going, then.
   */
  async connect(
    { transport, request, subprotocol, extensions }: Agreement,
    signal: AbortSignal | undefined,
  ): Promise<Session> {
    const userProperties = new Map(this.config.userProperties);
    const crew = this.muster({ request, principal: null, subprotocol, extensions, userProperties });
    const { dispatcher, scope } = crew;
    let opened: Promise<Session>;
    try {
      const equipment = this.equip(crew, scope.create(this.endpointPlan));
      scope.release();
      const { session } = dispatcher;
      const opening = new Promise<Session>((resolve) => {
        waiting.set(session, resolve);
        this.#sessions++;
        this.#services.started(this);
        dispatcher.start(transport, equipment);
      });
      opened = signal === undefined ? opening : unlessAborted(opening, session, signal);
    } catch (thrown) {
      transport.terminate();
      await this.disband(crew);
      const error = asError(thrown);
      throw deploymentFailure(`${this.path}: could not be made: ${saidBy(error)}`, { cause: error });
    }
    return opened;
  }

  override ended(dispatcher: Dispatcher, reason: CloseReason, clean: boolean): void {
    super.ended(dispatcher, reason, clean);
    arrived(dispatcher.session);
    if (--this.#sessions === 0) this.#services.emptied(this);
  }
}

/** Closes the session with 1001 when nobody waits for it any more. */
function unlessAborted(opening: Promise<Session>, session: Session, signal: AbortSignal): Promise<Session> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      void session.close(new CloseReason(CloseCodes.GOING_AWAY));
      reject(signal.reason);
    };
    if (signal.aborted) return abort();
    const stopWaiting = whenAborted(signal, abort);
    void opening.then((open) => {
      stopWaiting();
      resolve(open);
    });
  });
}

/**
 * `@OnOpen`, which is never over at once: input is paused meanwhile and goes on in a tick of its own, after whoever awaits the session has gone
 * on, so that nothing is lost on a message handler that is added then (J-181).
 */
function announced(open: Handler | undefined): Handler {
  return Object.freeze({
    method: open?.method ?? "onOpen",
    invoke: (context: HandlerContext, payload: unknown) => announce(open, context, payload),
  });
}

async function announce(open: Handler | undefined, context: HandlerContext, payload: unknown): Promise<void> {
  try {
    await open?.invoke(context, payload);
  } catch (error) {
    // The dispatcher tells `@OnError` and closes first.
    setImmediate(arrived, context.session);
    throw error;
  }
  arrived(context.session);
}

function arrived(session: Session): void {
  waiting.get(session)?.(session);
  waiting.delete(session);
}
