// First of all: tsyringe and the decorators need it when their modules load.
import "reflect-metadata";

export { CloseCodes, CloseReason } from "./close-reason.js";
export { Decodes, Encodes } from "./codec/codec-decorators.js";
export * as Decoder from "./codec/decoder.js";
export * as Encoder from "./codec/encoder.js";
export { json, JsonEncoder } from "./codec/json.js";
export { WirespringApplication } from "./context/application.js";
export type { RunOptions } from "./context/run-options.js";
export { ApplicationContext } from "./context/application-context.js";
export { Bean, type BeanOptions } from "./context/bean.js";
export { Configuration } from "./context/configuration.js";
export type { Metrics } from "./diagnostics.js";
export { EndpointExporter, type EndpointExporterOptions } from "./endpoint-exporter.js";
export {
  Arg,
  ENDPOINTS,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
} from "./endpoint/decorators.js";
export {
  EndpointConfig,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type Class,
  type ClassReference,
  type ServerEndpointOptions,
} from "./endpoint/endpoint-config.js";
export { DecodeException, DeploymentException, EncodeException, IllegalStateError } from "./errors.js";
export { HandshakeRequest } from "./handshake-request.js";
export { HandshakeResponse } from "./handshake-response.js";
export type { ContainerLimits, Limits } from "./limits.js";
export type { Logger, LogRecord } from "./logger.js";
export type { Principal } from "./principal.js";
export { ServerContainer } from "./server-container.js";
export { PongMessage } from "./session/pong-message.js";
export { RemoteEndpoint, type SendOutcome } from "./session/remote-endpoint.js";
export { SessionException } from "./session/session-exception.js";
export { Session } from "./session/session.js";
export { WebSocketContainer } from "./session/web-socket-container.js";
