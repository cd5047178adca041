import session from "express-session";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { RequestHandler } from "express";
import type { Visit } from "../host.js";

/**
 * HTTP sessions of the hosts that stand on Express: `express-session`, which counts as any other middleware, and is run on upgrade requests, too.
 */

declare module "express-session" {
  interface SessionData {
    visits: number;
  }
}

/** Makes the middleware; one that is used for requests and handshakes alike shares its store. */
export function sessionMiddleware(): RequestHandler {
  return session({ secret: "a secret of this test", resave: false, saveUninitialized: false });
}

/** Runs session middleware on an upgrade request and gives what it leaves in `request.session`. */
export function visitBy(middleware: RequestHandler) {
  return (request: IncomingMessage): Promise<Visit | undefined> =>
    new Promise((resolve, reject) => {
      // What middleware of Express needs here is what Node's own classes have.
      const [asked, answer] = [request, new ServerResponse(request)] as unknown as Parameters<RequestHandler>;
      void middleware(asked, answer, (error?: unknown) => {
        if (error === undefined) resolve(asked.session);
        else reject(new Error("the session middleware has failed", { cause: error }));
      });
    });
}
