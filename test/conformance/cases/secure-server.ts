import { createServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { container } from "tsyringe";
import { WebSocket } from "ws";
import { EndpointExporter, type Class, type ServerContainer } from "wirespring";
import { localhostCertificate } from "../../integration/localhost-certificate.js";
import { SocketPeer } from "../peer.js";
import type { Stage } from "../stage.js";

/** An application behind TLS, for the cases about it. */
export interface SecureServer {
  readonly sockets: ServerContainer;
  /** The beginning of a URI. */
  readonly url: string;
  /** Connects a client that trusts the server's certificate. */
  open(target: string): Promise<SocketPeer>;
}

/** Puts an application into service behind TLS, until the case has ended. */
export async function secureServer(stage: Stage, endpoints: readonly Class[]): Promise<SecureServer> {
  const server = createServer({ key: localhostCertificate.key, cert: localhostCertificate.cert });
  const dependencies = container.createChildContainer();
  const sockets = await new EndpointExporter({ endpoints, container: dependencies }).export(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.atEnd(async () => {
    await sockets.close();
    server.close();
  });
  const url = `wss://localhost:${(server.address() as AddressInfo).port}`;
  return {
    sockets,
    url,
    open: async (target) => {
      const peer = new SocketPeer(new WebSocket(url + target, { ca: localhostCertificate.cert }));
      stage.atEnd(() => peer.drop());
      await peer.opened;
      return peer;
    },
  };
}
