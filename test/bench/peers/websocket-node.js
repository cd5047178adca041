import { createServer } from "node:http";
import websocket from "websocket";
import { serveHarness } from "./standard-input.js";

/** WebSocket-Node, written as its README does. */

const mode = process.argv[2];
const server = createServer();
const sockets = new websocket.server({ httpServer: server });
const handlers = new Map([["m", (data) => ({ event: "m", data })]]);

function envelope(connection, text) {
  const { event, data } = JSON.parse(text);
  const handler = handlers.get(event);
  if (handler === undefined || typeof data !== "string") connection.close(1007, "not an envelope");
  else connection.sendUTF(JSON.stringify(handler(data)));
}

function heard(connection, message) {
  if (mode === "topic") {
    sockets.broadcastUTF(message.utf8Data);
    connection.sendUTF("ok");
  } else if (mode === "json") envelope(connection, message.utf8Data);
  else if (message.type === "utf8") connection.sendUTF(message.utf8Data);
  else connection.sendBytes(message.binaryData);
}

sockets.on("request", (request) => {
  const connection = request.accept(null, request.origin);
  connection.on("message", (message) => heard(connection, message));
});
server.listen(0, "127.0.0.1", () => serveHarness(server.address().port));
