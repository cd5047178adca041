import { ServerEndpoint, type Class } from "wirespring";
import { Refusal } from "wirespring/spi";
import { upgradeRequest } from "@wirespring/testing";
import type { HostileProgram, Running } from "../hostile-program.js";

/** A thousand endpoints whose paths are alike. */

/** The path that took longest, and how long. */
export interface WorstRoute {
  readonly path: string;
  readonly milliseconds: number;
}

/** How often a path that took long is tried again: what else the machine does can only add to it. */
const TRIES = 100;

function endpoint(path: string): Class {
  const made = class {};
  ServerEndpoint(path)(made);
  return made;
}

function worstOf({ sockets }: Running, argument: unknown): WorstRoute {
  let worst: WorstRoute = { path: "", milliseconds: 0 };
  for (const path of argument as readonly string[]) {
    const request = upgradeRequest({ path });
    let milliseconds = Infinity;
    // Nothing is learnt from a path that takes less than the worst.
    for (let count = 0; count < TRIES && milliseconds > worst.milliseconds; count++) {
      const began = performance.now();
      sockets.router.route(request);
      milliseconds = Math.min(milliseconds, performance.now() - began);
    }
    if (milliseconds > worst.milliseconds) worst = { path, milliseconds };
  }
  return worst;
}

function leadsTo({ sockets }: Running, path: unknown): string | undefined {
  const route = sockets.router.route(upgradeRequest({ path: path as string }));
  return route instanceof Refusal ? undefined : route.endpoint.config.path;
}

export const program: HostileProgram = {
  endpoints: Array.from({ length: 1_000 }, (_none, index) => endpoint(`/area${index % 40}/{x${index}}/part${index}`)),
  commands: { worstOf, leadsTo },
};
