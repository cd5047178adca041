import { createHash } from "node:crypto";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.js";
import type { Extension } from "../extension.js";
import type { DialAnswer } from "./dial.js";
import { dialWs } from "./ws-client.js";

/** A server without a port: keeps the request and answers it with 101 and this extension. */
class Answering extends Duplex {
  request = "";
  readonly #extension: string;

  constructor(extension: string) {
    super();
    this.#extension = extension;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.request += chunk.toString();
    callback();
    if (!this.request.endsWith("\r\n\r\n")) return;
    const key = /^Sec-WebSocket-Key: (.*)$/im.exec(this.request)![1]!.trim();
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
    lines.push(`Sec-WebSocket-Extensions: ${this.#extension}`);
    this.push(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
  }
}

interface Dialled {
  readonly answer: DialAnswer;
  /** What was offered. */
  readonly offer: string | undefined;
}

async function dial(extension: Extension, answer: string): Promise<Dialled> {
  const server = new Answering(answer);
  class Wire extends Agent {
    override createConnection(): Duplex {
      return server;
    }
  }
  const answered = await dialWs({
    url: new URL("ws://nowhere.example/"),
    headers: {},
    subprotocols: [],
    extensions: [extension],
    tls: null,
    agent: new Wire(),
    clock: systemClock,
    closeTimeout: 1,
    maxInflation: 0,
    signal: new AbortController().signal,
  });
  answered.transport?.terminate();
  return { answer: answered, offer: /^Sec-WebSocket-Extensions: (.*)$/im.exec(server.request)?.[1]?.trim() };
}

function deflate(...names: string[]): Extension {
  return { name: "permessage-deflate", parameters: names.map((name) => ({ name, value: "" })) };
}

describe("dialWs, where permessage-deflate is offered", () => {
  it.each([
    [deflate(), "permessage-deflate"],
    [deflate("client_max_window_bits"), "permessage-deflate; client_max_window_bits"],
    [deflate("client_no_context_takeover"), "permessage-deflate; client_no_context_takeover"],
    [deflate("server_no_context_takeover"), "permessage-deflate; server_no_context_takeover"],
  ])("offers what was said and nothing else: %j", async (extension, expected) => {
    const { answer, offer } = await dial(extension, "permessage-deflate");
    expect(offer).toBe(expected);
    expect(answer.transport).toBeDefined();
  });

  it("takes what a server may ask for without an offer (RFC 7692 section 7.1)", async () => {
    const { answer } = await dial(
      deflate("client_max_window_bits"),
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=10",
    );
    expect(answer).toMatchObject({ status: 101, transport: {} });
  });

  it("refuses a server that limits the client's window without an offer (RFC 7692 section 7.1.2.2)", async () => {
    const { answer } = await dial(deflate(), "permessage-deflate; client_max_window_bits=10");
    expect(answer).toMatchObject({ status: 101, problem: "Invalid Sec-WebSocket-Extensions header" });
  });
});
