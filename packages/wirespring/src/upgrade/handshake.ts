import type { PathParameters } from "../path-parameters.js";
import { createHash } from "node:crypto";
import type { Clock, Timer } from "../clock.js";
import type { DeployedEndpoint, Reservation } from "../deployment/deployed-endpoint.js";
import type { Diagnostics } from "../diagnostics.js";
import { asError } from "../errors.js";
import { formatExtensions, type Extension } from "../extension.js";
import { HandshakeRequest, type Peer, type UpgradeRequest } from "../handshake-request.js";
import { HandshakeResponse } from "../handshake-response.js";
import type { Principal } from "../principal.js";
import { isThenable } from "../thenable.js";
import { Admission } from "./admission.js";
import type { Offer } from "./gate.js";
import { RESERVE, STEPS, type HandshakeStep, type Inquiry } from "./handshake-steps.js";
import { Refusal } from "./refusal.js";
import type { Place } from "./turnstile.js";

/**
 * Asks the application about one upgrade request, step by step. Run by the router; synchronous all the way when every hook is. Once one is
 * not, the whole has a deadline, the peer may leave meanwhile, and what arrives after the outcome is thrown away, but never out of sight.
 */

/** What the router knows of a request when the application is asked. */
export interface HandshakeInit {
  readonly request: UpgradeRequest;
  readonly endpoint: DeployedEndpoint;
  readonly pathParameters: PathParameters;
  readonly queryString: string | null;
  readonly offer: Offer;
  /** Who is behind the trusted proxies. Default: whoever has the other end of the socket. */
  readonly peer?: Peer;
  /** What the connection is counted by, until it has ended or there will be none. Default: it is not. */
  readonly place?: Place | undefined;
  /** Who the peer is, where the caller knows it: `authenticate` is not asked. */
  readonly principal?: Principal | undefined;
  /** See `UpgradeRouterOptions`. */
  readonly httpSession?: Inquiry["httpSession"];
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
}

const NO_EXTENSIONS: readonly Extension[] = Object.freeze([]);

/** How a handshake ends. */
export type Outcome = Admission | Refusal;

/** One opening handshake with one endpoint. */
export class Handshake {
  readonly #inquiry: Inquiry;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  /** Made when somebody asks for its signal, or when the handshake ends from outside. */
  #abort: AbortController | undefined;
  #timer: Timer | undefined;
  /** Set while an answer is awaited. */
  #settle: ((outcome: Outcome) => void) | undefined;
  /** The outcome is known: what still arrives is late. */
  #over = false;

