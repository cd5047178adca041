import { Endpoint, EndpointExporter, ServerEndpointConfig } from "wirespring";
import { createServer } from "node:http";

/** JavaScript as it is: endpoints without decorators. */

class RoomEndpoint extends Endpoint {
  onOpen(session) {
    const room = session.pathParameters.get("room");
    session.addMessageHandler(String, (name) => session.remote.sendText(`Hello ${name}, this is ${room}`));
  }
}

const server = createServer();
const sockets = await new EndpointExporter({ allowEmpty: true, endpoints: [] }).export(server);
sockets.addEndpoint(ServerEndpointConfig.create(RoomEndpoint, "/rooms/{room}"));
sockets.closeWith(server);
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.once("SIGTERM", () => server.close());
