import type { Fuzzer } from "./fuzzer.js";
import { closingFuzzer } from "./closing.js";
import { frameFuzzer } from "./frames.js";
import { headerFuzzer } from "./headers.js";
import { jsonFuzzer } from "./json.js";
import { targetFuzzer } from "./targets.js";
import { lifeFuzzer } from "./lives.js";
import { tcpFrameFuzzer } from "./tcp-frames.js";
import { tcpHeaderFuzzer } from "./tcp-headers.js";
import { templateFuzzer } from "./templates.js";

/** The fuzzers, each under the name that `--only` takes. Each knows its own inputs; for who runs them they are just values. */
export const allFuzzers = [
  targetFuzzer,
  templateFuzzer,
  headerFuzzer,
  frameFuzzer,
  jsonFuzzer,
  closingFuzzer,
  lifeFuzzer,
  tcpHeaderFuzzer,
  tcpFrameFuzzer,
] as readonly object[] as readonly Fuzzer<unknown>[];
