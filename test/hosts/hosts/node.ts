import { EndpointExporter } from "wirespring";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { localhostCertificate } from "../../integration/localhost-certificate.js";
import { endpoints } from "../endpoints.js";
import { closed, listen, type Host } from "../host.js";
import { Work } from "../work.js";
import { plainSite } from "./plain-site.js";

/** The server of `node:http`. */
export const nodeHttp: Host = {
  name: "node:http",
  missing: /^nothing here$/,
  async start(container) {
    const { listener, visitOf } = plainSite("node:http", container.resolve(Work));
    const server = createServer(listener);
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    sockets.closeWith(server);
    await listen(server);
    return { server, sockets, close: () => closed(server) };
  },
};

/** The server of `node:https`. */
export const nodeHttps: Host = {
  name: "node:https",
  secure: true,
  missing: /^nothing here$/,
  async start(container) {
    const { listener, visitOf } = plainSite("node:https", container.resolve(Work));
    const server = createSecureServer(localhostCertificate, listener);
    const sockets = await new EndpointExporter({ container, endpoints, httpSession: visitOf }).export(server);
    sockets.closeWith(server);
    await listen(server);
    return { server, sockets, close: () => closed(server) };
  },
};
