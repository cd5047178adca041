import { EndpointExporter, type Class } from "wirespring";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { container } from "tsyringe";
import { WebSocket } from "ws";

/** One endpoint on a port of its own. */
export interface WeatherServer extends AsyncDisposable {
  /** As `ws://127.0.0.1:41234`. */
  readonly url: string;
  /** Opens a connection that gives what is answered to each message. */
  connect(path: string): Promise<(message: string | Buffer, ...more: (string | Buffer)[]) => Promise<unknown>>;
}

/** Serves an endpoint until it is disposed. */
export async function serveWeather(endpoint: Class): Promise<WeatherServer> {
  const server = createServer();
  const exporter = new EndpointExporter({ container: container.createChildContainer(), endpoints: [endpoint] });
  const sockets = await exporter.export(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async connect(path) {
      const client = new WebSocket(url + path);
      await once(client, "open");
      return async (...parts) => {
        for (const [index, part] of parts.entries()) client.send(part, { fin: index === parts.length - 1 });
        const [answer] = (await once(client, "message")) as [Buffer];
        return JSON.parse(String(answer)) as unknown;
      };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await sockets.close();
    },
  };
}
