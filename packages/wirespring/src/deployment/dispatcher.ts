import { CloseCodes, CloseReason, retryLater } from "../close-reason.js";
import type { Clock, Timer } from "../clock.js";
import type { CodecChain, Encoded } from "../codec/codec-chain.js";
import type { HookName, LimitName } from "../diagnostics.js";
import type { EndpointConfig } from "../endpoint/endpoint-config.js";
import { asError } from "../errors.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Limits, SlowConsumerPolicy } from "../limits.js";
import { setPatientTimer } from "../patient-timer.js";
import { HoldReason } from "../session/input-holds.js";
import { LiveSession, type SessionFacts, type SessionOwner } from "../session/live-session.js";
import type { AnyMessageListener } from "../session/message-listener.js";
import type { OutboxBudget } from "../session/outbox-budget.js";
import type { RecipientCount } from "../session/recipient-count.js";
import { SessionWatch, type WatchOwner } from "../session/session-watch.js";
import type { Session, WebSocketContainer } from "../session/session.js";
import type { Transport } from "../session/transport.js";
import type { TimerWheel } from "../timer-wheel.js";
import { Ending, type EndingOwner } from "./ending.js";
import { HandlerCalls, overdue, run, tooLate, type CallsHome, type CallsOwner } from "./handler-calls.js";
import { Inbox, type InboxOwner } from "./inbox.js";

/**
 * One session's life at one endpoint: `@OnOpen`, messages one after another, `@OnClose`, each exactly as often as it should be. Made by the
 * deployment, driven by the transport through its inbox; calls the compiled handlers.
 */

/** What all sessions of an endpoint share; the deployment. */
export interface DispatcherHome extends CallsHome {
  readonly config: EndpointConfig;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly container: WebSocketContainer;
  readonly wheel: TimerWheel;
  readonly budget: OutboxBudget;
  readonly recipients: RecipientCount;
  openSessions(): ReadonlySet<Session>;
  opened(dispatcher: Dispatcher): void;
  /** Everything has ended: `@OnClose`, disposal and the transport. */
  ended(dispatcher: Dispatcher, reason: CloseReason, clean: boolean): void;
}

/** What was made for this connection alone. */
export interface Equipment {
  readonly instance: object;
  readonly codecs: CodecChain;
  /** Destroys and disposes it; undefined when there is nothing to do. */
  readonly dispose: (() => Promise<void>) | undefined;
  /** Goes on where `dispose` does not end. */
  readonly disposeRest?: () => void;
}

const DONE = Promise.resolve();

export class Dispatcher implements InboxOwner, CallsOwner, SessionOwner, WatchOwner, EndingOwner {
  readonly session: LiveSession;
  readonly request: HandshakeRequest | undefined;
  /** Set once, by whoever is first: the peer, the application, the container, a protocol error. */
  reason: CloseReason | undefined;
  /** Called once when everything has ended. */
  whenEnded: (() => void) | undefined;
  readonly #home: DispatcherHome;
  readonly #inbox: Inbox;
  readonly #calls: HandlerCalls;
  #equipment: Equipment | undefined;
  #transport: Transport | undefined;
  /** While the session is open. */
  #watch: SessionWatch | undefined;
  #openTimer: Timer | undefined;
  /** Since it began to close. */
  #ending: Ending | undefined;
  #openSettled = false;
  /** Closing was asked for before the transport was there. */
  #closeWhenOpen: CloseReason | undefined;
  #draining = false;
  #transportOver = false;
  #ended = false;
  #clean = false;
  /** What the wire says, where it is not what `@OnClose` is told (J-153). */
  #wireReason: CloseReason | undefined;

  constructor(home: DispatcherHome, facts: SessionFacts) {
    this.#home = home;
    this.session = new LiveSession(facts, this);
    this.#calls = new HandlerCalls(home, this);
    this.#inbox = new Inbox(home, this, this.#calls);
    this.request = home.model.wantsRequest ? facts.request : undefined;
  }

  get instance(): object {
    return this.#equipment!.instance;
  }

  get codecs(): CodecChain {
    return this.#equipment!.codecs;
  }

  get config(): EndpointConfig {
    return this.#home.config;
  }

  get container(): WebSocketContainer {
    return this.#home.container;
  }

  get clock(): Clock {
    return this.#home.clock;
  }

  get limits(): Limits {
    return this.#home.limits;
  }

  openSessions(): ReadonlySet<Session> {
    return this.#home.openSessions();
  }

  /** Whether the application has something to do for this session: a handler runs, a message waits for one, the end is not over. */
  get isBusy(): boolean {
    return !this.#openSettled || !this.#inbox.isIdle || this.#ending?.isOver === false;
  }

  get encoders(): object {
    return this.#home.model.codecs;
  }

