import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { DeployedEndpoint, Reservation } from "../deployment/deployed-endpoint.js";
import type { HookName, RefusalReason } from "../diagnostics.js";
import { firstCommon, ServerEndpointConfig, usesDefault } from "../endpoint/endpoint-config.js";
import { describe, illegalArgument } from "../errors.js";
import { parseExtensions, type Extension } from "../extension.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { HandshakeResponse } from "../handshake-response.js";
import { admitsOrigin } from "../origin.js";
import type { Principal } from "../principal.js";
import { agreeOnDeflate, DEFLATE_NAME } from "./deflate-offer.js";
import type { Offer } from "./gate.js";
import { Refusal } from "./refusal.js";
import type { Place } from "./turnstile.js";

/**
 * The questions of a handshake in the order they are asked (J-161): may it come so, who is it, from there, in which language, with what
 * answer; then session and instance are made. Each has what is asked and what follows from the answer; `handshake.ts` says when. A hook that
 * the configurator leaves as it is is not called: its answer is known.
 */

/** What is known so far of one handshake, filled in by the steps. */
export interface Inquiry {
  readonly endpoint: DeployedEndpoint;
  readonly offer: Offer;
  readonly request: HandshakeRequest;
  readonly response: HandshakeResponse;
  /** What an adapter gives as the HTTP session of a request; undefined: none. */
  readonly httpSession: ((request: IncomingMessage) => unknown) | undefined;
  /** What the connection is counted by; undefined: it is not. */
  readonly place: Place | undefined;
  /** Who it is, where whoever brought the request has made sure of it. */
  readonly known: Principal | undefined;
  /** A shallow copy of the endpoint's; becomes the session's own (J-167). Undefined while it is empty and nobody has asked for it. */
  userProperties: Map<string, unknown> | undefined;
  principal: Principal | null;
  /** `""` for none. */
  subprotocol: string;
  extensions: readonly Extension[];
  reservation: Reservation | undefined;
}

/** One question to the application. */
export interface HandshakeStep {
  /** The hook that fails when asking or judging throws. */
  readonly hook: HookName;
  /** Gives the answer, or a promise of it. */
  ask(inquiry: Inquiry): unknown;
  /** Takes the answer up, or refuses for it. */
  judge(inquiry: Inquiry, answer: unknown): Refusal | undefined;
}

const SECURE: HandshakeStep = {
  hook: "authenticate",
  ask: () => undefined,
  judge: (inquiry) =>
    inquiry.endpoint.options.requireSecure === true && !inquiry.request.isSecure
      ? refusal(inquiry, 403, "secure")
      : undefined,
};

/** J-175: before `authenticate`, which may look into it. */
const HTTP_SESSION: HandshakeStep = {
  hook: "httpSession",
  ask: ({ httpSession, request }) => (request.raw === undefined ? undefined : httpSession?.(request.raw)),
  judge({ request }, answer) {
    request.joinHttpSession(answer);
    return undefined;
  },
};

const AUTHENTICATE: HandshakeStep = {
  hook: "authenticate",
  ask({ endpoint: { config }, known, request }) {
    if (known !== undefined) return known;
    return usesDefault(config.configurator, "authenticate") ? null : config.configurator.authenticate(request);
  },
  judge(inquiry, answer) {
    const { endpoint, request } = inquiry;
    if (answer !== null && answer !== undefined) {
      if (typeof answer !== "object")
        throw illegalArgument(
          `${hookOf(inquiry, "authenticate")} must give a Principal, { name: string }, or null, found ${describe(answer)}`,
        );
      inquiry.principal = answer as Principal;
      request.identify(inquiry.principal);
    }
    const { roles } = endpoint.options;
    if (roles !== undefined) {
      if (inquiry.principal === null) return refusal(inquiry, 401, "authentication");
      if (!roles.some((role) => request.isUserInRole(role))) return refusal(inquiry, 403, "role");
    }
    return inquiry.principal === null
      ? undefined
      : inquiry.place?.claim(String(inquiry.principal.name))?.of(endpoint.config.path);
  },
};

const ORIGIN: HandshakeStep = {
  hook: "checkOrigin",
  ask({ endpoint: { config }, offer, request }) {
    return usesDefault(config.configurator, "checkOrigin")
      ? admitsOrigin(offer.origin, request)
      : config.configurator.checkOrigin(offer.origin, request);
  },
  // A promise that somebody forgot to await is truthy, too (T21).
  judge: (inquiry, answer) => (answer === true ? undefined : refusal(inquiry, 403, "origin")),
};

