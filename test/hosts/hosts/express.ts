import { EndpointExporter } from "wirespring";
import { createServer } from "node:http";
import express from "express";
import { endpoints } from "../endpoints.js";
import { closed, listen, type Host } from "../host.js";
import { Work } from "../work.js";
import { sessionMiddleware, visitBy } from "./session-middleware.js";

/** Express 5: a request listener; the server is the application's. */
export const expressHost: Host = {
  name: "Express 5",
  missing: /Cannot GET \/nowhere/,
  async start(container) {
    const work = container.resolve(Work);
    const sessions = sessionMiddleware();
    const app = express();
    app.use(sessions);
    app.get("/", (_request, response) => void response.send("Express 5"));
    app.get("/slow", async (_request, response) => void response.send(await work.done()));
    app.get("/visits", (request, response) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      response.cookie("taste", "sweet").send(String(request.session.visits));
    });

    const server = createServer(app);
    const exporter = new EndpointExporter({ container, endpoints, httpSession: visitBy(sessions) });
    const sockets = await exporter.export(server);
    sockets.closeWith(server);
    await listen(server);
    return { server, sockets, close: () => closed(server) };
  },
};
