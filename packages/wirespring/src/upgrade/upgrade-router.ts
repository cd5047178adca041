import type { PathParameters } from "../path-parameters.js";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.js";
import type { DeployedEndpoint } from "../deployment/deployed-endpoint.js";
import type { Diagnostics } from "../diagnostics.js";
import { deploymentFailure } from "../errors.js";
import type { Peer, UpgradeRequest } from "../handshake-request.js";
import { defaultContainerLimits, type Limits } from "../limits.js";
import type { Principal } from "../principal.js";
import { Admission } from "./admission.js";
import { gateFields, judgeRequest, judgeSize, type GateFields } from "./gate.js";
import { Handshake, type Outcome } from "./handshake.js";
import { Refusal } from "./refusal.js";
import { parseTarget } from "./request-target.js";
import { TrustedProxies } from "./trusted-proxies.js";
import { Turnstile, type TurnstileLimits } from "./turnstile.js";
import { parseTemplate, TemplateTrie, type UriTemplate } from "./uri-template.js";

/**
 * Decides who gets an upgrade request, and whether: match, gate, handshake. One for each server container; asked by the upgrade listener, by
 * tests and by other transports. Every refusal that `admit` gives has been counted.
 */

export interface UpgradeRouterOptions {
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Path in front of all endpoints, as `/ws`. Default: none (J-19). */
  readonly contextPath?: string | undefined;
  /** For the listener: what becomes of paths that no endpoint has. Default: depends on who else listens. */
  readonly unmatched?: "refuse" | "ignore" | undefined;
  /** Handshakes that may wait for the application at one time; more is 503. */
  readonly maxPendingUpgrades: number;
  /**
   * Gives the HTTP session of a request, for `HandshakeRequest.httpSession`; may be async. Called before `authenticate`; what it throws
   * refuses with 500. Default: none.
   */
  readonly httpSession?: ((request: IncomingMessage) => unknown) | undefined;
  /** Who may say in `X-Forwarded-*` whom they speak for: addresses and networks, as `10.0.0.0/8`. Default: nobody. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** What `Host` may say, with or without a port; anything else is 421. Default: anything. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** How many may come in. Default: the defaults. */
  readonly turnstile?: TurnstileLimits | undefined;
  /** For requests that no endpoint matches. */
  readonly limits: Limits;
}

/** Where a request leads. */
export interface Route {
  readonly endpoint: DeployedEndpoint;
  readonly pathParameters: PathParameters;
  readonly queryString: string | null;
  readonly fields: GateFields;
  readonly peer: Peer;
}

/** What `admit` may be told beside the request. */
export interface AdmitOptions {
  /** Aborted when the peer leaves; then the outcome is a `Refusal` with the reason `abandoned`. A function is asked for it once the outcome is not known at once. */
  readonly abandoned?: AbortSignal | (() => AbortSignal) | undefined;
  /** What `route` gave for this request, if it was asked before. */
  readonly route?: Route | undefined;
  /**
   * Who the peer is, where the caller has made sure of it: the endpoint's `authenticate` is not asked, its roles are. Default: `authenticate`
   * says it.
   */
  readonly principal?: Principal | undefined;
}

/** What a path and its options must be like to be mounted. */
export interface Mountable {
  readonly config: Pick<DeployedEndpoint["config"], "path" | "endpointClass">;
  readonly options: Pick<DeployedEndpoint["options"], "ignoreTrailingSlash">;
}

/** Seconds after which a peer may come back: pending handshakes end soon, a stopped server is replaced. */
const RETRY_AFTER = { busy: "1", draining: "5" } as const;

/**
 * Knows the endpoints in service and takes requests to them: `admit` gives a refusal, an HTTP status, or an admission that opens a session on any
 * transport. `ServerContainer.router` is one.
 */
export class UpgradeRouter {
  readonly unmatched: "refuse" | "ignore" | undefined;
  readonly #trie = new TemplateTrie<DeployedEndpoint>();
  readonly #contextPath: string;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  readonly #maxPending: number;
  readonly #limits: Limits;
  readonly #httpSession: UpgradeRouterOptions["httpSession"];
  readonly #proxies: TrustedProxies;
  /** In lower case; undefined: any. */
  readonly #hosts: ReadonlySet<string> | undefined;
  readonly #turnstile: Turnstile;
  readonly #pending = new Set<Handshake>();
  #draining = false;

