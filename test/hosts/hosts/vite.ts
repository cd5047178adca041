import { EndpointExporter } from "wirespring";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { createServer as createViteServer, type InlineConfig, type ViteDevServer } from "vite";
import { endpoints } from "../endpoints.js";
import { closed, listen, type Host, type RunningHost } from "../host.js";
import { Work } from "../work.js";
import { plainSite } from "./plain-site.js";

/** What Vite's own socket needs beside: its server, and the token that its page is given. */
export interface ViteHost extends RunningHost {
  readonly vite: ViteDevServer;
}

const quiet: InlineConfig = {
  configFile: false,
  root: fileURLToPath(new URL("../site/", import.meta.url)),
  appType: "custom",
  logLevel: "silent",
  optimizeDeps: { noDiscovery: true },
};

/** An application's server with Vite's middleware: both sockets share its port. */
export const viteMiddleware: Host = {
  name: "Vite 8 as middleware",
  missing: /^nothing here$/,
  hasSockets: true,
  async start(container): Promise<ViteHost> {
    const { listener, visitOf } = plainSite("Vite 8 as middleware", container.resolve(Work));
    const server = createServer();
    const vite = await createViteServer({
      ...quiet,
      server: { middlewareMode: true, hmr: { server }, watch: null },
    });
    server.on("request", (request, response) => vite.middlewares(request, response, () => listener(request, response)));
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    sockets.closeWith(server);
    await listen(server);
    // Vite's socket keeps the server from ending, as any other does: it goes as well.
    return { server, sockets, vite, close: () => Promise.all([vite.close(), closed(server)]) };
  },
};

/** Vite's development server itself, with endpoints on it. */
export const viteServer: Host = {
  name: "Vite 8's own server",
  missing: /^nothing here$/,
  hasSockets: true,
  async start(container): Promise<ViteHost> {
    const { listener, visitOf } = plainSite("Vite 8's own server", container.resolve(Work));
    const vite = await createViteServer({
      ...quiet,
      server: { host: "127.0.0.1", port: 0, watch: null },
      plugins: [
        {
          name: "site",
          // What Vite itself does not know comes here, behind all of its own.
          configureServer: (made) => () => void made.middlewares.use(listener),
        },
      ],
    });
    // Without HTTP/2, which Vite speaks where it has a certificate only.
    const server = vite.httpServer as Server;
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    await vite.listen();
    // Vite destroys what is open before it closes its server: the sockets have to be closed before.
    return { server, sockets, vite, close: () => sockets.close().then(() => vite.close()) };
  },
};
