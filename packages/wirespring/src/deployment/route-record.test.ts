import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { CloseReason } from "../close-reason.js";
import { json } from "../codec/json.js";
import { Arg, OnClose, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint } from "../endpoint/decorators.js";
import { Endpoint } from "../endpoint/endpoint.js";
import { EndpointConfig, type Class, type ServerEndpointOptions } from "../endpoint/endpoint-config.js";
import { modelOf } from "../endpoint/endpoint-model.js";
import { HandshakeRequest } from "../handshake-request.js";
import { PongMessage } from "../session/pong-message.js";
import { Session } from "../session/session.js";
import { routeRecord } from "./route-record.js";

class Line {
  text = "";
}

@ServerEndpoint({ value: "/chat/{room}/{seat}", decoders: [json(Line)] })
class Chat {
  @OnOpen() opened(
    _session: Session,
    @PathParam("room") _room: string,
    _request: HandshakeRequest,
    _config: EndpointConfig,
  ): void {}
  @OnMessage() said(@PathParam("seat") _seat: number, _line: Line, _signal: AbortSignal): void {}
  @OnMessage() part(_part: Buffer, _last: boolean): void {}
  @OnMessage() pong(_pong: PongMessage): void {}
  @OnClose() closed(_reason: CloseReason, @PathParam("seat", (text) => text.length) _seat: unknown): void {}
  @OnError() failed(@Arg(Error) _error: Error, @PathParam("room") _room: string | null): void {}
}

class Raw extends Endpoint {
  onOpen(): void {}
}

const handlersOf = (type: Class, given?: ServerEndpointOptions): unknown => {
  const { model, problems } = modelOf(type, { encoders: [], decoders: [] }, ["room", "seat"], given);
  expect(problems).toEqual([]);
  return routeRecord("/app/chat/{room}/{seat}", model!);
};

describe("routeRecord", () => {
  it("names path, class, and for each event the method and what its parameters are bound to", () => {
    expect(handlersOf(Chat)).toEqual({
      event: "endpoint.deployed",
      endpoint: "/app/chat/{room}/{seat}",
      class: "Chat",
      handlers: {
        open: "opened(session: Session, {room}: String, request: HandshakeRequest, config: EndpointConfig)",
        text: "said({seat}: Number, message: Line, signal: AbortSignal)",
        binary: "part(part: Buffer, last: Boolean)",
        pong: "pong(message: PongMessage)",
        close: "closed(reason: CloseReason, {seat}: by an anonymous function)",
        error: "failed(error: Error, {room}: String)",
      },
    });
  });

  it("names the methods of an Endpoint that are there", () => {
    expect(handlersOf(Raw, { value: "/raw" })).toMatchObject({
      class: "Raw",
      handlers: { open: "onOpen(session: Session, config: EndpointConfig)" },
    });
  });
});
