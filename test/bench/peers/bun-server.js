/* global Bun */
import { serveHarness } from "./standard-input.js";

/** The server that is part of Bun, with its own topics. Run by Bun. */

const mode = process.argv[2];
const handlers = new Map([["m", (data) => ({ event: "m", data })]]);

function envelope(socket, text) {
  const { event, data } = JSON.parse(text);
  const handler = handlers.get(event);
  if (handler === undefined || typeof data !== "string") socket.close(1007, "not an envelope");
  else socket.send(JSON.stringify(handler(data)));
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("Upgrade Required", { status: 426 })),
  websocket: {
    perMessageDeflate: mode === "deflate",
    open(socket) {
      if (mode === "topic" || mode === "deflate") socket.subscribe("room");
    },
    message(socket, message) {
      if (mode === "topic" || mode === "deflate") {
        server.publish("room", message, mode === "deflate");
        socket.send("ok");
      } else if (mode === "json") envelope(socket, message);
      else socket.send(message);
    },
  },
});
serveHarness(server.port);
