// First of all: the decorators need the metadata that this loads.
import "wirespring";
import type { ConformanceCase } from "./case-list.js";
import { addEndpointCases } from "./cases/add-endpoint.js";
import { addedByCodeCases } from "./cases/added-by-code.js";
import { addedEndpointEndingCases } from "./cases/added-endpoint-endings.js";
import { apiConfigCases } from "./cases/api-configs.js";
import { apiValueCases } from "./cases/api-values.js";
import { applicationConfigCases } from "./cases/application-config.js";
import { applicationCases } from "./cases/application.js";
import { clientConfigCases } from "./cases/client-config.js";
import { clientEndpointCases } from "./cases/client-endpoint.js";
import { clientMessageCases } from "./cases/client-messages.js";
import { clientRefusedCases } from "./cases/client-refused.js";
import { clientReturnTypeCases } from "./cases/client-return-type.js";
import { coderCases } from "./cases/coder.js";
import { configuratorCases } from "./cases/configurator.js";
import { containerProviderCases } from "./cases/container-provider.js";
import { endpointConfigCases } from "./cases/endpoint-config.js";
import { handshakeRequestCases } from "./cases/handshake-request.js";
import { inheritanceCases } from "./cases/inheritance.js";
import { leftOutDeclarationCases } from "./cases/left-out-declarations.js";
import { leftOutDetailCases } from "./cases/left-out-details.js";
import { leftOutEndingCases } from "./cases/left-out-endings.js";
import { leftOutHandshakeCases } from "./cases/left-out-handshakes.js";
import { leftOutIdentityCases } from "./cases/left-out-identities.js";
import { leftOutMessageCases } from "./cases/left-out-messages.js";
import { leftOutRuleCases } from "./cases/left-out-rules.js";
import { leftOutSessionCases } from "./cases/left-out-sessions.js";
import { messageHandlerCases } from "./cases/message-handler.js";
import { refusedMessageHandlerCases } from "./cases/message-handler-refused.js";
import { pathParamCases } from "./cases/path-param.js";
import { programmaticCoderCases } from "./cases/programmatic-coder.js";
import { programmaticEndpointCases } from "./cases/programmatic-endpoint.js";
import { refusedHandlerCases } from "./cases/refused-handlers.js";
import { refusedMessageCases } from "./cases/refused-messages.js";
import { remoteAsyncCases } from "./cases/remote-async.js";
import { remoteBasicCases } from "./cases/remote-basic.js";
import { returnTypeCases } from "./cases/return-type.js";
import { serverEndpointCases } from "./cases/server-endpoint.js";
import { sessionCases } from "./cases/session.js";
import { sessionCloseCases } from "./cases/session-close.js";
import { sessionHandlerCases } from "./cases/session-handlers.js";
import { sessionLimitCases } from "./cases/session-limits.js";
import { sessionExceptionCases } from "./cases/session-exception.js";
import { throwingCoderCases } from "./cases/throwing-coder.js";
import { uriMatchingCases } from "./cases/uri-matching.js";
import { userCoderCases } from "./cases/user-coder.js";
import { websocketMessageCases } from "./cases/websocket-message.js";

/** Every case there is. */
export const allCases: readonly ConformanceCase[] = [
  ...apiValueCases,
  ...apiConfigCases,
  ...coderCases,
  ...programmaticCoderCases,
  ...serverEndpointCases,
  ...configuratorCases,
  ...handshakeRequestCases,
  ...pathParamCases,
  ...throwingCoderCases,
  ...websocketMessageCases,
  ...sessionCases,
  ...sessionHandlerCases,
  ...sessionLimitCases,
  ...sessionCloseCases,
  ...messageHandlerCases,
  ...refusedMessageHandlerCases,
  ...returnTypeCases,
  ...remoteBasicCases,
  ...remoteAsyncCases,
  ...userCoderCases,
  ...addedByCodeCases,
  ...addEndpointCases,
  ...addedEndpointEndingCases,
  ...applicationConfigCases,
  ...endpointConfigCases,
  ...refusedHandlerCases,
  ...refusedMessageCases,
  ...applicationCases,
  ...uriMatchingCases,
  ...clientEndpointCases,
  ...clientConfigCases,
  ...clientMessageCases,
  ...clientReturnTypeCases,
  ...clientRefusedCases,
  ...inheritanceCases,
  ...programmaticEndpointCases,
  ...sessionExceptionCases,
  ...containerProviderCases,
  ...leftOutRuleCases,
  ...leftOutDeclarationCases,
  ...leftOutDetailCases,
  ...leftOutMessageCases,
  ...leftOutSessionCases,
  ...leftOutEndingCases,
  ...leftOutHandshakeCases,
  ...leftOutIdentityCases,
];
