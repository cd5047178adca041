/**
 * Tests of wirespring programs: endpoints without a port, time that stands still, peers that say whatever a test wants.
 */
export { HandshakeRefused } from "./handshake-refused.js";
export {
  MemoryClient,
  memoryPair,
  type MemoryPair,
  type MemoryPairOptions,
  type MessageOptions,
} from "./memory-client.js";
export { MemoryTransport, type MemoryOptions } from "./memory-transport.js";
export {
  closePayload,
  encodeFrame,
  Opcode,
  readClose,
  type PeerFrame,
  type ReceivedClose,
  type ReceivedFrame,
} from "./peer-frame.js";
export type { Persona } from "./persona.js";
export { RawClient, type RawClientOptions, type RawResponse, type RawUpgrade } from "./raw-client.js";
export { settle } from "./settle.js";
export { openSession, startApplication, TestApplication, type SessionOptions } from "./test-application.js";
export type { TestApplicationOptions } from "./test-deployment.js";
export { TestClient } from "./test-client.js";
export { RFC_KEY, upgradeRequest, type UpgradeRequestOptions } from "./upgrade-request.js";
export { VirtualClock } from "./virtual-clock.js";
export type { WaitOptions } from "./waiting.js";
