/**
 * The face for authors of transports, backplanes, observers and hosts. Applications need none of it.
 */
export { CloseCodes, CloseReason, isSendable } from "./close-reason.js";
export type { Dial, DialAnswer, DialRequest } from "./client/dial.js";
export { systemClock, type Clock, type Timer } from "./clock.js";
export type { DiagnosticEvents, DropCause, HookName, LimitName, Metrics, RefusalReason } from "./diagnostics.js";
export { HandshakeRequest, type Headers, type UpgradeRequest } from "./handshake-request.js";
export { defaultLimits, type Limits } from "./limits.js";
export type { Logger, LogRecord } from "./logger.js";
export {
  Prepared,
  type Delivery,
  type SendCallback,
  type SendOptions,
  type Transport,
  type TransportSink,
} from "./session/transport.js";
// A transport checks text itself, also text that comes in parts.
export { Utf8Check } from "./session/utf8-check.js";
// For hosts that handle upgrades themselves, and for the contract suite, which must be able to run over a real socket.
export { WsAcceptor, type WsAcceptorOptions, type WsAdmission } from "./upgrade/ws-acceptor.js";
// What opens a session on any transport: `admit` gives a refusal or an admission, `admission.open(transport)` starts it.
export { Admission } from "./upgrade/admission.js";
export { Refusal } from "./upgrade/refusal.js";
export { UpgradeRouter, type AdmitOptions } from "./upgrade/upgrade-router.js";
// A host that deploys endpoints by itself says so on its server.
export { exportedBy, markExported } from "./upgrade/upgrade-listener.js";
