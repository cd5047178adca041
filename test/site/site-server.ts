import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

/**
 * Serves a built site as any web server does: files, and `index.html` for folders. Called by `main.ts` for people, and by the test in Chromium.
 */

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** A site on a port of this machine; `await using` ends it. */
export class SiteServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Serves a folder. */
  static async start(folder: string, port = 0): Promise<SiteServer> {
    const server = createServer(async (request, response) => {
      const path = fileOf(request.url ?? "/");
      const content = path === undefined ? undefined : await readFile(join(folder, path)).catch(() => undefined);
      if (path === undefined || content === undefined) response.writeHead(404).end("not found\n");
      else response.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain" }).end(content);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new SiteServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

/** The file of a URL, below the site's folder; undefined for a URL that is none. */
function fileOf(url: string): string | undefined {
  if (!URL.canParse(url, "http://site")) return undefined;
  const { pathname } = new URL(url, "http://site");
  try {
    // An absolute path has no way out of its root: what leads there is gone after `normalize`.
    return normalize(decodeURIComponent(pathname)) + (pathname.endsWith("/") ? "index.html" : "");
  } catch {
    // A percent sign that stands for nothing.
    return undefined;
  }
}
