// Before tsyringe, which needs the metadata that this loads.
import {
  ClientEndpoint,
  ClientEndpointConfig,
  CloseReason,
  OnClose,
  OnMessage,
  PongMessage,
  ServerEndpoint,
  Session,
  WebSocketContainer,
} from "wirespring";
import { createHash } from "node:crypto";
import { container } from "tsyringe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Heard } from "./heard.js";
import { PeerProgram } from "./peer-program.js";
import { serve, type Served } from "./served.js";

/**
 * What this framework and another WebSocket implementation say to each other on the wire, in both directions, with and without compression. Run by
 * the test of each peer.
 */

/** What starts a peer, and how it differs from others. */
export interface PeerOptions {
  /** The program that takes the file, with its arguments; undefined when it is not on this machine. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Below `peers/`. */
  readonly file: string;
  readonly plain: Fragments;
  readonly compressed: Fragments;
}

/** What a peer makes of a text in the parts "one ", "two ", "three 😀". */
export interface Fragments {
  /** The frames in which its client sends them. */
  readonly sent: readonly string[];
  /** The frames in which its server answers them. */
  readonly answered: readonly string[];
}

type Mode = "plain" | "compressed";

/** What the endpoint of the connection that is made next hears. */
let heard = new Heard();

@ServerEndpoint({ value: "/peer", subprotocols: ["two", "three"], maxBinaryMessageSize: 100_000 })
class Whole {
  readonly #heard = heard;

  @OnMessage()
  text(session: Session, text: string): string | undefined {
    this.#heard.add(`text of ${session.negotiatedExtensions.map(({ name }) => name).join() || "plain"}`);
    if (text === "close") void session.close(new CloseReason(4002, "bye"));
    else if (text === "ping") void session.remote.sendPing(Buffer.from("there?"));
    return text === "close" || text === "ping" ? undefined : `heard ${text}`;
  }
  @OnMessage()
  binary(bytes: Buffer): Buffer {
    return Buffer.from(bytes).reverse();
  }
  @OnMessage()
  pong(pong: PongMessage): string {
    return `pong ${String(pong.applicationData)}`;
  }
  @OnClose()
  closed(reason: CloseReason): void {
    this.#heard.add(`closed ${reason.code} ${reason.reasonPhrase}`);
  }
}

@ServerEndpoint("/peer/parts")
class Parts {
  readonly #heard = heard;

  @OnMessage()
  part(session: Session, part: string, last: boolean): void {
    this.#heard.add(`${part}${last ? "." : "…"}`);
    void session.remote.sendText(`[${part}]`, last);
  }
}

@ClientEndpoint()
class Caller {
  readonly heard = new Heard();

  @OnMessage()
  text(text: string): void {
    this.heard.add(text);
  }
  @OnMessage()
  binary(bytes: Buffer): void {
    this.heard.add(digest(bytes));
  }
  @OnMessage()
  pong(pong: PongMessage): void {
    this.heard.add(String(pong.applicationData));
  }
  @OnClose()
  closed(reason: CloseReason): void {
    this.heard.add(`closed ${reason.code} ${reason.reasonPhrase}`);
  }
}

@ClientEndpoint()
class PartsCaller {
  readonly heard = new Heard();

  @OnMessage()
  part(part: string, last: boolean): void {
    this.heard.add(`${part}${last ? "." : "…"}`);
  }
}

const TEXT = "grüß dich 😀";
const BYTES = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
const REVERSED = digest(Buffer.from(BYTES).reverse());

function digest(bytes: Buffer): string {
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
}

const deflate = { name: "permessage-deflate", parameters: [{ name: "client_max_window_bits", value: "" }] };

/** Defines the tests with a peer. */
export function peerCases(name: string, options: PeerOptions): void {
  /** Where it is missing, the run has said so in one line already, and these tests count as skipped. */
  describe.skipIf(options.command === undefined)(`on the wire with ${name}`, { timeout: 30_000 }, () => {
    let peer: PeerProgram;

    beforeAll(async () => {
      peer = await PeerProgram.start(options.command!, options.file);
    }, 60_000);

    afterAll(() => peer?.[Symbol.asyncDispose]());

    describe.each<Mode>(["plain", "compressed"])("%s", (mode) => {
      const { sent, answered } = options[mode];
      describe("its client and an endpoint", () => {
        theirClient(() => peer, mode, sent);
      });
      describe("its server and a client endpoint", () => {
        theirServer(() => peer, mode, answered);
      });
    });
  });
}

