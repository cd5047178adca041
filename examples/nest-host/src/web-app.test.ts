import { once } from "node:events";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Orders } from "./orders.js";
import { webApp } from "./web-app.js";

describe("the kitchen on one port", () => {
  let app: NestExpressApplication;
  let url: string;

  beforeEach(async () => {
    app = await webApp();
    await app.listen(0, "127.0.0.1");
    url = await app.getUrl();
  });

  afterEach(() => app.close());

  function order(dish: unknown, table: unknown): Promise<Response> {
    const headers = { "Content-Type": "application/json" };
    return fetch(`${url}/orders`, { method: "POST", headers, body: JSON.stringify({ dish, table }) });
  }

  async function screen() {
    const socket = new WebSocket(`${url.replace("http", "ws")}/kitchen`);
    const arrived: unknown[] = [];
    socket.on("message", (data) => {
      arrived.push(JSON.parse(String(data as Buffer)));
      socket.emit("arrived");
    });
    await once(socket, "open");
    const next = async (): Promise<unknown> => {
      while (arrived.length === 0) await once(socket, "arrived");
      return arrived.shift();
    };
    return { socket, next };
  }

  const open = async (): Promise<unknown> => (await fetch(`${url}/orders`)).json();

  it("shows every screen what the controller took, and what another screen has finished", async () => {
    const [one, other] = [await screen(), await screen()];
    const response = await order(" Soup ", 4);
    const soup = { id: 1, dish: "Soup", table: 4, state: "ordered" };
    expect([response.status, await response.json()]).toEqual([201, soup]);
    expect([await one.next(), await other.next()]).toEqual([soup, soup]);
    expect(await open()).toEqual([soup]);
    one.socket.send("1");
    expect(await other.next()).toEqual({ ...soup, state: "ready" });
    expect(await open()).toEqual([]);
  });

  it("gives endpoints the very provider that Nest's controllers have", async () => {
    const taken = app.get(Orders).take("Cake", 7);
    expect(await (await screen()).next()).toEqual(taken);
    expect(await open()).toEqual([taken]);
  });

  it("closes a screen that sends no number with 1007", async () => {
    const { socket } = await screen();
    socket.send("soup");
    expect((await once(socket, "close"))[0]).toBe(1007);
  });

  it.each([
    ["", 4],
    [undefined, 4],
    ["x".repeat(61), 4],
    ["Soup", 0],
    ["Soup", "four"],
  ])("answers 400 to an order of %j for table %j", async (dish, table) => {
    expect((await order(dish, table)).status).toBe(400);
    expect(await open()).toEqual([]);
  });

  it("tells its peers when to come back, and ends, when Nest is closed", async () => {
    const { socket } = await screen();
    const closed = once(socket, "close");
    await app.close();
    const [code, reason] = (await closed) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1012, expect.stringMatching(/^retry=\d+$/)]);
    expect((app.getHttpServer() as { listening: boolean }).listening).toBe(false);
  });
});