const SUBPROTOCOL: HandshakeStep = {
  hook: "getNegotiatedSubprotocol",
  ask({ endpoint: { config }, offer: { subprotocols } }) {
    const { configurator, subprotocols: supported } = config;
    return usesDefault(configurator, "getNegotiatedSubprotocol")
      ? firstCommon(configurator.subprotocolOrder, supported, subprotocols)
      : configurator.getNegotiatedSubprotocol(supported, subprotocols);
  },
  judge(inquiry, answer) {
    const { config } = inquiry.endpoint;
    // Both lists: a name that was not offered makes the client fail (RFC 6455 section 4.1).
    const fit =
      answer === "" ||
      (config.subprotocols.includes(answer as string) && inquiry.offer.subprotocols.includes(answer as string));
    if (!fit)
      throw illegalArgument(
        `${hookOf(inquiry, "getNegotiatedSubprotocol")} must give "" or a subprotocol that is declared (${config.subprotocols.join(", ") || "none is"}) and was requested, found ${typeof answer === "string" ? JSON.stringify(answer) : describe(answer)}`,
      );
    inquiry.subprotocol = answer as string;
    return undefined;
  },
};

const EXTENSIONS: HandshakeStep = {
  hook: "getNegotiatedExtensions",
  ask({ endpoint: { config, installedExtensions }, request }) {
    const { configurator } = config;
    const isDefault = usesDefault(configurator, "getNegotiatedExtensions");
    return isDefault && installedExtensions.length === 0
      ? NO_EXTENSIONS
      : configurator.getNegotiatedExtensions(installedExtensions, requestedBy(request));
  },
  judge(inquiry, answer) {
    if (!Array.isArray(answer))
      throw illegalArgument(
        `${hookOf(inquiry, "getNegotiatedExtensions")} must give an array of extensions, found ${describe(answer)}`,
      );
    const isDeflate = ({ name }: Extension): boolean => name === DEFLATE_NAME;
    // J-165: any other name would be a lie on the wire.
    if (!answer.some(isDeflate) || !inquiry.endpoint.installedExtensions.some(isDeflate)) return undefined;
    const agreed = agreeOnDeflate(requestedBy(inquiry.request));
    if (agreed !== undefined) inquiry.extensions = Object.freeze([agreed]);
    return undefined;
  },
};

const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

/** What is not well-formed asks for nothing. */
function requestedBy(request: HandshakeRequest): readonly Extension[] {
  return parseExtensions(request.headers.get("sec-websocket-extensions") ?? []) ?? NO_EXTENSIONS;
}

const MODIFY: HandshakeStep = {
  hook: "modifyHandshake",
  ask(inquiry) {
    const { request, response } = inquiry;
    const { config } = inquiry.endpoint;
    if (usesDefault(config.configurator, "modifyHandshake")) return undefined;
    const userProperties = (inquiry.userProperties ??= new Map());
    return config.configurator.modifyHandshake(new ConfigView(config, userProperties), request, response);
  },
  judge(inquiry) {
    const { refusal: refused } = inquiry.response;
    if (refused === undefined) return undefined;
    return new Refusal(refused.status, "refused", {
      // The body is plain text, always.
      headers: [...inquiry.response.lines()].filter(([name]) => name.toLowerCase() !== "content-type"),
      body: refused.reason ?? STATUS_CODES[refused.status],
      endpoint: inquiry.endpoint.config.path,
    });
  },
};

/** The last one. What it throws was reported by the deployment, which knows the hook. */
export const RESERVE: HandshakeStep = {
  hook: "getEndpointInstance",
  ask({ endpoint, request, principal, subprotocol, extensions, userProperties }) {
    return endpoint.reserve({ request, principal, subprotocol, extensions, userProperties });
  },
  judge(inquiry, answer) {
    inquiry.reservation = answer as Reservation;
    return undefined;
  },
};

export const STEPS: readonly HandshakeStep[] = [
  SECURE,
  HTTP_SESSION,
  AUTHENTICATE,
  ORIGIN,
  SUBPROTOCOL,
  EXTENSIONS,
  MODIFY,
  RESERVE,
];

function refusal({ endpoint }: Inquiry, status: number, reason: RefusalReason): Refusal {
  return new Refusal(status, reason, { endpoint: endpoint.config.path });
}

function hookOf({ endpoint: { config } }: Inquiry, hook: string): string {
  return `${config.configurator.constructor.name}.${hook} for ${config.path}`;
}

/** The configuration as `modifyHandshake` sees it: the endpoint's, but for a map of this connection alone (J-167). */
class ConfigView extends ServerEndpointConfig {
  readonly encoders: ServerEndpointConfig["encoders"];
  readonly decoders: ServerEndpointConfig["decoders"];
  readonly endpointClass: ServerEndpointConfig["endpointClass"];
  readonly path: string;
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
  readonly configurator: ServerEndpointConfig["configurator"];
  readonly limits: ServerEndpointConfig["limits"];
  readonly userProperties: Map<string, unknown>;

  constructor(config: ServerEndpointConfig, userProperties: Map<string, unknown>) {
    super();
    this.encoders = config.encoders;
    this.decoders = config.decoders;
    this.endpointClass = config.endpointClass;
    this.path = config.path;
    this.subprotocols = config.subprotocols;
    this.extensions = config.extensions;
    this.configurator = config.configurator;
    this.limits = config.limits;
    this.userProperties = userProperties;
    Object.freeze(this);
  }
}
