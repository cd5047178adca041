// First of all: the decorators need the metadata that this loads.
import "wirespring";
import type { ConformanceCase } from "./case-list.js";
import { addedByCodeCases } from "./cases/added-by-code.js";
import { apiConfigCases } from "./cases/api-configs.js";
import { apiValueCases } from "./cases/api-values.js";
import { applicationCases } from "./cases/application.js";
import { coderCases } from "./cases/coder.js";
import { configuratorCases } from "./cases/configurator.js";
import { handshakeRequestCases } from "./cases/handshake-request.js";
import { leftOutRuleCases } from "./cases/left-out-rules.js";
import { pathParamCases } from "./cases/path-param.js";
import { refusedHandlerCases } from "./cases/refused-handlers.js";
import { refusedMessageCases } from "./cases/refused-messages.js";
import { returnTypeCases } from "./cases/return-type.js";
import { serverEndpointCases } from "./cases/server-endpoint.js";
import { throwingCoderCases } from "./cases/throwing-coder.js";
import { uriMatchingCases } from "./cases/uri-matching.js";
import { websocketMessageCases } from "./cases/websocket-message.js";

/** Every case there is. */
export const allCases: readonly ConformanceCase[] = [
  ...apiValueCases,
  ...apiConfigCases,
  ...coderCases,
  ...serverEndpointCases,
  ...configuratorCases,
  ...handshakeRequestCases,
  ...pathParamCases,
  ...throwingCoderCases,
  ...websocketMessageCases,
  ...returnTypeCases,
  ...addedByCodeCases,
  ...refusedHandlerCases,
  ...refusedMessageCases,
  ...applicationCases,
  ...uriMatchingCases,
  ...leftOutRuleCases,
];
