import { EndpointExporter, type ServerContainer } from "wirespring";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { container } from "tsyringe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { NewsDesk } from "./news-desk.js";
import { NewsEndpoint } from "./news-endpoint.js";
import { webApp } from "./web-app.js";

describe("the news desk on one port", () => {
  let server: Server;
  let sockets: ServerContainer;
  let host: string;

  beforeEach(async () => {
    // A container of its own, so that no test reads the news of another.
    const own = container.createChildContainer().registerInstance(NewsDesk, new NewsDesk());
    server = createServer(webApp(own.resolve(NewsDesk)));
    sockets = await new EndpointExporter({ container: own, endpoints: [NewsEndpoint] }).export(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.close();
    await sockets.close();
    server.closeAllConnections();
  });

  function post(body: string): Promise<Response> {
    return fetch(`http://${host}/news`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }

  async function read(socket: WebSocket): Promise<unknown> {
    const [data] = (await once(socket, "message")) as [Buffer];
    return JSON.parse(String(data));
  }

  it("sends to the sockets what came in over HTTP", async () => {
    const reader = new WebSocket(`ws://${host}/news`);
    await once(reader, "open");
    const news = read(reader);
    const response = await post('{"headline":" Spring is here "}');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual(await news);
    expect(await news).toMatchObject({ headline: "Spring is here" });
    expect(await (await fetch(`http://${host}/health`)).json()).toEqual({ status: "up", readers: 1 });
  });

  it("sends the latest news to a socket that comes later", async () => {
    await post('{"headline":"first"}');
    await post('{"headline":"second"}');
    expect(await read(new WebSocket(`ws://${host}/news`))).toMatchObject({ headline: "second" });
  });

  it("closes with 1003 when a reader sends something", async () => {
    const reader = new WebSocket(`ws://${host}/news`);
    await once(reader, "open");
    reader.send("may I?");
    expect((await once(reader, "close"))[0]).toBe(1003);
  });

  it.each(["{}", '{"headline":" "}', '{"headline":7}', `{"headline":"${"x".repeat(201)}"}`, "no JSON"])(
    "answers 400 in JSON to %s",
    async (body) => {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ error: expect.any(String) });
    },
  );

  it("serves its page at / and answers 404 elsewhere", async () => {
    expect(await (await fetch(`http://${host}/`)).text()).toContain("<title>News desk</title>");
    const missing = await fetch(`http://${host}/missing`);
    expect([missing.status, await missing.json()]).toEqual([404, { error: "not found" }]);
  });
});
