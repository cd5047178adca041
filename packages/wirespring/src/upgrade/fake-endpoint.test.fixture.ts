import type { Clock, Timer } from "../clock.js";
import type { AcceptedHandshake, DeployedEndpoint, Reservation } from "../deployment/deployed-endpoint.js";
import { Diagnostics } from "../diagnostics.js";
import {
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type ServerEndpointOptions,
} from "../endpoint/endpoint-config.js";
import type { Extension } from "../extension.js";
import type { UpgradeRequest } from "../handshake-request.js";
import { defaultLimits, type Limits } from "../limits.js";
import type { LogRecord } from "../logger.js";
import type { Session } from "../session/session.js";

/**
 * What the tests of this folder put in the place of a deployment, of time and of a request.
 */

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  readonly #timers = new Set<{ readonly due: number; readonly task: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  setTimer(task: () => void, delay: number): Timer {
    const timer = { due: this.#now + delay, task };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  get pending(): number {
    return this.#timers.size;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers) if (timer.due <= this.#now && this.#timers.delete(timer)) timer.task();
  }
}

/** Diagnostics whose log is an array. */
export function quietDiagnostics(): { readonly diagnostics: Diagnostics; readonly log: LogRecord[] } {
  const log: LogRecord[] = [];
  const push = (record: LogRecord): void => void log.push(record);
  return { diagnostics: new Diagnostics({ debug: push, info: push, warn: push, error: push }), log };
}

class Config extends ServerEndpointConfig {
  readonly encoders = [];
  readonly decoders = [];
  readonly userProperties = new Map<string, unknown>([["shared", 0]]);
  readonly endpointClass: ServerEndpointConfig["endpointClass"];
  readonly path: string;
  readonly subprotocols: readonly string[];
  readonly extensions = [];
  readonly configurator: ServerEndpointConfigurator;
  readonly limits: Limits;

  constructor(options: ServerEndpointOptions, configurator: ServerEndpointConfigurator, name: string) {
    super();
    this.endpointClass = { [name]: class {} }[name]!;
    this.path = options.value;
    this.subprotocols = options.subprotocols ?? [];
    this.configurator = configurator;
    this.limits = { ...defaultLimits, ...options } as Limits;
  }
}

/** An endpoint that keeps account of what it was asked. */
export class FakeEndpoint implements DeployedEndpoint {
  readonly config: ServerEndpointConfig;
  readonly options: ServerEndpointOptions;
  installedExtensions: readonly Extension[] = [];
  readonly reserved: AcceptedHandshake[] = [];
  opened = 0;
  /** Ends the sessions that were opened, in turn. */
  readonly ends: (() => void)[] = [];
  abandoned = 0;
  /** Replaces what `reserve` does behind the account. */
  reserving: (reservation: Reservation) => Reservation | Promise<Reservation> = (reservation) => reservation;

  constructor(
    options: string | ServerEndpointOptions,
    hooks: Partial<ServerEndpointConfigurator> = {},
    name = "Endpoint",
  ) {
    this.options = typeof options === "string" ? { value: options } : options;
    this.config = new Config(this.options, Object.assign(new ServerEndpointConfigurator(), hooks), name);
  }

  reserve(handshake: AcceptedHandshake): Reservation | Promise<Reservation> {
    this.reserved.push(handshake);
    return this.reserving({
      isBusy: false,
      open: (_transport, ended) => {
        this.opened++;
        if (ended !== undefined) this.ends.push(ended);
        return {} as Session;
      },
      abandon: () => {
        this.abandoned++;
      },
    });
  }
}

/** A sound request, with further header lines. */
export function requestFor(
  url: string,
  lines: Readonly<Record<string, string>> = {},
  socket: UpgradeRequest["socket"] = { remoteAddress: "192.0.2.1" },
): UpgradeRequest {
  const headers = {
    host: "app.example",
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    ...lines,
  };
  return { method: "GET", url, httpVersion: "1.1", headers, rawHeaders: Object.entries(headers).flat(), socket };
}

/** Lets everything run that is ready. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
