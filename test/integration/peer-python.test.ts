import { inject } from "vitest";
import { peerCases, type Fragments } from "./peer-cases.js";

const { python } = inject("programs");

/** It ends each message in parts with an empty frame, and its server hears whole messages only. */
const fragments: Fragments = {
  sent: ["one ", "two ", "three 😀", ""],
  answered: ["[one two three 😀]", "[", "]", ""],
};

peerCases("Python websockets", {
  command: python === undefined ? undefined : [python],
  file: "websockets_peer.py",
  plain: fragments,
  compressed: fragments,
});
