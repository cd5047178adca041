import { ServerEndpoint } from "wirespring";
import type { HostileProgram } from "../hostile-program.js";
import { Who } from "./admission.js";

/** A server behind proxies that it trusts: the loopback address is one, so a peer on it may be anybody. */

@ServerEndpoint("/echo")
class Echo {}

export const program: HostileProgram = {
  endpoints: [Who, Echo],
  exporter: { trustedProxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"], allowedHosts: ["app.example", "localhost"] },
};
