// Before tsyringe, which needs the metadata that wirespring brings along.
import { EndpointExporter } from "wirespring";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { container } from "tsyringe";
import { NewsDesk } from "./news-desk.js";
import { NewsEndpoint } from "./news-endpoint.js";
import { webApp } from "./web-app.js";

const host = process.env["HOST"] ?? "127.0.0.1";
const port = Number(process.env["PORT"] ?? 8080);

// `NewsDesk` is a singleton of the container: Express's routes get the very object that the endpoints get.
const server = createServer(webApp(container.resolve(NewsDesk)));
const sockets = await new EndpointExporter({ container, endpoints: [NewsEndpoint] }).export(server);

server.listen(port, host);
await once(server, "listening");
console.log(`listening on http://${host}:${(server.address() as AddressInfo).port}`);

// The host owns its server, so it decides when to stop: no new connections, then the sockets drain, then the process has nothing left to do.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close();
    void sockets.close();
  });
}
