import { RFC_KEY } from "@wirespring/testing";
import fc from "fast-check";

/** Header blocks that are almost sound, for the fuzzer of headers. */

/** A request as Node's parser gives it: the fields in order. */
export interface HeaderBlock {
  readonly target: string;
  readonly lines: readonly (readonly [string, string])[];
  /** Behind a proxy that is believed, and for known hosts only. */
  readonly behindProxy?: boolean;
}

/** What a well-behaved client sends. */
const SOUND: readonly (readonly [string, string])[] = [
  ["Host", "localhost"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", RFC_KEY],
  ["Sec-WebSocket-Version", "13"],
];

const NAMES = [
  "Host",
  "host",
  "Origin",
  "Sec-WebSocket-Origin",
  "Sec-WebSocket-Protocol",
  "sec-websocket-protocol",
  "Sec-WebSocket-Extensions",
  "Sec-WebSocket-Version",
  "Content-Length",
  "Transfer-Encoding",
  "Cookie",
  "Accept-Language",
  "X-Forwarded-For",
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "Forwarded",
  "Connection",
  "__proto__",
  "constructor",
  "toString",
  "X-A",
] as const;

const VALUES = [
  "",
  " ",
  "localhost",
  "localhost:80",
  "LOCALHOST",
  "localhost.",
  "localhost, localhost",
  "evil.example",
  "user@localhost",
  "[::1]",
  "[::1]:8080",
  "localhost:99999999",
  "localhost/path",
  "http://localhost",
  "https://localhost",
  "http://localhost:80",
  "http://localhost.evil.example",
  "null",
  "file://",
  "http://[",
  "chat",
  "chat, other",
  "other,chat,chat",
  ",",
  "__proto__",
  "constructor, toString",
  "a".repeat(5_000),
  ..."abcdefghijklmnopqr"
    .split("")
    .map((_each, index, all) => all.slice(0, index + 1).join(","))
    .slice(14),
  "permessage-deflate",
  "permessage-deflate; client_max_window_bits=99",
  'permessage-deflate; a="b; c=\\"d',
  "permessage-deflate; __proto__=1",
  ";;;=,,",
  '"',
  "a=b; a=c; __proto__=d; =e; f",
  'a="b"; c="',
  "de-AT, en;q=0.5, *;q=zz",
  "-",
  "x-".repeat(40),
  "0",
  "chunked",
  "for=1.2.3.4;host=evil",
  "192.0.2.1",
  "192.0.2.1, 10.0.0.1",
  "192.0.2.1:4711, 127.0.0.1",
  "192.0.2.256",
  "2001:db8::1",
  "[2001:db8::1]:4711",
  "::ffff:192.0.2.1",
  "fe80::1%eth0",
  "fe80::1%",
  "::1%\u00ff",
  "1::2::3",
  "unknown, 10.0.0.1",
  "10.0.0.1,".repeat(40),
  "https",
  "https, http",
  "é",
  "\u00ff\u0080",
  "%zz%",
] as const;

const HOST_PIECES = [
  "a",
  "localhost",
  ".",
  ":",
  "[",
  "]",
  "::",
  "1",
  "256",
  "65536",
  "0x",
  "%",
  "%31",
  "-",
  "xn--",
  "_",
  "@",
];

const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.string({ maxLength: 30 })) },
  { weight: 1, arbitrary: fc.tuple(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom(...VALUES)) },
);

const host = fc.oneof(
  { weight: 3, arbitrary: fc.constant("localhost") },
  fc.constantFrom(...VALUES),
  fc.array(fc.constantFrom(...HOST_PIECES), { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join("")),
);

/** Blocks that are sound but for a few fields. */
export const headerBlocks: fc.Arbitrary<HeaderBlock> = fc
  .record({
    target: fc.constantFrom("/sync", "/late", "/sync?a=1&a=2&%zz&=&__proto__=1", `/sync?${"&".repeat(70)}`, "/none"),
    host,
    without: fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, fc.nat(SOUND.length - 1)),
    more: fc.array(line, { maxLength: 5 }),
    behindProxy: fc.boolean(),
    many: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.constantFrom(90, 101, 2_000)),
  })
  .map(({ target, host: named, without, more, many, behindProxy }) => ({
    target,
    behindProxy,
    lines: [
      ...[["Host", named] as const, ...SOUND.slice(1)].filter((_each, index) => index !== without),
      ...more,
      ...Array.from({ length: many }, (): [string, string] => ["X-Many", "1"]),
    ],
  }));
