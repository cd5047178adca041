import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webPage } from "./web-page.js";

describe("webPage", () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer(await webPage(new URL("../public/", import.meta.url)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  /** `node:http` sends the path as it is, where `fetch` would tidy it first. */
  async function ask(path: string, method = "GET", headers: Record<string, string> = {}) {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: "127.0.0.1", port, path, method, headers }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  it("serves the page at / with a policy that lets in nothing from elsewhere", async () => {
    const { status, headers, body } = await ask("/?from=test");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(body).toContain("<title>Wirespring chat</title>");
  });

  it.each([
    ["/chat.js", "text/javascript; charset=utf-8"],
    ["/chat.css", "text/css; charset=utf-8"],
    ["/favicon.svg", "image/svg+xml"],
  ])("serves %s as %s", async (path, type) => {
    const { status, headers } = await ask(path);
    expect([status, headers["content-type"]]).toEqual([200, type]);
  });

  it("answers 304 to those who have the file already", async () => {
    const { headers } = await ask("/chat.js");
    const again = await ask("/chat.js", "GET", { "If-None-Match": headers.etag! });
    expect([again.status, again.body]).toEqual([304, ""]);
  });

  it("answers HEAD without a body and refuses other methods", async () => {
    const head = await ask("/", "HEAD");
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(Number(head.headers["content-length"])).toBeGreaterThan(500);
    const post = await ask("/", "POST");
    expect([post.status, post.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  it.each([
    "/package.json",
    "/../package.json",
    "/../../chat/package.json",
    "/..%2fpackage.json",
    "/%2e%2e/package.json",
    "/..\\package.json",
    "//etc/passwd",
    "/%",
    "/%00",
    "/chat.js/",
    "/__proto__",
    "*",
  ])("answers 404 to %s", async (path) => {
    expect((await ask(path)).status).toBe(404);
  });
});
