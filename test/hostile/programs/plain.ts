import { OnMessage, ServerEndpoint } from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** The least that a server can be: what was said comes back. */

@ServerEndpoint("/echo")
class Echo {
  @OnMessage()
  said(text: string): string {
    return text;
  }

  @OnMessage()
  sent(bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

export const program: HostileProgram = { endpoints: [Echo] };
