import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import { Arrivals } from "./arrivals.js";
import {
  encodeFrame,
  FrameReader,
  Opcode,
  readClose,
  type PeerFrame,
  type ReceivedClose,
  type ReceivedFrame,
} from "./peer-frame.js";
import { headerLines } from "./upgrade-request.js";

/**
 * A client over `node:net` that writes whatever bytes a test wants and reads what comes back, first as HTTP, after a 101 as frames. Answers
 * nothing by itself, neither pings nor a close frame.
 */

/** Says where a `RawClient` connects. */
export interface RawClientOptions {
  readonly port: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Milliseconds of real time that any wait may take, a guard against tests that hang. Default 5 000. */
  readonly patience?: number;
}

/** Says what an upgrade request contains. */
export interface RawUpgrade {
  /** Default `/`. */
  readonly path?: string;
  /** Further header fields; a list sends the field several times; undefined takes one of the defaults away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `Sec-WebSocket-Key`. Default: the one of RFC 6455 section 1.2. */
  readonly key?: string;
  /** Bytes that leave with the request, in the same write. */
  readonly early?: Uint8Array;
}

/** The head of an HTTP response; for anything but a 101 also its body. */
export interface RawResponse {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, each with all its values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Up to `Content-Length`, or to the end of the connection. Empty for a 101. */
  readonly body: string;
  /** The head as it came, without the empty line. */
  readonly head: string;
}

const PATIENCE = 5_000;

/** Connects to a port and speaks bytes: HTTP heads, frames by hand, half closes and resets. */
export class RawClient {
  readonly #socket: Socket;
  readonly #patience: number;
  readonly #responses: Arrivals<RawResponse>;
  readonly #frames: Arrivals<ReceivedFrame>;
  readonly #reader = new FrameReader();
  /** Bytes of HTTP that are no whole response yet. */
  #http: Buffer = Buffer.alloc(0);
  #upgraded = false;
  /** Resolves when the server has ended the connection, or it is lost. */
  readonly ended: Promise<void>;

  private constructor(socket: Socket, patience: number) {
    this.#socket = socket;
    this.#patience = patience;
    this.#responses = new Arrivals("response", patience);
    this.#frames = new Arrivals("frame", patience);
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.ended = ended;
    const over = (why: string): void => {
      if (!this.#upgraded) this.#readResponses(true);
      this.#responses.end(why);
      this.#frames.end(why);
      end();
    };
    socket.setNoDelay();
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => over("the server has ended the connection"));
    socket.on("error", (error) => over(error.message));
    socket.on("close", () => over("the connection is closed"));
  }

  /** Connects. Rejects when nobody listens there. */
  static async connect(options: RawClientOptions): Promise<RawClient> {
    const socket = connect({ port: options.port, host: options.host ?? "127.0.0.1", allowHalfOpen: true });
    const client = new RawClient(socket, options.patience ?? PATIENCE);
    await once(socket, "connect");
    return client;
  }

  /** All frames received so far. */
  get frames(): readonly ReceivedFrame[] {
    return this.#frames.all;
  }

  /** Writes bytes as they are; a string as Latin-1, one byte for each character. */
  write(bytes: string | Uint8Array): void {
    this.#socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Sends an upgrade request and gives the response, whatever it is. Rejects when none comes. */
  upgrade(options: RawUpgrade = {}): Promise<RawResponse> {
    const { path = "/", key, early } = options;
    const given = { ...(key === undefined ? {} : { "Sec-WebSocket-Key": key }), ...options.headers };
    const { remoteAddress, remotePort } = this.#socket;
    const lines = headerLines(given, `${remoteAddress}:${remotePort}`).map(([name, value]) => `${name}: ${value}`);
    const request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1");
    this.write(early === undefined ? request : Buffer.concat([request, early]));
    return this.response();
  }

  /** The next HTTP response. Rejects when none comes. */
  response(): Promise<RawResponse> {
    return this.#responses.next();
  }

  /** Writes frames, all in one write. */
  frame(...frames: PeerFrame[]): void {
    this.write(Buffer.concat(frames.map(encodeFrame)));
  }

  /** The next frame that was not taken yet. Rejects when none comes, with what came before. */
  nextFrame(): Promise<ReceivedFrame> {
    return this.#frames.next();
  }

  /** The next close frame; frames before it are passed over. Rejects when none comes, with what came before. */
  async nextClose(): Promise<ReceivedClose> {
    for (;;) {
      const frame = await this.nextFrame();
      if (frame.opcode === Opcode.CLOSE) return readClose(frame.payload);
    }
  }

  /** Waits for `ended`. Rejects when it does not come in time. */
  async untilEnded(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const guard = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`the server did not end the connection within ${this.#patience} ms`)),
        this.#patience,
      );
    });
    await Promise.race([this.ended, guard]).finally(() => clearTimeout(timer));
  }

  /** Ends this side (FIN); the other may go on. */
  end(): void {
    this.#socket.end();
  }

  /** Resets the connection (RST). */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Reads nothing from now on. */
  stall(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  unstall(): void {
    this.#socket.resume();
  }

  /** Ends everything at once; for the end of a test. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#upgraded) {
      for (const frame of this.#reader.read(chunk)) this.#frames.push(frame);
      return;
    }
    this.#http = Buffer.concat([this.#http, chunk]);
    this.#readResponses(false);
  }

  #readResponses(ended: boolean): void {
    while (!this.#upgraded) {
      const at = this.#http.indexOf("\r\n\r\n");
      if (at < 0) return;
      const head = parseHead(this.#http.toString("latin1", 0, at));
      const rest = this.#http.subarray(at + 4);
      this.#upgraded = head.status === 101;
      const declared = head.headers.get("content-length")?.[0];
      const length = this.#upgraded ? 0 : declared === undefined ? (ended ? rest.length : Infinity) : Number(declared);
      if (rest.length < length && !ended) return;
      this.#responses.push({ ...head, body: rest.toString("latin1", 0, Math.min(length, rest.length)) });
      this.#http = rest.subarray(length);
    }
    const frames = this.#http;
    this.#http = Buffer.alloc(0);
    this.#read(frames);
  }
}

function parseHead(head: string): Omit<RawResponse, "body"> {
  const [first = "", ...lines] = head.split("\r\n");
  const [, status, reason] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first) ?? [];
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const at = line.indexOf(":");
    const name = line.slice(0, at).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  return { status: Number(status ?? NaN), reason: reason ?? "", headers, head };
}
