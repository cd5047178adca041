import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import * as ws from "ws";
import { WebSocket, WebSocketServer, wsExports } from "./ws-package.js";

describe("ws-package", () => {
  it("gives the very classes that an import of ws gives", () => {
    expect(WebSocket).toBe(ws.WebSocket);
    expect(WebSocketServer).toBe(ws.WebSocketServer);
    expect(wsExports).toHaveProperty("Receiver");
  });

  it("finds them as well by the file that the package has for them, as it does where imports are answered by Bun", () => {
    const require = createRequire(import.meta.url);
    const file = join(dirname(require.resolve("ws/package.json")), "index.js");
    expect((require(file) as typeof ws).WebSocketServer).toBe(WebSocketServer);
  });
});
