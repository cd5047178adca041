import { expect } from "vitest";
import { linesWithout, upgradeBytes } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import { SECRET } from "../stage.js";
import { expectRefused } from "./gate-refusal.js";

/** Whose pages may come in: T25 and T26. */
export const gateOriginCases = new CaseList();

function addOrigin(id: string, path: string, origin: string | undefined, cookie: boolean, admitted: boolean): void {
  const what = `${path}, ${origin === undefined ? "no origin" : JSON.stringify(origin)}${cookie ? ", with cookies" : ""}`;
  gateOriginCases.add(id, `${what}: ${admitted ? 101 : 403}`, async (stage) => {
    const server = await stage.serve({ program: "admission" });
    const lines = [
      ...linesWithout("Host"),
      "Host: app.example.com:8080",
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
      ...(cookie ? [`Cookie: id=${SECRET}`] : []),
    ];
    const bytes = upgradeBytes(`GET ${path} HTTP/1.1`, lines);
    if (!admitted) {
      await expectRefused(server, { bytes, status: 403, reason: "origin", endpoint: path });
      return;
    }
    const client = await server.connect();
    client.write(bytes);
    expect((await client.response()).status).toBe(101);
    expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
  });
}

// A page's socket: always an origin, and cookies as the browser has them.
for (const cookie of [false, true]) {
  addOrigin("T25", "/echo", "http://app.example.com:8080", cookie, true);
  addOrigin("T25", "/echo", "https://app.example.com:8080", cookie, true);
  addOrigin("T25", "/echo", "https://evil.example", cookie, false);
  addOrigin("T25", "/shop", "https://app.example.com", cookie, true);
  addOrigin("T25", "/shop", "https://evil.example", cookie, false);
  addOrigin("T25", "/echo", undefined, cookie, !cookie);
  addOrigin("T25", "/shop", undefined, cookie, !cookie);
  addOrigin("T25", "/public", "https://evil.example", cookie, true);
}

for (const [path, origin, admitted] of [
  ["/echo", "null", false],
  ["/echo", "NULL", false],
  ["/shop", "null", false],
  ["/public", "null", false],
  ["/echo", "", false],
  ["/public", "", false],
  ["/echo", "http://app.example.com", false],
  ["/echo", "http://app.example.com:80", false],
  ["/echo", "http://app.example.com:8081", false],
  ["/echo", "http://app.example.com:08080", false],
  ["/echo", "http://app.example.com.:8080", false],
  ["/echo", "http://APP.EXAMPLE.com:8080", true],
  ["/echo", "HTTP://app.example.com:8080", true],
  ["/echo", "ftp://app.example.com:8080", false],
  ["/echo", "ws://app.example.com:8080", false],
  ["/echo", "app.example.com:8080", false],
  ["/echo", "//app.example.com:8080", false],
  ["/echo", "http://user@app.example.com:8080", false],
  ["/echo", "http://app.example.com:8080/", false],
  ["/echo", "http://app.example.com:8080@evil.example", false],
  ["/echo", "http://app.example.com:8080.evil.example", false],
  ["/echo", "http://evil.example/app.example.com:8080", false],
  ["/echo", "http://evil.example#app.example.com:8080", false],
  ["/shop", "https://app.example.com:443", true],
  ["/shop", "https://App.Example.Com", true],
  ["/shop", "http://app.example.com", false],
  ["/shop", "https://app.example.com:8443", false],
  ["/shop", "https://app.example.com.evil.com", false],
  ["/shop", "https://evil-app.example.com", false],
  ["/shop", "https://sub.app.example.com", false],
  ["/shop", "https://app.example.com.", false],
  ["/shop", "https://app.example.com/path", false],
  ["/shop", "https://app.example.com\\.evil.com", false],
  ["/shop", "https://appXexample.com", false],
  ["/shop", "http://intra.example:8080", true],
  ["/shop", "http://intra.example", false],
  ["/shop", "file://", false],
  ["/echo", "file:///etc/passwd", false],
  ["/echo", "chrome-extension://abcdefgh", false],
  ["/echo", "http://[::1]:8080", false],
  ["/echo", "data:text/html,x", false],
  ["/echo", "http://127.0.0.1:8080", false],
  ["/echo", "*", false],
  ["/shop", "https://*", false],
] as const)
  addOrigin("T26", path, origin, true, admitted);
