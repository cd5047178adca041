// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  type Class,
  type EndpointExporterOptions,
  type LogRecord,
  type ServerContainer,
} from "wirespring";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { container, type DependencyContainer } from "tsyringe";

/** Endpoints on a server of their own, with everything they log kept. */
export interface Served extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly sockets: ServerContainer;
  readonly dependencies: DependencyContainer;
  readonly log: readonly LogRecord[];
}

/** Exports these endpoints, and no others, on a port of 127.0.0.1. */
export async function serve(endpoints: readonly Class[], options: EndpointExporterOptions = {}): Promise<Served> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const log: LogRecord[] = [];
  const keep = (record: LogRecord): void => void log.push(record);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const dependencies = options.container ?? container.createChildContainer();
  const sockets = await new EndpointExporter({ logger, ...options, endpoints, container: dependencies }).export(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    port: (server.address() as AddressInfo).port,
    sockets,
    dependencies,
    log,
    [Symbol.asyncDispose]: async () => {
      await sockets.close();
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
}
