import { expect } from "vitest";
import { linesWithout, UPGRADE_LINES, upgradeBytes } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import { SECRET } from "../stage.js";
import { expectRefused, type Refused } from "./gate-refusal.js";

/** Requests that are no WebSocket handshake, or no HTTP: T01 to T08, T11 and T12. */
export const gateHttpCases = new CaseList();

const GATE = { program: "gate" };
/** No query gets into the log. */
const TARGET = `/echo?token=${SECRET}`;
const START = `GET ${TARGET} HTTP/1.1`;

function addRefused(id: string, what: string, refused: Refused, headers: Readonly<Record<string, string>> = {}): void {
  gateHttpCases.add(id, `${what}: ${refused.status}`, async (stage) => {
    const server = await stage.serve(GATE);
    const response = await expectRefused(server, refused);
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toEqual([value]);
  });
}

function addRow(id: string, what: string, lines: readonly string[], row: Pick<Refused, "status" | "reason">): void {
  const { status, reason } = row;
  const headers =
    reason === "version"
      ? { upgrade: "websocket", "sec-websocket-version": "13" }
      : reason === "upgrade"
        ? { upgrade: "websocket" }
        : {};
  addRefused(id, what, { bytes: upgradeBytes(START, lines), status, reason, endpoint: "/echo" }, headers);
}

for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND"]) {
  const bytes = upgradeBytes(`${method} ${TARGET} HTTP/1.1`);
  addRefused("T01", method, { bytes, status: 405, reason: "method", endpoint: "/echo" }, { allow: "GET" });
}

addRefused("T01", "get, in lower case, which is none", {
  bytes: upgradeBytes(`get ${TARGET} HTTP/1.1`),
  status: 400,
  reason: "syntax",
});

gateHttpCases.add("T01", "CONNECT: the connection ends without a tunnel", async (stage) => {
  const server = await stage.serve(GATE);
  const client = await server.connect();
  client.write(upgradeBytes("CONNECT example.com:443 HTTP/1.1"));
  await client.untilEnded();
  await expect(client.response()).rejects.toThrow("waited for a response");
  expect(await server.outcome()).toEqual({});
});

for (const protocol of ["h2c", "WebSocket/13", "websocket, h2c", "websockets", "TLS/1.0", '"websocket"'])
  addRow("T02", `Upgrade: ${protocol}`, [`Upgrade: ${protocol}`, ...linesWithout("Upgrade")], {
    status: 426,
    reason: "upgrade",
  });

addRow("T02", "Upgrade: websocket, twice", ["Upgrade: websocket", ...UPGRADE_LINES], {
  status: 426,
  reason: "upgrade",
});

gateHttpCases.add("T02", "no Upgrade at all is no upgrade request: 426 by plain HTTP, and closed", async (stage) => {
  const server = await stage.serve(GATE);
  const client = await server.connect();
  client.write(upgradeBytes(START, linesWithout("Upgrade")));
  const { status, headers } = await client.response();
  expect([status, headers.get("upgrade")]).toEqual([426, ["websocket"]]);
  await client.untilEnded();
  expect(await server.outcome()).toEqual({});
});

for (const connection of [[], ["Connection: keep-alive"], ["Connection: close"], ["Connection: upgraded"]])
  gateHttpCases.add("T03", `${connection[0] ?? "no Connection"}: 426 and closed within 1 s`, async (stage) => {
    const server = await stage.serve(GATE);
    const asked = performance.now();
    const bytes = upgradeBytes(START, [...linesWithout("Connection"), ...connection]);
    const { headers } = await expectRefused(server, { bytes, status: 426, reason: "upgrade" });
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(headers.get("upgrade")).toEqual(["websocket"]);
    expect(headers.get("connection")?.join()).toContain("close");
  });

