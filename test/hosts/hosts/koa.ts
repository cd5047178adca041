import { EndpointExporter } from "wirespring";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import Koa, { type Middleware } from "koa";
import { createSession } from "koa-session";
import { endpoints } from "../endpoints.js";
import { closed, listen, type Host, type Visit } from "../host.js";
import { Work } from "../work.js";

/** Koa 3: its `callback()` is a request listener; the server is the application's. */
export const koaHost: Host = {
  name: "Koa 3",
  missing: /^Not Found$/,
  async start(container) {
    const work = container.resolve(Work);
    const app = new Koa();
    app.keys = ["a secret of this test"];
    const sessions: Middleware = createSession({ key: "koa.sess", signed: true }, app);
    app.use(sessions);
    app.use(async (context, next) => {
      const visit = (context as unknown as { session: Visit }).session;
      if (context.path === "/") context.body = "Koa 3";
      else if (context.path === "/slow") context.body = await work.done();
      else if (context.path === "/visits") {
        visit.visits = (visit.visits ?? 0) + 1;
        context.cookies.set("taste", "sweet", { signed: false });
        context.body = String(visit.visits);
      } else await next();
    });

    const visitOf = async (request: IncomingMessage): Promise<Visit | undefined> => {
      // The middleware is run on a context of its own, so that a store outside of the cookie is asked, too; nothing of the answer is ever sent.
      const context = app.createContext(request, new ServerResponse(request));
      let visit: Visit | undefined;
      await sessions(context, async () => {
        visit = (context as unknown as { session?: Visit }).session;
      });
      return visit;
    };
    const server = createServer(app.callback());
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    sockets.closeWith(server);
    await listen(server);
    return { server, sockets, close: () => closed(server) };
  },
};
