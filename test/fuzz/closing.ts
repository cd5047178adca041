// Before tsyringe, which needs the metadata that this loads.
import {
  CloseCodes,
  CloseReason,
  EndpointExporter,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  Session,
  type ServerContainer,
} from "wirespring";
import { isUtf8 } from "node:buffer";
import {
  encodeFrame,
  memoryPair,
  Opcode,
  settle,
  upgradeRequest,
  VirtualClock,
  type MemoryClient,
} from "@wirespring/testing";
import fc from "fast-check";
import { container } from "tsyringe";
import { isSendable, Refusal, type Transport, type WsAcceptor } from "wirespring/spi";
import type { Fuzzer, Trial } from "./fuzzer.js";
import { silent } from "./silence.js";
import { pairAcceptor, SocketPair } from "./socket-pair.js";

/**
 * `close` with whatever an application may hand it, over ws and in memory: it never throws or rejects, the session ends once, and what goes on the
 * wire is a close frame as it should be (T55).
 */

/** One of the odd values, by name, or itself. */
type Value = number | string | null;

/** What a session is closed with. */
interface Closing {
  readonly code: Value;
  readonly phrase: Value;
  /** What carries both. */
  readonly shape: "reason" | "plain" | "bare" | "throwing" | "frozen" | "none";
  /** How often. */
  readonly times: number;
  readonly from: "open" | "message" | "outside";
  readonly carrier: "ws" | "memory";
}

/** What no JSON can say. */
const ODD: ReadonlyMap<Value, unknown> = new Map<Value, unknown>([
  ["<NaN>", Number.NaN],
  ["<Infinity>", Infinity],
  ["<undefined>", undefined],
  ["<symbol>", Symbol("odd")],
  ["<bigint>", 1_000n],
  ["<object>", {}],
  ["<no prototype>", Object.create(null)],
  ["<function>", () => 1_000],
  ["<throws>", { valueOf: thrower, toString: thrower }],
]);

function thrower(): never {
  throw new Error("an odd value");
}

const odd = fc.constantFrom(...ODD.keys());
const code = fc.oneof(
  fc.integer({ min: 999, max: 1_016 }),
  fc.integer({ min: 2_990, max: 5_001 }),
  fc.constantFrom(0, -1, 1.5, 1e308, 65_536, "1000", "", null),
  odd,
);
const phrase = fc.oneof(
  fc.string({ maxLength: 30, unit: "binary" }),
  fc.constantFrom(
    "",
    "\ud800",
    "a\udc00b",
    "\0",
    "x".repeat(123),
    "x".repeat(124),
    "\u20ac".repeat(41),
    "\u20ac".repeat(42),
  ),
  fc.constantFrom(`${"x".repeat(122)}\u{1f600}`, `${"x".repeat(121)}\u{1f600}`, "x".repeat(100_000), null, 5),
  odd,
);

const inputs: fc.Arbitrary<Closing> = fc.record({
  code,
  phrase,
  shape: fc.constantFrom("reason", "reason", "plain", "plain", "bare", "throwing", "frozen", "none"),
  times: fc.constantFrom(1, 1, 2, 3),
  from: fc.constantFrom("open", "message", "outside"),
  carrier: fc.constantFrom("ws", "memory"),
});

/** What the endpoint is to do, and what it has seen. */
interface Scene {
  readonly input: Closing;
  /** The codes that `@OnClose` was told. */
  readonly closes: number[];
  readonly faults: unknown[];
}

/** By the path's variable. */
const scenes = new Map<string, Scene>();

@ServerEndpoint("/closing/{id}")
class Closer {
  @OnOpen()
  opened(session: Session): void {
    if (sceneOf(session).input.from === "open") act(session);
  }
  @OnMessage()
  said(session: Session, _text: string): void {
    if (sceneOf(session).input.from === "message") act(session);
  }
  @OnClose()
  closed(session: Session, reason: CloseReason): void {
    sceneOf(session).closes.push(reason.code);
    // Nothing is left to be closed: that must not throw either.
    act(session);
  }
}

function sceneOf(session: Session): Scene {
  return scenes.get(session.pathParameters.get("id")!)!;
}

function act(session: Session): void {
  const scene = sceneOf(session);
  const failed = (fault: unknown): void => void scene.faults.push(fault);
  for (let time = 0; time < scene.input.times; time++)
    try {
      session.close(valueOf(scene.input)).catch(failed);
    } catch (fault) {
      failed(fault);
    }
}

