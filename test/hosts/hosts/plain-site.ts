import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener } from "node:http";
import type { Visit } from "../host.js";
import type { Work } from "../work.js";

/**
 * The routes of the hosts that have no framework, with HTTP sessions of their own making: a number that nobody can guess in a cookie, and a map.
 */

/** Routes and sessions that belong together. */
export interface PlainSite {
  readonly listener: RequestListener;
  /** The session of a request, for the exporter's `httpSession`. */
  readonly visitOf: (request: IncomingMessage) => Visit | undefined;
}

/** Makes the routes of a host. */
export function plainSite(name: string, work: Work): PlainSite {
  const visits = new Map<string, Visit>();
  const idOf = (request: IncomingMessage): string =>
    /\bsid=([\da-f-]{36})/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  const visitOf = (request: IncomingMessage): Visit | undefined => visits.get(idOf(request));
  const listener: RequestListener = (request, response) => {
    if (request.url === "/") response.end(name);
    else if (request.url === "/slow") void work.done().then((text) => response.end(text));
    else if (request.url === "/visits") {
      const id = visits.has(idOf(request)) ? idOf(request) : randomUUID();
      const visit = { visits: (visits.get(id)?.visits ?? 0) + 1 };
      visits.set(id, visit);
      response.setHeader("Set-Cookie", [`sid=${id}; HttpOnly; SameSite=Strict`, "taste=sweet"]);
      response.end(String(visit.visits));
    } else response.writeHead(404).end("nothing here");
  };
  return { listener, visitOf };
}
