// First of all: tsyringe and the decorators need it when their modules load.
import "reflect-metadata";

export { Broadcaster, type PublishOptions } from "./broadcast/broadcaster.js";
export { WebSocketContainer, type WebSocketContainerOptions } from "./client/web-socket-container.js";
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
export { Endpoint } from "./endpoint/endpoint.js";
export { ClientEndpointConfig } from "./endpoint/client-endpoint-config.js";
export {
  ClientEndpointConfigurator,
  type ClientEndpointOptions,
  type ClientTlsOptions,
} from "./endpoint/client-options.js";
export {
  Arg,
  ClientEndpoint,
  Compress,
  ENDPOINTS,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
} from "./endpoint/decorators.js";
export { ENDPOINT_CONFIGS, ServerApplicationConfig } from "./endpoint/application-config.js";
export {
  EndpointConfig,
  ServerEndpointConfig,
  ServerEndpointConfigurator,
  type Class,
  type ClassReference,
  type ServerEndpointConfigOptions,
  type ServerEndpointOptions,
} from "./endpoint/endpoint-config.js";
export {
  ConnectException,
  DecodeException,
  DeploymentException,
  EncodeException,
  IllegalStateError,
} from "./errors.js";
export type { Extension, ExtensionParameter } from "./extension.js";
export { HandshakeRequest } from "./handshake-request.js";
export { HandshakeResponse, ResponseHeaders } from "./handshake-response.js";
export type { ContainerLimits, Limits, SlowConsumerPolicy } from "./limits.js";
export type { Logger, LogRecord } from "./logger.js";
export { ReceivedResponse } from "./received-response.js";
export type { Principal } from "./principal.js";
export { ServerContainer } from "./server-container.js";
export type { MessageListener, MessageOf, MessageType, PartType } from "./session/message-listener.js";
export { PongMessage } from "./session/pong-message.js";
export { RemoteEndpoint, type SendOutcome } from "./session/remote-endpoint.js";
export { SessionException } from "./session/session-exception.js";
export { Session, type ConnectOptions } from "./session/session.js";
export { TextReader, type TextReaderOptions } from "./text-reader.js";
