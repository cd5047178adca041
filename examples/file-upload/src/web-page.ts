import { fileURLToPath } from "node:url";
import express, { type Express } from "express";

/** Serves the page. Any other `RequestListener` does as well. */
export function webPage(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    response.set({
      "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
      "Cache-Control": "no-cache",
    });
    next();
  });
  app.use(express.static(fileURLToPath(new URL("../public/", import.meta.url))));
  app.use((_request, response) => {
    response.status(404).type("text").send("Not found\n");
  });
  return app;
}
