import type { HookName } from "../diagnostics.js";
import { usesDefault, type ServerEndpointConfig, type ServerEndpointOptions } from "../endpoint/endpoint-config.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import { asError, illegalArgument } from "../errors.js";
import type { Extension } from "../extension.js";
import type { Limits } from "../limits.js";
import { isThenable, settled } from "../thenable.js";
import type { AcceptedHandshake, DeployedEndpoint, Reservation } from "./deployed-endpoint.js";
import { LiveEndpoint, type Crew, type DeploymentPlans, type DeploymentServices } from "./live-endpoint.js";

/**
 * A server's endpoint in service at its path: makes session and instance of each connection before the 101. Made by the endpoint deployer when
 * everything was judged, asked by the router.
 */

export class Deployment extends LiveEndpoint<ServerEndpointOptions> implements DeployedEndpoint {
  readonly config: ServerEndpointConfig;
  readonly installedExtensions: readonly Extension[];

  constructor(
    model: EndpointModel,
    config: ServerEndpointConfig,
    plans: DeploymentPlans,
    services: DeploymentServices,
    installedExtensions: readonly Extension[],
  ) {
    super(model, plans, services);
    this.installedExtensions = installedExtensions;
    this.config = config;
  }

  get path(): string {
    return this.config.path;
  }

  get limits(): Limits {
    return this.config.limits;
  }

  reserve(handshake: AcceptedHandshake): Reservation | Promise<Reservation> {
    const crew = this.muster(handshake);
    const { scope } = crew;
    const { configurator } = this.config;
    const ready = (instance: unknown): Reservation => this.#reservation(crew, this.#checked(instance), handshake);
    const failed = (hook: HookName) => (thrown: unknown) => this.#reserveFailed(crew, hook, thrown);
    if (usesDefault(configurator, "getEndpointInstance"))
      return attempt(() => ready(scope.create(this.endpointPlan)), failed("construct"));
    return attempt(() => {
      const instance = configurator.getEndpointInstance(this.config.endpointClass, scope.container);
      if (!isThenable(instance)) return ready(instance);
      return settled(instance).then(ready).catch(failed("getEndpointInstance"));
    }, failed("getEndpointInstance"));
  }

  #reservation(crew: Crew, instance: object, { request }: AcceptedHandshake): Reservation {
    const { dispatcher, scope } = crew;
    const equipment = this.equip(crew, instance);
    return {
      get isBusy() {
        return dispatcher.isBusy;
      },
      open: (transport, ended) => {
        dispatcher.whenEnded = ended;
        request.release();
        scope.release();
        dispatcher.start(transport, equipment);
        return dispatcher.session;
      },
      abandon: () => void equipment.dispose?.(),
    };
  }

  #checked(instance: unknown): object {
    if (typeof instance === "object" && instance !== null) return instance;
    const { configurator, endpointClass } = this.config;
    throw illegalArgument(
      `${configurator.constructor.name}.getEndpointInstance must give an instance of ${endpointClass.name}, found ${String(instance)}`,
    );
  }

  #reserveFailed(crew: Crew, hook: HookName, thrown: unknown): never {
    const error = asError(thrown);
    this.diagnostics.error(hook, error, false, this.path);
    void this.disband(crew);
    throw error;
  }
}

function attempt<T>(call: () => T, failed: (thrown: unknown) => never): T {
  try {
    return call();
  } catch (thrown) {
    return failed(thrown);
  }
}