  /** Throws `DeploymentException` for a context path that is none, `TypeError` for a proxy that is none. */
  constructor(options: UpgradeRouterOptions) {
    this.unmatched = options.unmatched;
    this.#contextPath = soundContextPath(options.contextPath ?? "");
    this.#clock = options.clock;
    this.#diagnostics = options.diagnostics;
    this.#maxPending = options.maxPendingUpgrades;
    this.#limits = options.limits;
    this.#httpSession = options.httpSession;
    this.#proxies = new TrustedProxies(options.trustedProxies);
    this.#hosts = options.allowedHosts && new Set(options.allowedHosts.map((host) => host.toLowerCase()));
    this.#turnstile = new Turnstile(options.turnstile ?? defaultContainerLimits, options.clock);
  }

  /** Puts an endpoint into service. Throws `DeploymentException` for a bad path, or one that an endpoint in service has. */
  mount(endpoint: DeployedEndpoint): void {
    const template = this.#template(endpoint);
    const there = this.#trie.add(template, endpoint, endpoint.options);
    if (there !== undefined) throw deploymentFailure(samePath(endpoint, there));
  }

  /** Takes an endpoint out of service: no further handshake reaches it. Tells whether it was in service. */
  unmount(endpoint: DeployedEndpoint): boolean {
    return this.conflict(endpoint) === endpoint && this.#trie.remove(this.#template(endpoint), endpoint.options);
  }

  /** The endpoint in service whose path is equivalent to this one's, if there is one (J-33). Throws as `mount` for a bad path. */
  conflict(endpoint: Mountable): DeployedEndpoint | undefined {
    return this.#trie.find(this.#template(endpoint), endpoint.options);
  }

  /** Tells whether a request target leads to an endpoint, whatever else is wrong with the request. */
  matches(target: string): boolean {
    const parsed = parseTarget(target);
    return typeof parsed !== "string" && this.#trie.match(parsed) !== undefined;
  }

  /**
   * Finds the endpoint of a request. A refusal names the endpoint if the request is one's own; without, it is nobody's here, and another
   * listener's perhaps. Not counted.
   */
  route(request: UpgradeRequest): Route | Refusal {
    const target = parseTarget(request.url);
    if (typeof target === "string") return new Refusal(400, target);
    const match = this.#trie.match(target);
    const { maxTargetLength } = match?.value.config.limits ?? this.#limits;
    const endpoint = match?.value.config.path;
    if ((request.url ?? "").length > maxTargetLength) return new Refusal(414, "target", { endpoint });
    if (match === undefined) return new Refusal(404, "path");
    if (target.encodedSeparator && match.value.options.allowEncodedSlash !== true)
      return new Refusal(400, "encoding", { endpoint });
    const { value, variables } = match;
    return this.#routeOf(value, request, variables, target.queryString);
  }

  /** Leads a request to an endpoint that need not be in service, wherever the request points. Not counted. */
  routeTo(endpoint: DeployedEndpoint, request: UpgradeRequest, pathParameters: PathParameters): Route | Refusal {
    const { limits, path } = endpoint.config;
    const target = parseTarget(request.url);
    if (typeof target === "string") return new Refusal(400, target, { endpoint: path });
    if ((request.url ?? "").length > limits.maxTargetLength) return new Refusal(414, "target", { endpoint: path });
    return this.#routeOf(endpoint, request, pathParameters, target.queryString);
  }

