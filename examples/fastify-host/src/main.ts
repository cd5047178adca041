// Before tsyringe, which needs the metadata that wirespring brings along.
import "wirespring";
import { container } from "tsyringe";
import { webApp } from "./web-app.js";

const app = await webApp(container);
const url = await app.listen({
  host: process.env["HOST"] ?? "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8080),
});
console.log(`listening on ${url}`);

// Fastify's own way to stop: no new connections, requests are answered, the sockets drain.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void app.close());