  constructor(init: HandshakeInit) {
    const { request, endpoint, offer, httpSession, clock, diagnostics } = init;
    const { pathParameters, queryString, peer, place, principal } = init;
    const allowedOrigins = endpoint.options.allowedOrigins ?? [];
    const facts = { pathParameters, queryString, allowedOrigins, ...(peer === undefined ? {} : { peer }) };
    this.#inquiry = {
      endpoint,
      offer,
      request: new HandshakeRequest(request, facts, () => this.#aborting().signal),
      response: new HandshakeResponse(() => answerTo(this.#inquiry)),
      httpSession,
      place,
      known: principal,
      userProperties: endpoint.config.userProperties.size > 0 ? new Map(endpoint.config.userProperties) : undefined,
      principal: null,
      subprotocol: "",
      extensions: NO_EXTENSIONS,
      reservation: undefined,
    };
    this.#clock = clock;
    this.#diagnostics = diagnostics;
  }

  /** Asks all hooks. The outcome comes at once when they all answer at once. Never throws or rejects. */
  run(): Outcome | Promise<Outcome> {
    const outcome = this.#advance(0);
    if (outcome !== undefined) return this.#conclude(outcome);
    const { handshakeTimeout } = this.#inquiry.endpoint.config.limits;
    this.#timer = this.#clock.setTimer(
      () => this.end(new Refusal(503, "timeout", { headers: [["Retry-After", "1"]], endpoint: this.path })),
      handshakeTimeout,
    );
    return new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Ends a handshake that waits for an answer, from outside: its outcome is this refusal, and its signal is aborted. */
  end(refusal: Refusal): void {
    if (this.#over) return;
    this.#finish(refusal);
    this.#aborting().abort(new DOMException(`The handshake is over: ${refusal.reason}.`, "AbortError"));
  }

  #aborting(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  /** The endpoint's template. */
  get path(): string {
    return this.#inquiry.endpoint.config.path;
  }

  /** Goes through the steps until one has no answer yet: then undefined, and the rest follows when it has. */
  #advance(from: number): Outcome | undefined {
    for (let index = from; index < STEPS.length; index++) {
      const step = STEPS[index]!;
      try {
        const answer = step.ask(this.#inquiry);
        if (isThenable(answer)) {
          this.#await(step, index, answer);
          return undefined;
        }
        const refusal = step.judge(this.#inquiry, answer);
        if (refusal !== undefined) return refusal;
      } catch (error) {
        return this.#failed(step, error);
      }
    }
    const { endpoint, request, subprotocol, extensions, response, reservation, place } = this.#inquiry;
    const answer = { subprotocol, extensions, headers: [...response.lines()] };
    return new Admission(endpoint, request, answer, reservation!, place);
  }

  #await(step: HandshakeStep, index: number, answer: PromiseLike<unknown>): void {
    // Adopted, so that a thenable that calls back twice, at once, or throws, is as good as a promise.
    void Promise.resolve(answer).then(
      (value) => this.#answered(step, index, value),
      (error: unknown) => this.#rejected(step, error),
    );
  }

  #answered(step: HandshakeStep, index: number, answer: unknown): void {
    if (this.#over) {
      if (step === RESERVE) this.#discard(answer as Reservation);
      return;
    }
    let outcome: Outcome | undefined;
    try {
      outcome = step.judge(this.#inquiry, answer) ?? this.#advance(index + 1);
    } catch (error) {
      outcome = this.#failed(step, error);
    }
    if (outcome !== undefined) this.#finish(outcome);
  }

  #rejected(step: HandshakeStep, error: unknown): void {
    if (!this.#over) this.#finish(this.#failed(step, error));
    // A hook that obeyed our signal did right: the outcome was counted when it was aborted.
    else if (!isAbort(error)) this.#failed(step, error);
  }

  /** A reservation that arrived late: nobody will ever open it. */
  #discard(reservation: Reservation): void {
    try {
      reservation.abandon();
    } catch (error) {
      this.#diagnostics.error("dispose", asError(error), false, this.path);
    }
  }

  #failed(step: HandshakeStep, error: unknown): Refusal {
    if (step === RESERVE) return new Refusal(500, "instance", { endpoint: this.path });
    this.#diagnostics.error(step.hook, asError(error), false, this.path);
    return new Refusal(500, "hook", { endpoint: this.path });
  }

  #finish(outcome: Outcome): void {
    this.#settle?.(this.#conclude(outcome));
  }

  #conclude(outcome: Outcome): Outcome {
    this.#over = true;
    this.#timer?.cancel();
    if (outcome instanceof Refusal) {
      this.#inquiry.place?.leave();
      this.#inquiry.request.release();
    }
    return outcome;
  }
}

/** The fields that every 101 has, and those that say what was agreed on so far (RFC 6455 section 4.2.2). */
function answerTo({ request, subprotocol, extensions }: Inquiry): Iterable<readonly [string, string]> {
  const fields: [string, string][] = [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
  ];
  const key = request.headers.first(HandshakeRequest.SEC_WEBSOCKET_KEY);
  if (key !== undefined)
    fields.push([
      HandshakeResponse.SEC_WEBSOCKET_ACCEPT,
      createHash("sha1")
        .update(key + GUID)
        .digest("base64"),
    ]);
  if (subprotocol !== "") fields.push([HandshakeRequest.SEC_WEBSOCKET_PROTOCOL, subprotocol]);
  if (extensions.length > 0) fields.push([HandshakeRequest.SEC_WEBSOCKET_EXTENSIONS, formatExtensions(extensions)]);
  return fields;
}

/** RFC 6455 section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
