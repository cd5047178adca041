import type { RequestListener, Server as HttpServer } from "node:http";
import type { Server as HttpsServer, ServerOptions as TlsOptions } from "node:https";
import type { Clock } from "../clock.js";
import type { Class, ClassReference } from "../endpoint/endpoint-config.js";
import { describe, illegalArgument } from "../errors.js";
import { limitNames, type ContainerLimits, type Limits } from "../limits.js";
import type { Logger } from "../logger.js";
import type { BeanToken } from "./bean.js";

/** What `WirespringApplication.run` takes; everything has a default. */
export interface RunOptions {
  /** TCP port; 0 for any that is free. Default 8080; with `server`, not to listen: the host does. */
  readonly port?: number;
  /** Address to listen on, as `127.0.0.1`. Default: all addresses. */
  readonly host?: string;
  /** Key, certificate and whatever else `node:https` takes: the application speaks TLS. Default: it does not. */
  readonly tls?: TlsOptions;
  /**
   * Serves plain HTTP: an Express app, a folder of files. An upgrade to an endpoint's path that has lost its `Connection` field on the way is 426 all
   * the same. Default: 426 on an endpoint's path, 404 elsewhere.
   */
  readonly handler?: RequestListener;
  /** A server of the host, to which the endpoints are attached. It is listened on, and closed, only when `port` is given, too. Default: one of our own. */
  readonly server?: HttpServer | HttpsServer;
  /** The endpoint classes of this application, instead of all that were imported. */
  readonly endpoints?: readonly Class[];
  /** Values in place of beans, for tests: the bean methods of these tokens are not called. They stay their owner's to end. */
  readonly beans?: readonly (readonly [token: BeanToken, value: unknown])[];
  /** Bounds for all endpoints and for the application; see `Limits` and `ContainerLimits`. */
  readonly limits?: Partial<Limits & ContainerLimits>;
  /** Encoders for all endpoints, after their own. */
  readonly encoders?: readonly ClassReference[];
  /** Decoders for all endpoints, after their own. */
  readonly decoders?: readonly ClassReference[];
  /** Whether `permessage-deflate` is agreed on when a client offers it; see `EndpointExporterOptions`. Default false. */
  readonly compression?: boolean;
  /**
   * Proxies in front, by address or network, as `10.0.0.0/8`: what they say in `X-Forwarded-For` and `X-Forwarded-Proto` is the peer's address, for the
   * limits of one address, too, and whether it speaks TLS. Default: none, those fields are not looked at.
   */
  readonly trustedProxies?: readonly string[];
  /** Names under which this application is reached, with or without a port; an upgrade whose `Host` is another is 421. Default: any. */
  readonly allowedHosts?: readonly string[];
  /** Whether SIGTERM and SIGINT close the application. Default true. */
  readonly signals?: boolean;
  /** Where the log goes. Default: one JSON line an event on standard error. */
  readonly logger?: Logger;
  /** Where time comes from. Default: the system. */
  readonly clock?: Clock;
}

const OPTIONS: ReadonlySet<string> = new Set<keyof RunOptions>([
  "allowedHosts",
  "beans",
  "clock",
  "compression",
  "decoders",
  "encoders",
  "endpoints",
  "handler",
  "host",
  "limits",
  "logger",
  "port",
  "server",
  "signals",
  "tls",
  "trustedProxies",
]);

/** Throws `TypeError`, code `WS_ILLEGAL_ARGUMENT`, for options that do not fit together or are unknown. */
export function checkRunOptions(options: RunOptions): void {
  for (const name of Object.keys(options))
    if (!OPTIONS.has(name))
      throw illegalArgument(`run has no option ${JSON.stringify(name)}; there are ${[...OPTIONS].join(", ")}`);
  for (const [index, endpoint] of (options.endpoints ?? []).entries())
    if (typeof endpoint !== "function")
      throw illegalArgument(
        `endpoints[${index}] is ${describe(endpoint)}, expected a class with @ServerEndpoint. Do two modules import each other?`,
      );
  if (options.server !== undefined)
    for (const name of ["tls", "handler"] as const)
      if (options[name] !== undefined)
        throw illegalArgument(`run was given both server and ${name}: ${name} belongs to whoever made the server`);
  if (options.server !== undefined && options.host !== undefined && options.port === undefined)
    throw illegalArgument("run was given server and host without a port: give a port, too, or let the host listen");
  for (const name of Object.keys(options.limits ?? {}))
    if (!limitNames.has(name))
      throw illegalArgument(`limits has no ${JSON.stringify(name)}; there are ${[...limitNames].join(", ")}`);
}
