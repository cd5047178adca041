import { CaseList } from "../case-list.js";
import { addHalves, awaited, type RemoteCase } from "./remote-halves.js";
import {
  binary,
  fails,
  failingEncoder,
  noEncoder,
  nullData,
  object,
  partials,
  primitives,
  sendCase,
  text,
  writers,
} from "./remote-sends.js";
import { controlCases } from "./remote-control.js";

/** Sends that are awaited, on both sides of a connection: `ee/remoteendpoint/basic`, Jakarta's blocking view (J-130 to J-136, J-141, J-142). */

const cases: readonly RemoteCase[] = [
  ...[text, binary, object, ...primitives, ...partials].map((send): RemoteCase =>
    sendCase(`send${send.name}On*Test`, awaited, send),
  ),
  ...writers.map((send): RemoteCase => sendCase(`getSend${send.name}On*Test`, awaited, send)),
  ...Object.entries(nullData).map(([name, refused]): RemoteCase => ({
    method: `send${name}ThrowsIAEOn*Test`,
    run: fails(awaited, ...refused),
  })),
  { method: "sendObjectThrowsEncodeExceptionOn*Test", run: fails(awaited, failingEncoder, noEncoder) },
  ...controlCases(awaited),
];

const list = new CaseList("ee/remoteendpoint/basic");
addHalves(list, cases);

export const remoteBasicCases = list.cases;
