import { EndpointExporter, type Class } from "wirespring";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { container } from "tsyringe";
import { UploadStore } from "./upload-store.js";

/** Endpoints with a store, on a port of their own; both go at the end. */
export interface UploadServer extends AsyncDisposable {
  /** As `ws://127.0.0.1:41234`. */
  readonly url: string;
  /** What is in the store now. */
  files(): Promise<Buffer[]>;
  /** Resolves when every connection has ended, its last handler included. */
  drain(): Promise<void>;
}

const quiet = (): void => {};

/** Serves endpoints in the room of this many bytes. */
export async function serveUploads(endpoints: readonly Class[], file = 1e9, total = file): Promise<UploadServer> {
  const store = await UploadStore.create({ file, total });
  const own = container.createChildContainer().registerInstance(UploadStore, store);
  const server = createServer();
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const sockets = await new EndpointExporter({ container: own, endpoints, logger }).export(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: async () => Promise.all((await readdir(store.folder)).map((name) => readFile(join(store.folder, name)))),
    drain: () => sockets.close(),
    async [Symbol.asyncDispose]() {
      server.close();
      await sockets.close();
      await store.remove();
    },
  };
}
