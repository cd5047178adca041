import { ServerEndpointConfig, type Class, type ServerEndpointConfigurator } from "../endpoint/endpoint-config.js";
import type { Extension } from "../extension.js";
import type { EndpointModel } from "../endpoint/endpoint-model.js";
import type { Limits } from "../limits.js";

/** The configuration object of an endpoint in service, as `@OnOpen` and the configurator see it. Made by the endpoint deployer. */
export class DeployedConfig extends ServerEndpointConfig {
  readonly endpointClass: Class;
  readonly path: string;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly encoders: readonly Class[];
  readonly decoders: readonly Class[];
  readonly configurator: ServerEndpointConfigurator;
  readonly limits: Limits;
  readonly userProperties: Map<string, unknown>;

  /** `declared`: the configuration that this one stands for; its user properties are this one's. */
  constructor(
    model: EndpointModel,
    configurator: ServerEndpointConfigurator,
    limits: Limits,
    declared: ServerEndpointConfig | undefined,
  ) {
    super();
    this.extensions = declared?.extensions ?? Object.freeze([]);
    this.userProperties = declared?.userProperties ?? new Map<string, unknown>();
    this.endpointClass = model.endpointClass;
    this.path = model.options.value;
    this.subprotocols = Object.freeze([...(model.options.subprotocols ?? [])]);
    this.encoders = Object.freeze([...new Set(model.codecs.encoders.map(({ coder }) => coder))]);
    this.decoders = Object.freeze([...new Set(model.codecs.decoders.map(({ coder }) => coder))]);
    this.configurator = configurator;
    this.limits = limits;
    Object.freeze(this);
  }
}