  #routeOf(
    endpoint: DeployedEndpoint,
    request: UpgradeRequest,
    pathParameters: PathParameters,
    queryString: string | null,
  ): Route {
    const peer = this.#proxies.peerOf(request);
    return { endpoint, pathParameters, queryString, fields: gateFields(request), peer };
  }

  /** The address of whoever sent a request, behind the proxies that are trusted. */
  addressOf(request: UpgradeRequest): string | undefined {
    return this.#proxies.peerOf(request).address;
  }

  /**
   * Takes a request through match, gate and the application's hooks. An admission waits for a transport; a refusal has been counted. The
   * answer is a promise only if a hook's was. Never throws or rejects.
   *
   * What makes HTTP a WebSocket handshake, method, `Upgrade`, version and key, is the listener's to judge.
   */
  admit(request: UpgradeRequest, options: AdmitOptions = {}): Outcome | Promise<Outcome> {
    const route = options.route ?? this.route(request);
    if (route instanceof Refusal) return this.#refuse(route, request);
    const { endpoint } = route;
    const { path } = endpoint.config;
    const offer = this.#judge(request, route);
    if (offer instanceof Refusal) return this.#refuse(offer.of(path), request);
    const { abandoned } = options;
    if (typeof abandoned === "object" && abandoned.aborted) return this.#refuse(gone(path), request);
    const { pathParameters, queryString, peer } = route;
    const place = this.#turnstile.enter(peer.address);
    if (place instanceof Refusal) return this.#refuse(place.of(path), request);
    const services = { clock: this.#clock, diagnostics: this.#diagnostics, httpSession: this.#httpSession };
    const handshake = new Handshake({
      request,
      endpoint,
      pathParameters,
      queryString,
      offer,
      peer,
      place,
      principal: options.principal,
      ...services,
    });
    const outcome = handshake.run();
    return outcome instanceof Promise
      ? this.#wait(handshake, outcome, request, path, typeof abandoned === "function" ? abandoned() : abandoned)
      : this.#refuse(outcome, request);
  }

  /** Refuses every further request with 503, and those whose handshake is pending: no session starts while others are ended. */
  drain(): void {
    this.#draining = true;
    for (const handshake of this.#pending) handshake.end(draining(handshake.path));
  }

  /** Whether `drain` was called. */
  get draining(): boolean {
    return this.#draining;
  }

  #judge(request: UpgradeRequest, { endpoint, fields, queryString }: Route): ReturnType<typeof judgeRequest> {
    const { limits, path } = endpoint.config;
    if (this.#draining) return draining(path);
    const refusal = judgeSize(fields, limits);
    if (refusal !== undefined) return refusal;
    // Before any hook runs: what a hook holds on to while it waits is not ours to bound otherwise.
    if (this.#pending.size >= this.#maxPending)
      return new Refusal(503, "busy", { headers: [["Retry-After", RETRY_AFTER.busy]] });
    const verdict = judgeRequest(request, fields, queryString, limits);
    return verdict instanceof Refusal ? verdict : (this.#judgeHost(fields.host[0]!) ?? verdict);
  }

  /** A page that has made its own name point here sends that name (T32). */
  #judgeHost(sent: string): Refusal | undefined {
    if (this.#hosts === undefined) return undefined;
    const host = sent.toLowerCase();
    if (this.#hosts.has(host) || this.#hosts.has(host.replace(/:\d+$/, ""))) return undefined;
    return new Refusal(421, "host", { body: "This host is not served here.\n" });
  }

  async #wait(
    handshake: Handshake,
    outcome: Promise<Outcome>,
    request: UpgradeRequest,
    path: string,
    abandoned: AbortSignal | undefined,
  ): Promise<Outcome> {
    const leave = (): void => handshake.end(gone(path));
    abandoned?.addEventListener("abort", leave, { once: true });
    this.#pending.add(handshake);
    try {
      return this.#refuse(await outcome, request);
    } finally {
      this.#pending.delete(handshake);
      abandoned?.removeEventListener("abort", leave);
    }
  }

  /** Counts what is a refusal. */
  #refuse<T extends Outcome>(outcome: T, request: UpgradeRequest): T {
    if (outcome instanceof Admission) return outcome;
    const { reason, status, endpoint } = outcome as Refusal;
    if (reason === "abandoned") this.#diagnostics.abandoned(endpoint);
    else this.#diagnostics.refused(reason, status, endpoint, this.addressOf(request));
    return outcome;
  }

  #template(endpoint: Mountable): UriTemplate {
    const { path } = endpoint.config;
    const template = parseTemplate(path);
    if ("problem" in template) throw deploymentFailure(`${nameOf(endpoint)}: ${template.problem}`);
    return this.#contextPath === "" ? template : (parseTemplate(this.#contextPath + path) as UriTemplate);
  }
}

/** The answer of a router that drains. */
export function draining(endpoint: string): Refusal {
  return new Refusal(503, "draining", { headers: [["Retry-After", RETRY_AFTER.draining]], endpoint });
}

/** The status is for nobody; servers' logs know it as "client closed request". */
function gone(endpoint: string): Refusal {
  return new Refusal(499, "abandoned", { endpoint });
}

function soundContextPath(path: string): string {
  if (path === "" || path === "/") return "";
  const template = parseTemplate(path);
  if ("problem" in template) throw deploymentFailure(`contextPath: the application ${template.problem}`);
  if (template.variables.length > 0)
    throw deploymentFailure(`contextPath "${path}" has a variable: only the paths of endpoints may have variables`);
  if (path.endsWith("/"))
    throw deploymentFailure(`contextPath "${path}" ends with "/": write it as "${path.slice(0, -1)}"`);
  return path;
}

function nameOf({ config }: Mountable): string {
  return config.endpointClass.name || "An endpoint without a name";
}

/** Gives the sentence that two endpoints have the same path, or equivalent ones (J-32, J-33). */
export function samePath(endpoint: Mountable, there: Mountable): string {
  const { path } = endpoint.config;
  const other = there.config.path;
  const how = path === other ? `have the same path "${path}"` : `have equivalent paths, "${other}" and "${path}"`;
  return `${nameOf(there)} and ${nameOf(endpoint)} ${how}: give one of both another path`;
}
