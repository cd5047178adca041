import { EndpointExporter } from "wirespring";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import cookie from "@fastify/cookie";
import staticFiles from "@fastify/static";
import { fastify, type FastifyInstance } from "fastify";
import type { DependencyContainer } from "tsyringe";
import { PollEndpoint, TALLIES } from "./poll-endpoint.js";
import { Poll } from "./poll.js";
import { isVoter, VOTER } from "./voter-cookie.js";

/** Makes the application, routes and endpoints; its caller listens, and closes it. */
export async function webApp(container: DependencyContainer): Promise<FastifyInstance> {
  const poll = container.resolve(Poll);
  const app = fastify();
  await app.register(cookie);
  app.addHook("onRequest", async (request, reply) => {
    reply.header("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'");
    if (!isVoter(request.cookies[VOTER]))
      reply.setCookie(VOTER, randomUUID(), { path: "/", httpOnly: true, sameSite: "strict" });
  });
  await app.register(staticFiles, { root: fileURLToPath(new URL("../public/", import.meta.url)) });
  addRoutes(app, poll);

  // Fastify makes its server itself, before it listens.
  const sockets = await new EndpointExporter({ container, endpoints: [PollEndpoint] }).export(app.server);
  // From now on `app.close()` drains the sockets, too.
  sockets.closeWith(app.server);
  poll.subscribe((tallies) => void sockets.broadcaster.publish(TALLIES, { type: "tallies", tallies }));
  return app;
}

const newOption = {
  type: "object",
  required: ["option"],
  properties: { option: { type: "string", minLength: 1, maxLength: 40, pattern: "^\\S.*\\S$|^\\S$" } },
} as const;

function addRoutes(app: FastifyInstance, poll: Poll): void {
  app.get("/tallies", async () => poll.tallies);

  app.post<{ Body: { option: string } }>("/options", { schema: { body: newOption } }, async (request, reply) => {
    const { option } = request.body;
    if (!poll.add(option)) return reply.code(409).send({ error: "that option is there already, or there are enough" });
    return reply.code(201).send({ option });
  });
}