function theirClient(peer: () => PeerProgram, mode: Mode, sent: readonly string[]): void {
  let served: Served;

  beforeAll(async () => {
    served = await serve([Whole, Parts], { compression: true });
  });

  afterAll(() => served[Symbol.asyncDispose]());

  const play = (name: string, path = "/peer"): Promise<string> => {
    heard = new Heard();
    return peer().play(name, `ws://127.0.0.1:${served.port}${path}`, mode);
  };

  it("text", async () => {
    expect(await play("text")).toBe(`heard ${TEXT}`);
    expect(await heard.next()).toBe(`text of ${mode === "plain" ? "plain" : "permessage-deflate"}`);
  });

  it("binary", async () => {
    expect(await play("binary")).toBe(REVERSED);
  });

  it("fragmented", async () => {
    expect(await play("fragmented", "/peer/parts")).toBe(sent.map((part) => `[${part}]`).join(""));
    expect(await heard.take(sent.length)).toEqual(marked(sent));
  });

  it("ping", async () => {
    expect(await play("ping")).toBe("pong there?");
  });

  it("close code, theirs and ours", async () => {
    expect(await play("leave")).toBe("4001 enough");
    expect(await heard.next()).toBe("closed 4001 enough");
    expect(await play("left")).toBe("4002 bye");
    expect((await heard.take(2)).at(-1)).toBe("closed 4002 bye");
  });

  it("subprotocol", async () => {
    expect(await play("subprotocol")).toBe("two");
  });
}

function theirServer(peer: () => PeerProgram, mode: Mode, answered: readonly string[]): void {
  let sockets: WebSocketContainer;

  beforeAll(() => {
    const limits = { maxBinaryMessageSize: 100_000 };
    sockets = new WebSocketContainer({ container: container.createChildContainer(), limits });
  });

  afterAll(() => sockets.close());

  const connect = async (caller: object, path = "/peer", subprotocols: readonly string[] = []): Promise<Session> => {
    const config = ClientEndpointConfig.create({ extensions: mode === "plain" ? [] : [deflate], subprotocols });
    const session = await sockets.connectToServer(caller, `ws://127.0.0.1:${peer().port}${path}`, config);
    expect(session.negotiatedExtensions).toHaveLength(config.extensions.length);
    return session;
  };

  it("text", async () => {
    const caller = new Caller();
    const session = await connect(caller);
    await session.remote.sendText(TEXT);
    expect(await caller.heard.next()).toBe(`heard ${TEXT}`);
    await session.close();
  });

  it("binary", async () => {
    const caller = new Caller();
    const session = await connect(caller);
    await session.remote.sendBinary(BYTES);
    expect(await caller.heard.next()).toBe(REVERSED);
    await session.close();
  });

  it("fragmented", async () => {
    const caller = new PartsCaller();
    const session = await connect(caller, "/peer/parts");
    await session.remote.sendText("one ", false);
    await session.remote.sendText("two ", false);
    await session.remote.sendText("three 😀", true);
    expect(await caller.heard.take(answered.length)).toEqual(marked(answered));
    await session.close();
  });

  it("ping", async () => {
    const caller = new Caller();
    const session = await connect(caller);
    await session.remote.sendPing(Buffer.from("here?"));
    expect(await caller.heard.next()).toBe("here?");
    await session.remote.sendText("ping");
    expect(await caller.heard.next()).toBe("pong there?");
    await session.close();
  });

  it("close code, ours and theirs", async () => {
    const caller = new Caller();
    await (await connect(caller)).close(new CloseReason(4001, "enough"));
    expect(await caller.heard.next()).toBe("closed 4001 enough");
    await peer().closed("4001 enough");
    await (await connect(caller)).remote.sendText("close");
    expect(await caller.heard.next()).toBe("closed 4002 bye");
    await peer().closed("4002 bye");
  });

  it("subprotocol", async () => {
    const session = await connect(new Caller(), "/peer", ["one", "two"]);
    expect(session.negotiatedSubprotocol).toBe("two");
    await session.close();
  });
}

/** As `(part, last)` handlers note it. */
function marked(parts: readonly string[]): string[] {
  return parts.map((part, index) => `${part}${index === parts.length - 1 ? "." : "…"}`);
}
