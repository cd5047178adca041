import { EndpointExporter } from "wirespring";
import type { IncomingMessage } from "node:http";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { fastify } from "fastify";
import { endpoints } from "../endpoints.js";
import type { Host, Visit } from "../host.js";
import { Work } from "../work.js";

declare module "fastify" {
  interface Session {
    visits?: number;
  }
}

/** Fastify 5: makes its server itself. */
export const fastifyHost: Host = {
  name: "Fastify 5",
  missing: /Route GET:\/nowhere not found/,
  async start(container) {
    const work = container.resolve(Work);
    const app = fastify();
    await app.register(cookie);
    await app.register(session, { secret: "a secret of this test, which is long enough", cookie: { secure: false } });
    app.get("/", async () => "Fastify 5");
    app.get("/slow", () => work.done());
    app.get("/visits", async (request, reply) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      reply.setCookie("taste", "sweet");
      return String(request.session.visits);
    });

    const visitOf = (request: IncomingMessage): Promise<Visit | undefined> | undefined => {
      const { sessionId } = app.parseCookie(request.headers.cookie ?? "");
      if (sessionId === undefined) return undefined;
      const found: { session?: Visit } = {};
      return new Promise((resolve, reject) => {
        app.decryptSession(sessionId, found, (error?: unknown) => {
          if (error instanceof Error) reject(error);
          else resolve(found.session);
        });
      });
    };
    // Before the hooks of `ready`, and of course before anybody listens.
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(app.server);
    sockets.closeWith(app.server);
    await app.listen({ host: "127.0.0.1", port: 0 });
    return { server: app.server, sockets, close: () => app.close() };
  },
};
