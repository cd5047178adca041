import type { Proof } from "./proof.js";
import { cyclesProof } from "./proofs/cycles.js";
import { drainProof } from "./proofs/drain.js";
import { fairnessProof } from "./proofs/fairness.js";
import { halfOpenProof } from "./proofs/half-open.js";
import { livesProof } from "./proofs/lives.js";
import { memoryProof } from "./proofs/memory.js";
import { secondSignalProof } from "./proofs/second-signal.js";
import { stallsProof } from "./proofs/stalls.js";

/** Everything that `npm run endurance` shows. */
export const allProofs: readonly Proof[] = [
  memoryProof,
  fairnessProof,
  cyclesProof,
  drainProof,
  secondSignalProof,
  stallsProof,
  halfOpenProof,
  livesProof,
];
