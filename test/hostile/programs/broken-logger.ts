import { OnMessage, ServerEndpoint } from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** An application whose logger throws whenever it is told something. */

@ServerEndpoint("/fails")
class Fails {
  @OnMessage()
  said(_text: string): void {
    throw new Error("on demand");
  }
}

const broken = (): never => {
  throw new Error("disk full");
};

export const program: HostileProgram = {
  endpoints: [Fails],
  options: { logger: { debug: () => {}, info: () => {}, warn: broken, error: broken } },
};
