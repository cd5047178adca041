import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { encodeFrame } from "./peer-frame.js";
import { RawClient } from "./raw-client.js";

const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

const servers: Server[] = [];
const clients: RawClient[] = [];
const accepted: Socket[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const socket of accepted.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** Connects to a server that does this with each connection. */
async function connected(serve: (socket: Socket) => void, patience?: number): Promise<RawClient> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    // The test resets some of them.
    socket.on("error", () => {});
    serve(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = await RawClient.connect(patience === undefined ? { port } : { port, patience });
  clients.push(client);
  return client;
}

/** The bytes that a server gets until they hold a text. */
function until(socket: Socket, text: string): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  return new Promise((resolve) =>
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.includes(text)) resolve(bytes);
    }),
  );
}

describe("RawClient", () => {
  it("sends an upgrade request, with early bytes in the same write, and reads the answer and the frames behind it", async () => {
    let request: Promise<Buffer> | undefined;
    const client = await connected((socket) => {
      request = until(socket, "early");
      const frame = encodeFrame({ opcode: 1, payload: "hello", mask: false });
      socket.once("data", () => socket.write(Buffer.concat([Buffer.from(SWITCHING), frame])));
    });
    const response = await client.upgrade({
      path: "/chat?a=b",
      key: "key",
      headers: { "X-Many": ["1", "2"] },
      early: Buffer.from("early"),
    });
    expect(response).toMatchObject({ status: 101, reason: "Switching Protocols", body: "" });
    expect(response.headers.get("upgrade")).toEqual(["websocket"]);
    expect((await client.nextFrame()).payload.toString()).toBe("hello");
    const lines = (await request!).toString().split("\r\n");
    expect(lines[0]).toBe("GET /chat?a=b HTTP/1.1");
    expect(lines).toContain("Sec-WebSocket-Key: key");
    expect(lines.filter((line) => line.startsWith("X-Many"))).toEqual(["X-Many: 1", "X-Many: 2"]);
    expect(lines[1]).toMatch(/^Host: 127\.0\.0\.1:\d+$/);
  });

  it("reads the body of a refusal, in pieces, by its length or to the end", async () => {
    const client = await connected((socket) => {
      socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot ");
      setImmediate(() => socket.end("foundHTTP/1.1 400 \r\n\r\nto the end"));
    });
    expect(await client.response()).toMatchObject({ status: 404, body: "not found" });
    expect(await client.response()).toMatchObject({ status: 400, reason: "", body: "to the end" });
  });

  it("writes frames by hand and passes over others on the way to the close frame", async () => {
    let written: Promise<Buffer> | undefined;
    const client = await connected((socket) => {
      socket.write(SWITCHING);
      socket.write(encodeFrame({ opcode: 9, mask: false }));
      socket.write(encodeFrame({ opcode: 8, payload: Buffer.from("\u0003\u00e8bye", "latin1"), mask: false }));
      written = until(socket, "end");
    });
    await client.response();
    expect(await client.nextClose()).toEqual({ code: 1000, reason: "bye" });
    client.frame({ opcode: 3, rsv: 1, fin: false, mask: false }, { opcode: 1, payload: "end", mask: false });
    expect((await written!).toString("latin1")).toBe("\u0013\u0000\u0081\u0003end");
  });

  it("rejects in time, with what was received so far", async () => {
    const client = await connected((socket) => {
      socket.write(SWITCHING);
      socket.write(encodeFrame({ opcode: 1, payload: "only this", mask: false }));
    }, 100);
    await client.response();
    await client.nextFrame();
    await expect(client.nextFrame()).rejects.toThrow(/none came within 100 ms; received so far: .*only this/);
    await expect(client.untilEnded()).rejects.toThrow("did not end the connection within 100 ms");
  });

  it("tells that the server has ended, to who waits too", async () => {
    const client = await connected((socket) => socket.end());
    await expect(client.response()).rejects.toThrow("the server has ended the connection");
    await client.untilEnded();
  });

  it("ends its side only, or resets", async () => {
    const ends: string[] = [];
    const half = await connected((socket) => {
      socket.on("end", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
      socket.resume();
    });
    half.end();
    expect(await half.response()).toMatchObject({ status: 200 });

    const reset = new Promise<void>((resolve) => {
      void connected((socket) => {
        socket.on("error", (error: NodeJS.ErrnoException) => {
          ends.push(error.code!);
          resolve();
        });
        socket.resume();
      }).then((client) => client.reset());
    });
    await reset;
    expect(ends).toEqual(["ECONNRESET"]);
  });
});