  encode(value: unknown): Encoded | Promise<Encoded> {
    return this.codecs.encode(value);
  }

  sendFailed(error: Error): void {
    this.#home.diagnostics.sendFailed(this.session, this.#home.path, error);
  }

  sendDropped(bytes: number): void {
    this.#home.diagnostics.sendDropped(this.session, this.#home.path, bytes);
  }

  get policy(): SlowConsumerPolicy {
    return this.#home.model.options.slowConsumer ?? "close";
  }

  get budget(): OutboxBudget {
    return this.#home.budget;
  }

  active(): void {
    this.#watch?.touch();
  }

  incomplete(): void {
    this.#watch?.incomplete();
  }

  complete(): void {
    this.#watch?.complete();
  }

  called(now: number): void {
    this.#watch?.called(now);
  }

  congested(): void {
    this.#watch?.congested();
  }

  isHeartbeat(pong: Buffer): boolean {
    return this.#watch?.isHeartbeat(pong) === true;
  }

  idleAfter(timeout: number): void {
    this.#watch!.idleTimeout = timeout;
  }

  expireAt(time: number): void {
    this.#watch!.expiresAt = time - this.clock.wallTime() + this.clock.now();
  }

  pinged(): void {
    this.#inbox.pinged();
  }

  unfinishable(): void {
    void this.close(
      new CloseReason(CloseCodes.UNEXPECTED_CONDITION, `a message was not finished (session ${this.session.id})`),
    );
  }

  abortSignal(): AbortSignal {
    return this.#calls.abortSignal();
  }

  addMessageHandler(type: unknown, handler: AnyMessageListener, partial: boolean): void {
    this.#inbox.addMessageHandler(type, handler, partial);
  }

  removeMessageHandler(handler: AnyMessageListener): void {
    this.#inbox.removeMessageHandler(handler);
  }

  messageHandlers(): ReadonlySet<AnyMessageListener> {
    return this.#inbox.messageHandlers();
  }

  // Life

  /** Starts on a transport: `@OnOpen` first, with input held until it has settled. */
  start(transport: Transport, equipment: Equipment): void {
    this.#equipment = equipment;
    this.#transport = transport;
    this.#inbox.listen(transport);
    this.#watch = new SessionWatch(this, this.#home.wheel, transport);
    this.session.open(transport);
    this.#home.opened(this);
    const opening = run(
      () => this.#open(),
      (error) => this.#openFailed(error),
    );
    if (opening === undefined) return this.#opened();
    this.#inbox.holds.hold(HoldReason.opening);
    // It failed at once, and `@OnError` is still at work.
    if (!this.#openSettled)
      this.#openTimer = this.#inOpenTimeout(() => void this.#openFailed(tooLate(this.#home.path)));
    void opening.then(() => this.#opened());
  }

  #open(): unknown {
    const { open } = this.#home.model;
    const ready = this.codecs.init(this.#home.config);
    return ready === undefined ? open?.invoke(this, undefined) : ready.then(() => open?.invoke(this, undefined));
  }

  /** Nothing is handled any more: `@OnError` is told, then the session closes, whether `@OnError` ends or not. */
  #openFailed(thrown: unknown): void | Promise<void> {
    if (this.#openSettled) {
      this.#home.diagnostics.error("onOpen", asError(thrown), false, this.#home.path, this.session);
      return;
    }
    this.#openSettled = true;
    this.#openTimer?.cancel();
    const told = this.#calls.fail("onOpen", thrown, CloseCodes.UNEXPECTED_CONDITION);
    if (told === undefined) return this.#refuse();
    const timer = this.#inOpenTimeout(() => this.#refuse());
    return told.then(() => {
      timer.cancel();
      this.#refuse();
    });
  }

  #refuse(): void {
    void this.close(this.#calls.failure(CloseCodes.UNEXPECTED_CONDITION));
    this.#inbox.release();
  }

  #inOpenTimeout(task: () => void): Timer {
    return setPatientTimer(this.clock, task, this.limits.openTimeout);
  }

  #opened(): void {
    if (this.#openSettled) return;
    this.#openSettled = true;
    this.#openTimer?.cancel();
    if (this.#closeWhenOpen !== undefined) void this.close(this.#closeWhenOpen);
    this.#inbox.holds.letGo(HoldReason.opening);
    this.#inbox.release();
  }

  close(reason: CloseReason): Promise<void> {
    if (this.#transport === undefined) this.#closeWhenOpen ??= reason;
    else this.#closeWith(reason, reason);
    return DONE;
  }

  #closeWith(local: CloseReason, wire: CloseReason): void {
    if (this.reason !== undefined) return;
    this.session.remote.release();
    // What was held back may have been too much for the peer.
    if (this.reason === undefined) this.#end(local, wire);
  }

  #end(local: CloseReason, wire: CloseReason): void {
    this.#beginClosing(local);
    this.#wireReason = wire;
    this.#inbox.clear();
    this.#transport!.close(wire);
    this.#finish();
  }