for (const [what, keys] of [
  ["no key", []],
  ["an empty key", [""]],
  ["a short key", ["dGhlIHNhbXBsZQ=="]],
  ["a key of 17 bytes", ["dGhlIHNhbXBsZSBub25jZQE="]],
  ["a key without padding", ["dGhlIHNhbXBsZSBub25jZQ"]],
  ["a key that is not in base64", ["dGhlIHNhbXBsZSBub25j*Q=="]],
  ["a key of base64 for URLs", ["dGhlIHNhbXBsZSBub25j-_=="]],
  ["two keys", ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="]],
  ["two keys in a line", ["dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="]],
  ["a key of 10 KB", ["a".repeat(10_000)]],
] as const)
  addRow("T04", what, [...linesWithout("Sec-WebSocket-Key"), ...keys.map((key) => `Sec-WebSocket-Key: ${key}`)], {
    status: 400,
    reason: "key",
  });

function addVersions(id: string, what: string, versions: readonly string[]): void {
  const lines = versions.map((version) => `Sec-WebSocket-Version: ${version}`);
  addRow(id, what, [...linesWithout("Sec-WebSocket-Version"), ...lines], { status: 426, reason: "version" });
}

for (const [what, versions] of [
  ["no version", []],
  ["version 7", ["7"]],
  ["versions 8 and 13", ["8", "13"]],
  ["version 13, twice", ["13", "13"]],
  ["13 and 8 in a line", ["13, 8"]],
] as const)
  addVersions("T05", what, versions);

for (const version of ["8", "0xd", "1.3e1", "013", "+13", "13.0", "0b1101", "13;", "-13", "\xb9\xb3", "13,", ""])
  addVersions("T06", `version ${JSON.stringify(version)}`, [version]);

gateHttpCases.add("T06", "version 8 with the origin header of that time is not asked for its origin", async (stage) => {
  const server = await stage.serve(GATE);
  const old = ["Sec-WebSocket-Version: 8", "Sec-WebSocket-Origin: https://evil.example", "Cookie: id=1"];
  const bytes = upgradeBytes(START, [...linesWithout("Sec-WebSocket-Version"), ...old]);
  await expectRefused(server, { bytes, status: 426, reason: "version", endpoint: "/echo" });
});

const tiny = (count: number): readonly string[] => Array.from({ length: count }, (_none, index) => `a${index}:1`);

for (const [what, lines] of [
  ["1976 fields in front", [...tiny(1976), ...UPGRADE_LINES]],
  ["1976 fields behind", [...UPGRADE_LINES, ...tiny(1976)]],
  ["101 fields", [...UPGRADE_LINES, ...tiny(96)]],
] as const)
  gateHttpCases.add("T07", `${what}: 431`, async (stage) => {
    const server = await stage.serve(GATE);
    await expectRefused(server, { bytes: upgradeBytes(START, lines), status: 431, reason: "headers" });
  });

gateHttpCases.add("T07", "100 fields: 101", async (stage) => {
  const server = await stage.serve(GATE);
  const client = await server.connect();
  client.write(upgradeBytes(START, [...UPGRADE_LINES, ...tiny(95)]));
  expect((await client.response()).status).toBe(101);
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

const LARGE = "x".repeat(20_000);

for (const [what, bytes, status, reason] of [
  ["a field of 20 KB", upgradeBytes(START, [...UPGRADE_LINES, `X: ${LARGE}`]), 431, "headers"],
  ["a field's name of 20 KB", upgradeBytes(START, [...UPGRADE_LINES, `${LARGE}: x`]), 431, "headers"],
  ["20 KB that never end", `GET /echo HTTP/1.1\r\nX: ${LARGE}`, 431, "headers"],
  ["a target of 20 KB", upgradeBytes(`GET /echo?${LARGE} HTTP/1.1`), 431, "headers"],
  ["a target of 2 049 bytes", upgradeBytes(`GET /echo?${"x".repeat(2_043)} HTTP/1.1`), 414, "target"],
  ["a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "syntax"],
  ["HTTP/9.9", upgradeBytes("GET /echo HTTP/9.9"), 400, "syntax"],
  ["no method", upgradeBytes(" /echo HTTP/1.1"), 400, "syntax"],
  ["a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "syntax"],
  ["a field without a colon", upgradeBytes(START, [...UPGRADE_LINES, "nothing"]), 400, "syntax"],
  ["a NUL in a field", upgradeBytes(START, [...UPGRADE_LINES, "X: a\0b"]), 400, "syntax"],
  ["a folded line", upgradeBytes(START, [...UPGRADE_LINES, "X: a", " b"]), 400, "syntax"],
] as const)
  addRefused("T08", what, { bytes, status, reason });

for (const origins of [
  ["http://localhost", "http://localhost"],
  ["http://localhost", "https://evil.example"],
  ["https://evil.example", "http://localhost"],
  ["http://localhost, https://evil.example"],
])
  addRow("T11", `Origin: ${origins.join(" | ")}`, [...UPGRADE_LINES, ...origins.map((origin) => `Origin: ${origin}`)], {
    status: 403,
    reason: "origin",
  });

/** What is behind the head would be a frame, if it were not a body. */
const FRAME = "\x81\x85\x00\x00\x00\x00hello";

for (const [what, field, body] of [
  ["a length", "Content-Length: 11", FRAME],
  ["a length of 0", "Content-Length: 0", ""],
  ["chunks", "Transfer-Encoding: chunked", `b\r\n${FRAME}\r\n0\r\n\r\n`],
  ["no chunks", "Transfer-Encoding: chunked", "0\r\n\r\n"],
] as const)
  gateHttpCases.add("T12", `${what}: 400, and nothing of it is a frame`, async (stage) => {
    const server = await stage.serve(GATE);
    await server.call("heard");
    const bytes = upgradeBytes(START, [...UPGRADE_LINES, field]) + body;
    await expectRefused(server, { bytes, status: 400, reason: "body", endpoint: "/echo" });
    expect(await server.call("heard")).toEqual([]);
  });

gateHttpCases.add("T12", "a length and chunks, as smugglers send them: 400", async (stage) => {
  const server = await stage.serve(GATE);
  await server.call("heard");
  const lines = [...UPGRADE_LINES, "Content-Length: 5", "Transfer-Encoding: chunked"];
  const bytes = `${upgradeBytes(START, lines)}0\r\n\r\n${upgradeBytes("GET /admin HTTP/1.1")}`;
  const client = await server.connect();
  client.write(bytes);
  expect((await client.response()).status).toBe(400);
  await client.untilEnded();
  // The second request is nobody's.
  await expect(client.response()).rejects.toThrow("waited for a response");
  const { upgradesRefused, ...rest } = await server.outcome();
  expect(Object.values(upgradesRefused as object)).toEqual([1]);
  expect(rest).toEqual({});
  expect(await server.call("heard")).toEqual([]);
});
