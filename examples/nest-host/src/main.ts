import { webApp } from "./web-app.js";

const app = await webApp();
await app.listen(Number(process.env["PORT"] ?? 8080), process.env["HOST"] ?? "127.0.0.1");
console.log(`listening on ${await app.getUrl()}`);

// Nest's own way to stop: its shutdown hooks run, the server takes no connection any more, the sockets drain.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void app.close());
