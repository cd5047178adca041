import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type Express } from "express";

/** The folder of uPlot's files, wherever the package manager has put it. */
const uplot = dirname(createRequire(import.meta.url).resolve("uplot/dist/uPlot.esm.js"));

/** Serves the page, and uPlot to it: nothing comes from anywhere else. */
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
  app.use("/uplot", express.static(uplot));
  app.use((_request, response) => {
    response.status(404).type("text").send("Not found\n");
  });
  return app;
}
