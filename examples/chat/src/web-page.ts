import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { extname } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  // Browsers ask each time whether the file has changed, and are mostly answered 304.
  "Cache-Control": "no-cache",
};

/**
 * Serves the files of one folder. They are read once, here; a request only looks its path up among them, so no path, however written, leads
 * out of the folder.
 */
export async function webPage(folder: URL): Promise<RequestListener> {
  const files = new Map<string, { body: Buffer; type: string; etag: string }>();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = await readFile(new URL(name, folder));
    files.set(`/${name}`, { body, type, etag: `"${createHash("sha256").update(body).digest("base64url")}"` });
  }

  return (request, response) => {
    const path = request.url?.split("?")[0];
    const file = files.get(path === "/" ? "/index.html" : (path ?? ""));
    if (file === undefined) {
      response.writeHead(404, { ...HEADERS, "Content-Type": "text/plain" }).end("Not found\n");
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { ...HEADERS, Allow: "GET, HEAD" }).end();
    } else if (request.headers["if-none-match"] === file.etag) {
      response.writeHead(304, { ...HEADERS, ETag: file.etag }).end();
    } else {
      response.writeHead(200, {
        ...HEADERS,
        "Content-Type": file.type,
        "Content-Length": file.body.length,
        ETag: file.etag,
      });
      // Node leaves the body of an answer to HEAD out by itself.
      response.end(file.body);
    }
  };
}
