import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { WsAdapter } from "@nestjs/platform-ws";
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from "@nestjs/websockets";
import { serveHarness } from "./standard-input.js";

/** NestJS with its adapter for `ws`. The decorators are called by hand, as the compiled form of a TypeScript gateway does. */

function decorated(decorators, target, name) {
  const descriptor = Object.getOwnPropertyDescriptor(target, name);
  for (const decorator of decorators) decorator(target, name, descriptor);
}

class Gateway {
  m(data) {
    return { event: "m", data };
  }

  publish(data) {
    const message = JSON.stringify({ event: "said", data });
    for (const client of this.server.clients) if (client.readyState === client.OPEN) client.send(message);
    return { event: "ok" };
  }
}
decorated([SubscribeMessage("m")], Gateway.prototype, "m");
decorated([SubscribeMessage("publish")], Gateway.prototype, "publish");
MessageBody()(Gateway.prototype, "m", 0);
MessageBody()(Gateway.prototype, "publish", 0);
decorated([WebSocketServer()], Gateway.prototype, "server");
WebSocketGateway(
  process.argv[2] === "deflate"
    ? { perMessageDeflate: { threshold: 0, zlibDeflateOptions: { level: 3, memLevel: 7 }, concurrencyLimit: 10 } }
    : {},
)(Gateway);
class AppModule {}
Module({ providers: [Gateway] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
app.useWebSocketAdapter(new WsAdapter(app));
await app.listen(0, "127.0.0.1");
serveHarness(app.getHttpServer().address().port);
