// Before tsyringe, which needs the metadata that this loads.
import { DeploymentException, EndpointExporter, OnMessage, ServerContainer, ServerEndpoint } from "wirespring";
import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RawClient } from "@wirespring/testing";
import { container } from "tsyringe";
import { createServer as createViteServer } from "vite";
import { describe, expect, it } from "vitest";
import { markExported } from "wirespring/spi";
import { serve } from "./served.js";

@ServerEndpoint("/one")
class One {
  @OnMessage()
  said(text: string): string {
    return text;
  }
}

@ServerEndpoint("/two/{name}")
class Two {}

@ServerEndpoint("/two/{other}")
class SamePath {}

@ServerEndpoint("no-slash")
class BadPath {
  constructor(readonly limit: number) {}
  @OnMessage()
  first(_text: string): void {}
  @OnMessage()
  second(_text: string): void {}
}

const mine = () => container.createChildContainer();

async function status(port: number, path: string): Promise<number> {
  const client = await RawClient.connect({ port });
  const response = await client.upgrade({ path });
  client.destroy();
  return response.status;
}

describe("EndpointExporter", () => {
  it("registers the ServerContainer in its container", async () => {
    await using served = await serve([One]);
    expect(served.sockets).toBeInstanceOf(ServerContainer);
    expect(served.sockets.paths).toEqual(["/one"]);
    expect(served.dependencies.resolve(ServerContainer)).toBe(served.sockets);
  });

  it("deploys all or nothing, and names every mistake at once (J-15)", async () => {
    const server = createHttpServer();
    const exporting = new EndpointExporter({ container: mine(), endpoints: [One, BadPath, Two, SamePath] }).export(
      server,
    );
    const error = await exporting.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DeploymentException);
    expect((error as DeploymentException).problems).toEqual([
      'BadPath: has the path "no-slash", which does not start with "/"',
      "BadPath: first and second both take text messages, expected one @OnMessage for each kind",
      expect.stringMatching(/^BadPath: parameter 1 of its constructor is Number at run time: /),
      'Two and SamePath have equivalent paths, "/two/{name}" and "/two/{other}": give one of both another path',
    ]);
    expect(server.listenerCount("upgrade")).toBe(0);
  });

  it("fails when there is nothing to export, unless that is allowed", async () => {
    await expect(new EndpointExporter({ container: mine(), endpoints: [] }).export()).rejects.toThrowError(
      "there is nothing to export: { endpoints: [] } is empty. List your endpoint classes, or set allowEmpty",
    );
    const sockets = await new EndpointExporter({ container: mine(), endpoints: [], allowEmpty: true }).export();
    expect(sockets.paths).toEqual([]);
  });

  it("fails on a server that somebody exports on already (T22)", async () => {
    const server = createHttpServer();
    await new EndpointExporter({ container: mine(), endpoints: [One] }).export(server);
    const second = new EndpointExporter({ container: mine(), endpoints: [Two] }).export(server);
    await expect(second).rejects.toThrowError(
      /^EndpointExporter cannot export on this server, because EndpointExporter exports there already/,
    );
  });

  it("fails beside a host that exports by itself", async () => {
    const server = createHttpServer();
    markExported(server, "the host");
    const second = new EndpointExporter({ container: mine(), endpoints: [Two] }).export(server);
    await expect(second).rejects.toThrowError(
      /^EndpointExporter cannot export on this server, because the host exports there already/,
    );
  });

  it("exports once", async () => {
    const exporter = new EndpointExporter({ container: mine(), endpoints: [One] });
    await exporter.export();
    await expect(exporter.export()).rejects.toMatchObject({ code: "WS_EXPORTED_ALREADY" });
  });

  it("adds an endpoint at any time, and the same one only once (J-9, J-10)", async () => {
    await using served = await serve([One]);
    expect(await status(served.port, "/two/x")).toBe(404);
    served.sockets.addEndpoint(Two);
    served.sockets.addEndpoint(Two);
    expect(await status(served.port, "/two/x")).toBe(101);
    expect(() => served.sockets.addEndpoint(SamePath)).toThrowError(/have equivalent paths/);
    expect(await status(served.port, "/two/x")).toBe(101);
  });

  it("leaves the sockets of a Vite dev server on the same port alone", async () => {
    const server = createHttpServer();
    const vite = await createViteServer({
      configFile: false,
      root: import.meta.dirname,
      logLevel: "silent",
      appType: "custom",
      server: { middlewareMode: true, hmr: { server } },
      optimizeDeps: { noDiscovery: true },
    });
    const sockets = await new EndpointExporter({ container: mine(), endpoints: [One] }).export(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const hmr = await RawClient.connect({ port });
    const answer = await hmr.upgrade({
      path: `/?token=${vite.config.webSocketToken}`,
      headers: { "Sec-WebSocket-Protocol": "vite-hmr" },
    });
    expect(answer.status).toBe(101);
    expect(JSON.parse(String((await hmr.nextFrame()).payload))).toEqual({ type: "connected" });
    expect(await status(port, "/one")).toBe(101);
    hmr.destroy();
    await sockets.close();
    await vite.close();
    server.close();
    server.closeAllConnections();
  });
});
