import { RFC_KEY } from "@wirespring/testing";
import fc from "fast-check";
import { keptInputs } from "./corpus.js";
import type { Fuzzer } from "./fuzzer.js";
import { mutated } from "./mutation.js";
import { TcpTrial, type WireInput } from "./tcp-trial.js";

/** Header blocks over TCP, as bytes, whole and broken, to a server in a process of its own (T01 to T12, T18, T30). */

/** What one connection sends: each character is a byte. */
interface RawRequest {
  readonly bytes: string;
  readonly cuts: readonly number[];
  readonly end: "fin" | "reset";
}

const LINES = [
  "Host: localhost",
  "Host: localhost",
  "host: evil.example",
  "Host: %zz",
  "Upgrade: websocket",
  "Upgrade: WebSocket, h2c",
  "Connection: Upgrade",
  "Connection: keep-alive, upgrade",
  "Connection: close",
  `Sec-WebSocket-Key: ${RFC_KEY}`,
  "Sec-WebSocket-Key: short",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Version: 8",
  "Sec-WebSocket-Version: 0xd",
  "Sec-WebSocket-Protocol: chat, __proto__",
  "Sec-WebSocket-Protocol: ,",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8",
  'Sec-WebSocket-Extensions: permessage-deflate; x="',
  "Sec-WebSocket-Extensions: ;,",
  "Origin: http://localhost",
  "Origin: null",
  "Cookie: a=b; __proto__=c",
  "Content-Length: 5",
  "Content-Length: -1",
  "Transfer-Encoding: chunked",
  "Expect: 100-continue",
  "__proto__: x",
  "X-A: \xff\xfe",
  "X-A:\tb",
  " folded",
  "no colon",
  ": no name",
  "X A: b",
  "X-A: a\rX-B: b",
  "X-A: a\0b",
  `X-Long: ${"a".repeat(9_000)}`,
  Array(300).fill("X-Many: 1").join("\r\n"),
] as const;

const STARTS = [
  "GET /echo HTTP/1.1",
  "GET /room/a HTTP/1.1",
  "GET /json?a=1 HTTP/1.1",
  "GET /none HTTP/1.1",
  "GET //echo HTTP/1.1",
  "GET /room/%2e%2e HTTP/1.1",
  "GET /room/%zz HTTP/1.1",
  "GET http://localhost/echo HTTP/1.1",
  "GET * HTTP/1.1",
  "GET /echo#a HTTP/1.1",
  "GET /echo HTTP/1.0",
  "GET /echo HTTP/2.0",
  "GET /echo HTTP/0.9",
  "GET /echo",
  "POST /echo HTTP/1.1",
  "CONNECT localhost:80 HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "PRI * HTTP/2.0",
  "\x16\x03\x01\x02\x00\x01\x00",
  `GET /room/${"a".repeat(3_000)} HTTP/1.1`,
] as const;

const BEHIND = [
  "",
  "",
  "",
  "hello",
  "\x81\x80abcd",
  "\x88\x80abcd",
  "\xff\xff\xff",
  "GET /echo HTTP/1.1\r\n\r\n",
] as const;

const blocks = fc
  .record({
    start: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(STARTS[0], STARTS[1]) }, fc.constantFrom(...STARTS)),
    sound: fc.boolean(),
    lines: fc.array(fc.constantFrom(...LINES), { maxLength: 4 }),
    eol: fc.oneof({ weight: 9, arbitrary: fc.constant("\r\n") }, fc.constantFrom("\n", "\r", "\n\r\n")),
    behind: fc.constantFrom(...BEHIND),
  })
  .map(({ start, sound, lines, eol, behind }) => {
    const own = sound
      ? [
          LINES[0],
          "Upgrade: websocket",
          "Connection: Upgrade",
          `Sec-WebSocket-Key: ${RFC_KEY}`,
          "Sec-WebSocket-Version: 13",
        ]
      : [];
    return [start, ...own, ...lines, "", behind].join(eol);
  });

const kept = keptInputs<RawRequest>("tcp-headers");

const inputs: fc.Arbitrary<RawRequest> = fc.record({
  bytes: fc.oneof(
    { weight: 3, arbitrary: blocks },
    mutated(
      kept.map(({ bytes }) => bytes),
      ["\r\n", "\n", "\0", ":", " ", "\xff", "\r\n\r\n", "a".repeat(20_000)],
    ),
  ),
  cuts: fc.array(fc.nat(600), { maxLength: 2 }),
  end: fc.constantFrom("fin", "fin", "reset"),
});

/** What this server has reason to say; 500 and 502 are a fault. */
const STATUSES = new Set([100, 101, 400, 403, 404, 405, 408, 413, 414, 417, 426, 431, 501, 503, 505]);

const wire: WireInput<RawRequest> = {
  sending: ({ bytes, cuts, end }) => ({ bytes: Buffer.from(bytes, "latin1"), cuts, end }),
  judge(answer) {
    if (answer.length === 0) return;
    const [head = ""] = answer.toString("latin1").split("\r\n\r\n", 1);
    const [first = "", ...lines] = head.split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
    if (!STATUSES.has(status)) throw new Error(`answered with ${JSON.stringify(first)}`);
    for (const line of lines)
      // oxlint-disable-next-line no-control-regex -- it is control characters that no line may have
      if (!/^[\w-]+: [^\x00-\x08\x0a-\x1f]*$/.test(line))
        throw new Error(`the answer has a line ${JSON.stringify(line)}`);
  },
};

export const tcpHeaderFuzzer: Fuzzer<RawRequest> = {
  name: "tcp-headers",
  inputs,
  together: 64,
  start: () => TcpTrial.start(wire),
};
