import { fileURLToPath } from "node:url";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { NewsDesk } from "./news-desk.js";

const LONGEST_HEADLINE = 200;

/** The HTTP side: a page, its script, and two routes in JSON. */
export function webApp(desk: NewsDesk): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.static(fileURLToPath(new URL("../public/", import.meta.url))));

  app.get("/health", (_request, response) => {
    response.json({ status: "up", readers: desk.readers });
  });

  app.post("/news", express.json({ limit: "4kb" }), (request, response) => {
    const headline: unknown = request.body?.headline;
    if (typeof headline !== "string" || headline.trim() === "" || headline.length > LONGEST_HEADLINE) {
      response.status(400).json({ error: `expected { "headline": "..." } of 1 to ${LONGEST_HEADLINE} characters` });
      return;
    }
    response.status(201).json(desk.publish(headline.trim()));
  });

  app.use((_request, response) => {
    response.status(404).json({ error: "not found" });
  });
  app.use(asJson);
  return app;
}

/** Express's own error page shows the stack. Four parameters are how it knows an error handler. */
const asJson: ErrorRequestHandler = (error: { status?: number }, _request, response, _next) => {
  const status = error.status ?? 500;
  if (status >= 500) console.error(error);
  response.status(status).json({ error: status < 500 ? "the request could not be read" : "internal error" });
};