  // What the watch, the outbox and the inbox find

  lastHeld(now: number): number {
    return this.#inbox.holds.lastHeld(now);
  }

  get unread(): number {
    return this.session.remote.unread;
  }

  /** A handler whose reply waits because the outbox blocks has done its work: the peer's slowness has a bound of its own. */
  get oldestCall(): number | undefined {
    return this.session.remote.isBlocked ? undefined : this.#inbox.oldestCall;
  }

  broke(limit: LimitName, reason: CloseReason): void {
    if (this.reason !== undefined) return;
    this.#home.diagnostics.limitHit(limit, this.session, this.#home.path);
    void this.close(reason);
  }

  /** J-153: the peer is told that we go, `@OnClose` that nobody has closed. */
  idle(timeout: number): void {
    const local = new CloseReason(CloseCodes.CLOSED_ABNORMALLY, `nothing was received or sent for ${timeout} ms`);
    this.#home.diagnostics.limitHit("idle", this.session, this.#home.path);
    this.#closeWith(local, new CloseReason(CloseCodes.GOING_AWAY, "the session was idle"));
  }

  silent(): void {
    this.#home.diagnostics.limitHit("heartbeat", this.session, this.#home.path);
    this.#transport!.terminate();
  }

  unfinished(): void {
    this.broke("assembly", new CloseReason(CloseCodes.VIOLATED_POLICY, "the message took too long"));
  }

  expired(): void {
    this.broke("expiry", new CloseReason(CloseCodes.VIOLATED_POLICY, "the session has expired"));
  }

  /** F04: its signal fires, and nobody waits for it any more. */
  overdue(): void {
    this.tellOverdue("onMessage");
    this.broke("handler-time", this.#calls.failure(CloseCodes.UNEXPECTED_CONDITION));
    this.#inbox.abandon();
  }

  tellOverdue(hook: HookName): void {
    const error = overdue(this.#home.path, this.limits.handlerTimeout);
    this.#home.diagnostics.error(hook, error, false, this.#home.path, this.session);
  }

  /** Whoever takes nothing will not take a close frame either. */
  slow(): void {
    this.overfull("slow-consumer");
    this.#transport!.terminate();
  }

  overfull(limit: LimitName): void {
    if (this.reason !== undefined) return;
    this.#home.diagnostics.limitHit(limit, this.session, this.#home.path);
    const reason = retryLater(CloseCodes.TRY_AGAIN_LATER);
    this.#end(reason, reason);
  }

  shed(): void {
    if (this.reason === undefined) this.overfull("process-outbox");
    else this.#transport!.terminate();
  }

  closed(reason: CloseReason, clean: boolean): void {
    if (this.#transportOver) return;
    this.#transportOver = true;
    this.#clean = clean;
    this.#beginClosing(reason);
    this.session.remote.over();
    this.#finish();
    this.#checkEnd();
  }

  /** Lets the handlers that run, and what arrived before, end; then closes. For the container's shutdown. */
  drain(reason: CloseReason): void {
    if (this.reason !== undefined || this.#draining) return;
    this.#draining = true;
    this.#inbox.drain(() => void this.close(reason));
  }

  /** Ends the connection at once and gives up on handlers that still run. `@OnClose` is still called. */
  abort(): void {
    this.#beginClosing(new CloseReason(CloseCodes.CLOSED_ABNORMALLY));
    this.#inbox.clear();
    this.#transport?.terminate();
    this.#opened();
    this.#finish();
    this.#inbox.abandon();
  }

  #beginClosing(reason: CloseReason): boolean {
    if (this.reason !== undefined) return false;
    this.reason = reason;
    this.#watch!.stop();
    this.session.end();
    this.#calls.ended(reason);
    this.#inbox.end(reason);
    return true;
  }

  #finish(): void {
    this.#ending ??= new Ending(this, this.#inbox);
    // Before `@OnOpen` has ended, its own time is over it.
    this.#ending.begin(this.#openSettled);
  }

  callClose(): void | Promise<void> {
    const { close } = this.#home.model;
    if (close === undefined) return undefined;
    return run(
      () => close.invoke(this, undefined),
      (error) => this.#calls.fail("onClose", error),
    );
  }

  dispose(): Promise<void> | undefined {
    return this.#equipment?.dispose?.();
  }

  applicationOver(): void {
    this.#equipment?.disposeRest?.();
    this.session.over();
    this.#checkEnd();
  }

  #checkEnd(): void {
    if (this.#ending?.isOver !== true || !this.#transportOver || this.#ended) return;
    this.#ended = true;
    this.#home.ended(this, this.#wireReason ?? this.reason!, this.#clean);
  }
}
