import { EndpointExporter } from "wirespring";
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Context, Hono } from "hono";
import { getSignedCookie, setCookie, setSignedCookie } from "hono/cookie";
import { endpoints } from "../endpoints.js";
import { closed, listen, type Host, type Visit } from "../host.js";
import { Work } from "../work.js";

const SECRET = "a secret of this test";

/** Hono 4 on its server for Node, which `createAdaptorServer` makes, as `serve` does. */
export const honoHost: Host = {
  name: "Hono 4",
  missing: /^404 Not Found$/,
  async start(container) {
    const work = container.resolve(Work);
    const visits = new Map<string, Visit>();
    const app = new Hono();
    app.get("/", (context) => context.text("Hono 4"));
    app.get("/slow", async (context) => context.text(await work.done()));
    app.get("/visits", async (context) => {
      const id = (await getSignedCookie(context, SECRET, "sid")) || randomUUID();
      const visit = { visits: (visits.get(id)?.visits ?? 0) + 1 };
      visits.set(id, visit);
      await setSignedCookie(context, "sid", id, SECRET, { httpOnly: true });
      setCookie(context, "taste", "sweet");
      return context.text(String(visit.visits));
    });

    const visitOf = async ({ headers }: IncomingMessage): Promise<Visit | undefined> => {
      // Hono's helpers read a context; one of the handshake's cookies is all that they need.
      const request = new Request("http://localhost/", { headers: { cookie: headers.cookie ?? "" } });
      const id = await getSignedCookie(new Context(request), SECRET, "sid");
      return id ? visits.get(id) : undefined;
    };
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    sockets.closeWith(server);
    await listen(server);
    return { server, sockets, close: () => closed(server) };
  },
};
