import type { HostileCase } from "./case-list.js";
import { closingCases } from "./cases/closings.js";
import { faultConnectionCases } from "./cases/fault-connections.js";
import { faultHandlerCases } from "./cases/fault-handlers.js";
import { faultLoadCases } from "./cases/fault-loads.js";
import { faultTimeCases } from "./cases/fault-times.js";
import { floodCases } from "./cases/floods.js";
import { gateAdmissionCases } from "./cases/gate-admission.js";
import { gateCrowdCases } from "./cases/gate-crowds.js";
import { gateGuardCases } from "./cases/gate-guards.js";
import { gateHttpCases } from "./cases/gate-http.js";
import { gateOriginCases } from "./cases/gate-origins.js";
import { gatePathCases } from "./cases/gate-paths.js";
import { frameCases } from "./cases/frames.js";
import { leakCases } from "./cases/leaks.js";
import { lifeCases } from "./cases/lives.js";
import { messageCases } from "./cases/messages.js";
import { slowReaderCases } from "./cases/slow-readers.js";
import { topicCases } from "./cases/topics.js";

/** Every case there is; each file of `cases/` has a line here. */
export const allCases: readonly HostileCase[] = [
  faultConnectionCases,
  faultHandlerCases,
  faultLoadCases,
  faultTimeCases,
  gateAdmissionCases,
  gateCrowdCases,
  gateGuardCases,
  gateHttpCases,
  gateOriginCases,
  gatePathCases,
  frameCases,
  floodCases,
  slowReaderCases,
  closingCases,
  messageCases,
  topicCases,
  leakCases,
  lifeCases,
].flatMap(({ cases }) => cases);
