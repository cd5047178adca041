import { createServer } from "node:http";
import { Server } from "socket.io";
import { serveHarness } from "./standard-input.js";

/** Socket.IO: events by name, an acknowledgement as its clients ask for one. */

const server = createServer();
const io = new Server(server, {
  perMessageDeflate:
    process.argv[2] === "deflate" ? { threshold: 0, zlibDeflateOptions: { level: 3, memLevel: 7 } } : false,
});

io.on("connection", (socket) => {
  socket.on("m", (text) => socket.emit("m", text));
  socket.on("publish", (text, acknowledge) => {
    io.emit("said", text);
    acknowledge("ok");
  });
});

server.listen(0, "127.0.0.1", () => serveHarness(server.address().port));
