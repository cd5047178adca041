import type { HostName } from "./expected-ids.js";
import type { Host } from "./host.js";
import { expressHost } from "./hosts/express.js";
import { fastifyHost } from "./hosts/fastify.js";
import { honoHost } from "./hosts/hono.js";
import { koaHost } from "./hosts/koa.js";
import { nestHost } from "./hosts/nest.js";
import { nodeHttp, nodeHttps } from "./hosts/node.js";
import { viteMiddleware, viteServer } from "./hosts/vite.js";

/** The rows of the table, by name. */
export const allHosts: Readonly<Record<HostName, Host>> = {
  "node:http": nodeHttp,
  "node:https": nodeHttps,
  "Express 5": expressHost,
  "Fastify 5": fastifyHost,
  "Koa 3": koaHost,
  "Hono 4": honoHost,
  "NestJS 12": nestHost,
  "Vite 8 as middleware": viteMiddleware,
  "Vite 8's own server": viteServer,
};
