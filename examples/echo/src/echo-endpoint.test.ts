import { EndpointExporter, type ServerContainer } from "wirespring";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { EchoEndpoint } from "./echo-endpoint.js";

describe("EchoEndpoint", () => {
  let server: Server;
  let sockets: ServerContainer;
  let client: WebSocket;

  beforeEach(async () => {
    server = createServer();
    sockets = await new EndpointExporter({ endpoints: [EchoEndpoint] }).export(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/echo`);
    await once(client, "open");
  });

  afterEach(async () => {
    server.close();
    await sockets.close();
  });

  async function reply(to: string | Buffer): Promise<{ data: string; isBinary: boolean }> {
    client.send(to);
    const [data, isBinary] = (await once(client, "message")) as [Buffer, boolean];
    return { data: data.toString("latin1"), isBinary };
  }

  it("sends text back as text", async () => {
    expect(await reply("hello")).toEqual({ data: "hello", isBinary: false });
  });

  it("sends an empty message back, too", async () => {
    expect(await reply("")).toEqual({ data: "", isBinary: false });
  });

  it("sends bytes back as bytes, whatever they are", async () => {
    expect(await reply(Buffer.from([0, 255, 128]))).toEqual({ data: "\u0000\u00ff\u0080", isBinary: true });
  });

  it("does not answer a pong", async () => {
    client.pong("unasked");
    expect(await reply("next")).toEqual({ data: "next", isBinary: false });
  });
});
