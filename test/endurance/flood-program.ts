import { encodeFrame, Opcode } from "@wirespring/testing";
import { Peer } from "./peer.js";

/**
 * One peer that sends as much as the server takes, to an echo whose answers it reads. In a process of its own, so that it delays nobody but the
 * server. Started by the proof of fairness with the port, and ended by it.
 */

const FRAME = encodeFrame({ opcode: Opcode.TEXT, payload: "hello" });
const CHUNK = Buffer.concat(Array.from({ length: 6_000 }, () => FRAME));

const peer = await Peer.open(Number(process.argv[2]), { path: "/echo" });
const pour = (): void => {
  while (peer.ending === undefined && peer.socket.write(CHUNK));
};
peer.socket.on("drain", pour);
pour();
process.send!("flooding");
const { code } = await peer.ended;
// Nobody is flooded any more: the proof shows nothing then.
process.exitCode = 1;
console.error(`the flood was ended with ${code}`);
