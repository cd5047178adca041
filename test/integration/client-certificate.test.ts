// Before tsyringe, which needs the metadata that this loads.
import {
  ClientEndpoint,
  ClientEndpointConfig,
  EndpointExporter,
  HandshakeRequest,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  WebSocketContainer,
  type ClientTlsOptions,
  type Principal,
} from "wirespring";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { container } from "tsyringe";
import { describe, expect, it } from "vitest";
import { clientCertificate } from "./client-certificate.js";
import { Heard } from "./heard.js";
import { localhostCertificate } from "./localhost-certificate.js";

function subjects(request: HandshakeRequest): string {
  const chain = request.userX509CertificateChain;
  return chain === null ? "nobody" : chain.map(({ subject }) => subject).join(" by ");
}

class ByCertificate extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): Principal | null {
    const name = /^CN=(.*)$/m.exec(request.userX509CertificateChain?.[0]?.subject ?? "")?.[1];
    return name === undefined ? null : { name };
  }
}

/** Tells its peer who it is: as soon as it is there by its principal, when asked by its certificates. */
@ServerEndpoint({ value: "/who", configurator: ByCertificate })
class Who {
  constructor(readonly request: HandshakeRequest) {}

  @OnOpen()
  opened(session: Session): void {
    void session.remote.sendText(`principal ${session.userPrincipal?.name ?? "none"}`);
  }
  @OnMessage()
  asked(_text: string): string {
    return subjects(this.request);
  }
}

/** Asks for the certificates only when the handshake is long over. */
@ServerEndpoint("/later")
class Later {
  constructor(readonly request: HandshakeRequest) {}

  @OnMessage()
  asked(_text: string): string {
    return subjects(this.request);
  }
}

@ClientEndpoint()
class Caller {
  readonly heard = new Heard();

  @OnMessage()
  text(text: string): void {
    this.heard.add(text);
  }
}

/** What a client with these certificates is told at a path, after it has asked. */
async function told(path: string, tls: ClientTlsOptions, count: number): Promise<string[]> {
  const { key, cert } = localhostCertificate;
  const { authority } = clientCertificate;
  // Whom the server does not trust it lets in all the same: what that means is the application's to say.
  const server = createServer({ key, cert, ca: authority, requestCert: true, rejectUnauthorized: false });
  const dependencies = container.createChildContainer();
  const sockets = await new EndpointExporter({ endpoints: [Who, Later], container: dependencies }).export(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients = new WebSocketContainer({ container: container.createChildContainer() });
  try {
    const url = `wss://localhost:${(server.address() as AddressInfo).port}${path}`;
    const caller = new Caller();
    const config = ClientEndpointConfig.create({ tls: { ca: cert, ...tls } });
    const session = await clients.connectToServer(caller, url, config);
    await session.remote.sendText("who am I?");
    return await caller.heard.take(count);
  } finally {
    await clients.close();
    await sockets.close();
    server.close();
  }
}

describe("the certificate of a TLS client (J-177)", () => {
  const { key, cert, authority } = clientCertificate;

  it("is known to `authenticate` and in the session", async () => {
    expect(await told("/who", { key, cert }, 2)).toEqual(["principal ann", "CN=ann"]);
  });

  it("is there also when it is first asked for long after the handshake, with those it was sent with", async () => {
    const chain = "CN=ann by CN=Wirespring test authority";
    expect(await told("/later", { key, cert: cert + authority }, 1)).toEqual([chain]);
  });

  it("is null where the client has sent none", async () => {
    expect(await told("/who", {}, 2)).toEqual(["principal none", "nobody"]);
  });

  it("is null where nobody vouches for it", async () => {
    const unknown = { key: localhostCertificate.key, cert: localhostCertificate.cert };
    expect(await told("/who", unknown, 2)).toEqual(["principal none", "nobody"]);
  });
});