/** The argument, as the compiler would not let it pass. */
function valueOf({ code: codeName, phrase: phraseName, shape }: Closing): CloseReason {
  const [oddCode, reasonPhrase] = [codeName, phraseName].map((each) => (ODD.has(each) ? ODD.get(each) : each));
  const plain = { code: oddCode, reasonPhrase };
  if (shape === "reason")
    try {
      return new CloseReason(oddCode as number, reasonPhrase as string);
    } catch {
      // Its constructor says what it takes; whoever goes on all the same has this.
      return plain as CloseReason;
    }
  if (shape === "plain") return plain as CloseReason;
  if (shape === "frozen")
    return Object.freeze(Object.assign(Object.create(CloseReason.prototype) as object, plain)) as CloseReason;
  if (shape === "throwing")
    return Object.defineProperty({ code: oddCode }, "reasonPhrase", { get: thrower }) as CloseReason;
  return (shape === "bare" ? oddCode : undefined) as CloseReason;
}

/** One connection and what came back on it. */
interface Connection {
  readonly scene: Scene;
  /** The payloads of the close frames that the peer has got. */
  readonly closeFrames: () => readonly Buffer[];
  readonly end: () => void;
}

/** The text that a session is told. */
const HELLO = encodeFrame({ opcode: Opcode.TEXT, payload: "a" });

class Closings implements Trial<Closing> {
  readonly #sockets: ServerContainer;
  readonly #clock: VirtualClock;
  readonly #acceptor: WsAcceptor;
  #connections: Connection[] = [];
  #next = 0;

  private constructor(sockets: ServerContainer, clock: VirtualClock) {
    this.#sockets = sockets;
    this.#clock = clock;
    this.#acceptor = pairAcceptor(clock);
  }

  static async start(): Promise<Closings> {
    const clock = new VirtualClock();
    const exporter = new EndpointExporter({
      container: container.createChildContainer(),
      endpoints: [Closer],
      clock,
      logger: silent,
    });
    return new Closings(await exporter.export(), clock);
  }

  attempt(input: Closing): void {
    const id = String(this.#next++);
    const scene: Scene = { input, closes: [], faults: [] };
    scenes.set(id, scene);
    const admission = this.#sockets.router.admit(upgradeRequest({ path: `/closing/${id}` }));
    if (admission instanceof Promise || admission instanceof Refusal)
      throw new Error("a sound request was not admitted");
    let session: Session | undefined;
    const open = (transport: Transport): void => void (session = admission.open(transport));
    this.#connections.push(input.carrier === "ws" ? this.#overWs(scene, open) : this.#inMemory(scene, open));
    if (input.from === "outside") act(session!);
  }

  async settle(): Promise<void> {
    const connections = this.#connections;
    this.#connections = [];
    await settle(6);
    for (const { end } of connections) end();
    await settle(6);
    await this.#clock.advance(10_000);
    scenes.clear();
    for (const connection of connections) judge(connection);
    if (this.#sockets.metrics().sessionsOpen > 0) throw new Error("a session is open still");
  }

  #overWs(scene: Scene, open: (transport: Transport) => void): Connection {
    const pair = new SocketPair(this.#acceptor, HELLO, open);
    const closeFrames = (): readonly Buffer[] =>
      pair.sent().flatMap((each) => (each.startsWith("8:") ? [Buffer.from(each.slice(2), "latin1")] : []));
    return { scene, closeFrames, end: () => pair.end("fin") };
  }

  #inMemory(scene: Scene, open: (transport: Transport) => void): Connection {
    const { transport, client } = memoryPair({ clock: this.#clock, answers: false });
    client.send("a");
    open(transport);
    return { scene, closeFrames: () => closeFramesOf(client), end: () => client.end() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#acceptor.close();
    await this.#sockets.close();
  }
}

function closeFramesOf(client: MemoryClient): readonly Buffer[] {
  return client.frames.flatMap(({ opcode, payload }) => (opcode === Opcode.CLOSE ? [payload] : []));
}

function judge({ scene, closeFrames }: Connection): void {
  const [fault] = scene.faults;
  if (fault !== undefined) throw new Error("close has thrown", { cause: fault });
  const { closes } = scene;
  if (closes.length !== 1) throw new Error(`@OnClose was called ${closes.length} times`);
  const frames = closeFrames();
  if (frames.length !== 1) throw new Error(`the peer got ${frames.length} close frames`);
  const payload = frames[0]!;
  const code = payload.length === 0 ? CloseCodes.NO_STATUS_CODE : payload.readUInt16BE(0);
  if (code !== closes[0]) throw new Error(`the peer was told ${code}, @OnClose ${closes[0]}`);
  if (payload.length === 0) return;
  if (payload.length > 125 || !isSendable(code) || !isUtf8(payload.subarray(2)))
    throw new Error(`the peer got a close frame with ${payload.toString("hex")}`);
}

export const closingFuzzer: Fuzzer<Closing> = {
  name: "closing",
  inputs,
  together: 100,
  start: () => Closings.start(),
};
