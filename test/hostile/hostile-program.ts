import type { ApplicationContext, Class, EndpointExporterOptions, RunOptions, ServerContainer } from "wirespring";
import type { SkippingClock } from "./skipping-clock.js";

/** What a file of `programs/` exports as `program`: the endpoints of a server process, and what cases may have it do. Run by hostile-server.ts. */
export interface HostileProgram {
  readonly endpoints: readonly Class[];
  readonly options?: Omit<RunOptions, "clock" | "endpoints" | "host" | "limits" | "port" | "server">;
  /** What `new EndpointExporter` is given. */
  readonly exporter?: EndpointExporterOptions;
  /** By the names that `server.call` takes. Arguments and values pass between processes as `structuredClone` passes them. */
  readonly commands?: Readonly<Record<string, Command>>;
}

/** Something that a case has the server do. */
export type Command = (running: Running, argument: unknown) => unknown;

/** A server that has started. */
export interface Running {
  readonly context: ApplicationContext;
  readonly sockets: ServerContainer;
  readonly clock: SkippingClock;
}

/** Says what server a case wants; equal ones are one process. */
export interface ServeOptions {
  /** A file of `programs/`. Default `plain`: `/echo`, and nothing else. */
  readonly program?: string;
  readonly limits?: RunOptions["limits"];
  /** Whether no other case gets this process. Default false. */
  readonly alone?: boolean;
}
