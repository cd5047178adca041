/**
 * The contract suites, for authors of transports; needs vitest.
 */
export type { ContractConnection, ContractOpening, ContractPeer, MakeConnection } from "./contract/subject.js";
export type { TransportCase } from "./contract/transport-case.js";
export { runCase, transportCases, transportContract } from "./contract/transport-contract.js";
