import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { connect, createServer, type ListenOptions, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { isGone } from "./peer-socket.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Both ends of a connection; nothing is read on the server's. */
async function connected(where: ListenOptions): Promise<{ client: Socket; socket: Socket }> {
  const server = createServer({ pauseOnConnect: true }).listen(where);
  cleanups.push(() => server.close());
  await once(server, "listening");
  const address = server.address()!;
  const client = typeof address === "string" ? connect(address) : connect(address.port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  if (client.connecting) await once(client, "connect");
  cleanups.push(
    () => socket.destroy(),
    () => client.destroy(),
  );
  return { client, socket };
}

describe("isGone", () => {
  it.each([
    ["was asked for its address", true],
    ["was not", false],
  ])("tells a connection that was reset before anything was read of it, when it %s", async (_name, asks) => {
    const { client, socket } = await connected({ port: 0, host: "127.0.0.1" });
    if (asks) expect(socket.remoteAddress).toBe("127.0.0.1");
    client.resetAndDestroy();
    await once(client, "close");
    expect([socket.destroyed, isGone(socket)]).toEqual([false, true]);
  });

  it("leaves a peer that has ended its side alone", async () => {
    const { client, socket } = await connected({ port: 0, host: "127.0.0.1" });
    expect(isGone(socket)).toBe(false);
    client.end();
    await once(client, "finish");
    expect(isGone(socket)).toBe(false);
  });

  it("takes what has no addresses for present", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wirespring-"));
    cleanups.push(() => rm(directory, { recursive: true }));
    const { socket } = await connected({ path: join(directory, "socket") });
    expect([isGone(socket), isGone(new PassThrough())]).toEqual([false, false]);
  });

  it("knows that a destroyed socket has no peer", () => {
    expect(isGone(new PassThrough().destroy())).toBe(true);
  });
});
