import type { Agent } from "node:http";
import { describe, illegalArgument } from "../errors.js";
import type { Extension } from "../extension.js";
import { dereference } from "./class-reference.js";
import {
  ClientEndpointConfigurator,
  judgeClientOptions,
  type ClientEndpointOptions,
  type ClientTlsOptions,
} from "./client-options.js";
import { EndpointConfig, type Class, type ClassReference } from "./endpoint-config.js";

/** Everything a client endpoint was declared with; frozen but for `userProperties`. Jakarta's `ClientEndpointConfig`. */
export abstract class ClientEndpointConfig extends EndpointConfig {
  /** In the order of preference. */
  abstract readonly subprotocols: readonly string[];
  abstract readonly extensions: readonly Extension[];
  /** Undefined only where a class was named that the container has not constructed yet. */
  abstract readonly configurator: ClientEndpointConfigurator | undefined;
  abstract readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Null: what Node does by itself. */
  abstract readonly tls: ClientTlsOptions | null;
  abstract readonly agent: Agent | undefined;
  /** Milliseconds. */
  abstract readonly connectTimeout: number;

  /**
   * Makes a configuration for `connectToServer` (J-188). Everything is copied; lists that are null or missing are empty.
   *
   * Throws `TypeError`, code `WS_ILLEGAL_ARGUMENT`, that names everything that is wrong with the options.
   */
  static create(options: ClientEndpointOptions | null = {}): ClientEndpointConfig {
    if (options !== null && typeof options !== "object")
      throw illegalArgument(`ClientEndpointConfig.create takes an object of options, found ${describe(options)}`);
    const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== null));
    const problems: string[] = [];
    judgeClientOptions("ClientEndpointConfig.create", given, problems);
    if (problems.length > 0) throw illegalArgument(problems.join("; "));
    return new FrozenClientConfig(given);
  }
}

/** Milliseconds that an opening handshake may take, when nothing else was said. */
export const DEFAULT_CONNECT_TIMEOUT = 10_000;

/** The one implementation. Remembers what it was made with, for the deployment. */
export class FrozenClientConfig extends ClientEndpointConfig {
  /** @internal */
  readonly given: ClientEndpointOptions;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly encoders: readonly Class[];
  readonly decoders: readonly Class[];
  readonly configurator: ClientEndpointConfigurator | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls: ClientTlsOptions | null;
  readonly agent: Agent | undefined;
  readonly connectTimeout: number;
  readonly userProperties: Map<string, unknown>;

  /** `configurator`: made by the container from the class that `given` names. `userProperties`: of the configuration that this one stands for. */
  constructor(
    given: ClientEndpointOptions,
    configurator?: ClientEndpointConfigurator,
    userProperties = new Map(given.userProperties ?? []),
  ) {
    super();
    this.given = Object.freeze({ ...given });
    this.subprotocols = copied(given.subprotocols);
    this.extensions = copied(given.extensions);
    this.encoders = classes(given.encoders);
    this.decoders = classes(given.decoders);
    this.configurator = configurator ?? instanceOf(given.configurator);
    this.headers = Object.freeze({ ...given.headers });
    this.tls = given.tls === undefined ? null : Object.freeze({ ...given.tls });
    this.agent = given.agent;
    this.connectTimeout = given.connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
    this.userProperties = userProperties;
    Object.freeze(this);
  }
}

function copied<T>(list: readonly T[] = []): readonly T[] {
  return Object.freeze([...list]);
}

/** What leads to no class is told by the deployment. */
function classes(references: readonly ClassReference[] = []): readonly Class[] {
  return Object.freeze(references.map((reference) => dereference(reference).type).filter((type) => type !== undefined));
}

function instanceOf(configurator: ClientEndpointOptions["configurator"]): ClientEndpointConfigurator | undefined {
  if (configurator === undefined) return new ClientEndpointConfigurator();
  return typeof configurator === "function" ? undefined : configurator;
}

/** Gives what `ClientEndpointConfig.create` was told; of another kind of configuration, everything that it has. */
export function givenClientOptions(config: ClientEndpointConfig): ClientEndpointOptions {
  if (config instanceof FrozenClientConfig) return config.given;
  const { subprotocols, extensions, encoders, decoders, headers, connectTimeout, tls, agent, configurator } = config;
  return {
    subprotocols,
    extensions,
    encoders,
    decoders,
    headers,
    connectTimeout,
    ...(tls === null ? {} : { tls }),
    ...(agent === undefined ? {} : { agent }),
    ...(configurator === undefined ? {} : { configurator }),
  };
}
