/**
 * Tests of wirespring programs: endpoints without a port, time that stands still, peers that say whatever a test wants.
 */
export { MemoryClient, memoryPair, type MemoryPair, type MemoryPairOptions } from "./memory-client.js";
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
export { RawClient, type RawClientOptions, type RawResponse, type RawUpgrade } from "./raw-client.js";
export { settle } from "./settle.js";
export { RFC_KEY, upgradeRequest, type UpgradeRequestOptions } from "./upgrade-request.js";
export { VirtualClock } from "./virtual-clock.js";
