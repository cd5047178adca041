// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  WirespringApplication,
  type ApplicationContext,
  type Class,
  type EndpointExporterOptions,
  type RunOptions,
} from "wirespring";
import type { EventEmitter } from "node:events";
import { createServer } from "node:http";
import type { LogNotes } from "./log-notes.js";
import type { TimerWatch } from "./timer-watch.js";
import { VirtualClock } from "./virtual-clock.js";

/**
 * How an application is deployed for a test: as `WirespringApplication.run` does it, on a server that listens nowhere, by a clock that stands still. Called
 * by the test application.
 */

/** What the exporter takes and `run` does not. */
type ExporterOnly = Pick<EndpointExporterOptions, "contextPath" | "httpSession" | "resolve">;

/** Says how an application is deployed for a test: what `run` takes, and what an exporter takes. */
export interface TestApplicationOptions
  extends
    Pick<
      RunOptions,
      "beans" | "limits" | "encoders" | "decoders" | "compression" | "trustedProxies" | "allowedHosts" | "logger"
    >,
    ExporterOnly {
  /** The application's own `@Configuration` classes. Default: none; an exporter is there all the same. */
  readonly configurations?: Class | readonly Class[];
  /** What `clock.wallTime()` says first. Default: 2030-01-01. */
  readonly startsAt?: Date;
  /** Milliseconds of real time that a handler may take before the test is told that nothing comes. Default 1 000. */
  readonly patience?: number;
  /**
   * Whether `leaks()` will be asked. Timers of Node can be watched only at a price: promises of the whole process cost several times as much meanwhile. Default: when
   * there are `emitters`.
   */
  readonly leaks?: boolean;
  /** Emitters of the application to which its endpoints listen: the leak report counts their listeners. Default: none. */
  readonly emitters?: readonly EventEmitter[];
}

/** What its timers call belongs to the application, also when a test moves the clock. */
export class EnteringClock extends VirtualClock {
  readonly #watch: TimerWatch;

  constructor(watch: TimerWatch, startsAt: Date | undefined) {
    super(startsAt?.getTime());
    this.#watch = watch;
  }

  override setTimer(task: () => void, delay: number): ReturnType<VirtualClock["setTimer"]> {
    return super.setTimer(() => this.#watch.enter(task), delay);
  }
}

/** Deploys the endpoints. Rejects as `WirespringApplication.run` does. */
export function deploy(
  endpoints: readonly Class[],
  options: TestApplicationOptions,
  clock: VirtualClock,
  notes: LogNotes,
): Promise<ApplicationContext> {
  const { configurations = [], contextPath, httpSession, resolve, beans = [] } = options;
  const { limits, encoders, decoders, compression, trustedProxies, allowedHosts } = options;
  const own = {
    ...(contextPath !== undefined && { contextPath }),
    ...(httpSession && { httpSession }),
    ...(resolve && { resolve }),
  };
  // An application's own configuration has one; endpoints that a host exports by itself have none that could be named.
  const isGiven = beans.some(([token]) => token === EndpointExporter);
  const needsExporter = !isGiven && ([configurations].flat().length === 0 || Object.keys(own).length > 0);
  return WirespringApplication.run(configurations, {
    // It listens nowhere: without a port, the host's own server is left alone.
    server: createServer(),
    signals: false,
    endpoints,
    clock,
    logger: notes.logger,
    beans: needsExporter ? [...beans, [EndpointExporter, new EndpointExporter(own)]] : beans,
    ...(limits && { limits }),
    ...(encoders && { encoders }),
    ...(decoders && { decoders }),
    ...(compression !== undefined && { compression }),
    ...(trustedProxies && { trustedProxies }),
    ...(allowedHosts && { allowedHosts }),
  });
}
