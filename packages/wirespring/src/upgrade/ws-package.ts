import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as imported from "ws";

/**
 * The package `ws` as it was installed. Whatever of this folder uses it at run time takes it from here, and only types from `ws` itself.
 *
 * Bun answers an import of `ws` with a module of its own, which has the documented face alone. The file in `node_modules` is another name to it.
 */

type Ws = typeof imported;

const ws: Ws = process.versions["bun"] === undefined ? imported : (installed() ?? imported);

export const { WebSocket, WebSocketServer } = ws;

/** Everything that the package exports, also what its types do not tell. */
export const wsExports: object = ws;

function installed(): Ws | undefined {
  const require = createRequire(import.meta.url);
  try {
    return require(join(dirname(require.resolve("ws/package.json")), "index.js")) as Ws;
  } catch {
    // A bundle has no package beside it: the check of what is used says what is missing.
    return undefined;
  }
}
