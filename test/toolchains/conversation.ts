import { once } from "node:events";
import { WebSocket } from "ws";

/** Says one thing to a server that a toolchain has made, and hears its answer. Called by the suite. */

/** Milliseconds. */
const PATIENCE = 10_000;

/** Opens a connection, sends a text, and resolves with the answer when the connection has closed. */
export async function askOnce(url: string, text: string): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  const client = new WebSocket(url.replace("http", "ws"));
  try {
    await once(client, "open", { signal });
    const answered = once(client, "message", { signal });
    client.send(text);
    const [data] = (await answered) as [Buffer];
    client.close(1000);
    await once(client, "close", { signal });
    return data.toString();
  } finally {
    client.terminate();
  }
}
