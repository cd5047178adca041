import { describe, expect, it } from "vitest";
import type { UpgradeRequest } from "../handshake-request.js";
import { defaultLimits } from "../limits.js";
import { gateFields, judgeRequest, judgeSize, judgeWebSocket, type Offer } from "./gate.js";
import { Refusal } from "./refusal.js";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
type Lines = readonly (readonly [string, string])[];

const sound: Lines = [
  ["Host", "app.example"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", KEY],
  ["Sec-WebSocket-Version", "13"],
];

/** The lines of a sound request, without those of the same name, and with these. */
function withLines(...lines: Lines): Lines {
  const names = new Set(lines.map(([name]) => name.toLowerCase()));
  return [...sound.filter(([name]) => !names.has(name.toLowerCase())), ...lines];
}

function without(name: string): Lines {
  return sound.filter(([each]) => each !== name);
}

function request(lines: Lines = sound, rest: Partial<UpgradeRequest> = {}): UpgradeRequest {
  return { method: "GET", url: "/", httpVersion: "1.1", headers: {}, rawHeaders: lines.flat(), socket: {}, ...rest };
}

function webSocketVerdict(subject: UpgradeRequest): string | undefined {
  const refusal = judgeWebSocket(subject, gateFields(subject));
  return refusal && `${refusal.status} ${refusal.reason}`;
}

function verdict(lines: Lines, queryString: string | null = null, rest: Partial<UpgradeRequest> = {}): string | Offer {
  const subject = request(lines, rest);
  const result = judgeRequest(subject, gateFields(subject), queryString, defaultLimits);
  return result instanceof Refusal ? `${result.status} ${result.reason}` : result;
}

describe("judgeSize", () => {
  it("refuses more than 100 fields (T07)", () => {
    const many = (count: number) => request(Array.from({ length: count }, (_, index) => [`x${index}`, "1"] as const));
    expect(judgeSize(gateFields(many(100)), defaultLimits)).toBeUndefined();
    expect(judgeSize(gateFields(many(101)), defaultLimits)).toMatchObject({ status: 431, reason: "headers" });
  });

  it("refuses a header block beyond the endpoint's limit (T08)", () => {
    const limits = { ...defaultLimits, maxHeaderBytes: 100 };
    const sized = (bytes: number) => gateFields(request([["x", "a".repeat(bytes - 5)]]));
    expect(judgeSize(sized(100), limits)).toBeUndefined();
    expect(judgeSize(sized(101), limits)).toMatchObject({ status: 431, reason: "headers" });
  });
});

describe("judgeWebSocket", () => {
  it("passes the request of RFC 6455 section 1.2", () => {
    expect(webSocketVerdict(request())).toBeUndefined();
    expect(webSocketVerdict(request(withLines(["uPGRADE", "WebSocket"])))).toBeUndefined();
  });

  it.each(["POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "get"])("refuses %s (T01)", (method) => {
    const subject = request(sound, { method });
    expect(judgeWebSocket(subject, gateFields(subject))).toMatchObject({
      status: 405,
      reason: "method",
      headers: [["Allow", "GET"]],
    });
  });

  it.each<[string, Lines]>([
    ["none", without("Upgrade")],
    ["h2c", withLines(["Upgrade", "h2c"])],
    ["a list", withLines(["Upgrade", "websocket, h2c"])],
    ["two", withLines(["Upgrade", "websocket"], ["Upgrade", "websocket"])],
  ])("refuses Upgrade: %s (T02)", (_name, lines) => {
    const subject = request(lines);
    expect(judgeWebSocket(subject, gateFields(subject))).toMatchObject({
      status: 426,
      reason: "upgrade",
      headers: [["Upgrade", "websocket"]],
    });
  });

  it.each<[string, Lines]>([
    ["none", without("Sec-WebSocket-Key")],
    ["an empty one", withLines(["Sec-WebSocket-Key", ""])],
    ["a short one", withLines(["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"])],
    ["a long one", withLines(["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZWFh"])],
    ["another alphabet", withLines(["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ-=="])],
    ["two", withLines(["Sec-WebSocket-Key", KEY], ["Sec-WebSocket-Key", KEY])],
    ["a joined pair", withLines(["Sec-WebSocket-Key", `${KEY}, ${KEY}`])],
  ])("refuses the key: %s (T04)", (_name, lines) => {
    expect(webSocketVerdict(request(lines))).toBe("400 key");
  });

  it.each(["7", "8", "0xd", "1.3e1", "13.0", "+13", "013", "13, 8", "", "thirteen", "١٣"])(
    "refuses version %j (T05, T06)",
    (version) => {
      const subject = request(withLines(["Sec-WebSocket-Version", version]));
      const refusal = judgeWebSocket(subject, gateFields(subject));
      expect(refusal).toMatchObject({ status: 426, reason: "version" });
      expect(refusal?.headers).toContainEqual(["Sec-WebSocket-Version", "13"]);
    },
  );

  it("refuses no version, and two (T05)", () => {
    expect(webSocketVerdict(request(without("Sec-WebSocket-Version")))).toBe("426 version");
    const two = withLines(["Sec-WebSocket-Version", "13"], ["Sec-WebSocket-Version", "13"]);
    expect(webSocketVerdict(request(two))).toBe("426 version");
  });
});

describe("judgeRequest", () => {
  it("passes a sound request and says what it offers", () => {
    expect(verdict(sound)).toEqual({ origin: null, subprotocols: [] });
    expect(verdict([...sound, ["Origin", "http://a"], ["Sec-WebSocket-Protocol", "chat,\t superchat"]])).toEqual({
      origin: "http://a",
      subprotocols: ["chat", "superchat"],
    });
  });

  it("joins two origins, so that they equal none (T11)", () => {
    expect(verdict([...sound, ["Origin", "https://app"], ["origin", "https://evil"]])).toMatchObject({
      origin: "https://app, https://evil",
    });
  });

  it.each<[string, Lines, string]>([
    ["no Host", without("Host"), "1.1"],
    ["two", withLines(["Host", "a"], ["Host", "a"]), "1.1"],
    ["an empty one", withLines(["Host", ""]), "1.1"],
    ["a path in it", withLines(["Host", "a/b"]), "1.1"],
    ["a user in it", withLines(["Host", "a@b"]), "1.1"],
    ["a comma", withLines(["Host", "a,b"]), "1.1"],
    ["a space", withLines(["Host", "a b"]), "1.1"],
    ["a port that is none", withLines(["Host", "a:b"]), "1.1"],
    ["an open bracket", withLines(["Host", "[::1"]), "1.1"],
    ["a host that no URL has", withLines(["Host", "%zz"]), "1.1"],
    ["a number that no address is", withLines(["Host", "1.2.3.256"]), "1.1"],
    ["a port that no URL has", withLines(["Host", "a:65536"]), "1.1"],
    ["colons in brackets", withLines(["Host", "[:::]"]), "1.1"],
    ["HTTP/1.0", sound, "1.0"],
    ["HTTP/2", sound, "2.0"],
  ])("refuses %s (T32)", (_name, lines, httpVersion) => {
    expect(verdict(lines, null, { httpVersion })).toBe("400 host");
  });

  it.each(["a", "a.example:8080", "127.0.0.1", "[::1]", "[2001:db8::1]:443"])("takes Host: %s (T32)", (host) => {
    expect(verdict(withLines(["Host", host]))).toBeTypeOf("object");
  });

  it.each<readonly [string, string]>([
    ["Content-Length", "5"],
    ["Content-Length", "0"],
    ["content-length", "x"],
    ["Transfer-Encoding", "chunked"],
    ["Transfer-Encoding", "identity"],
  ])("refuses a body: %s: %s (T12)", (name, value) => {
    expect(verdict([...sound, [name, value]])).toBe("400 body");
  });

  it.each([
    [null, true],
    ["", true],
    ["a=1", true],
    [Array.from({ length: 64 }, (_, index) => `a${index}=1`).join("&"), true],
    [Array.from({ length: 65 }, (_, index) => `a${index}=1`).join("&"), false],
    ["&".repeat(64), false],
  ])("bounds the query's parameters (%#)", (queryString, passes) => {
    const result = verdict(sound, queryString);
    expect(result === "400 parameters").toBe(!passes);
  });

  const names = (count: number): string => Array.from({ length: count }, (_, index) => `p${index}`).join(", ");

  it.each<[string, readonly string[]]>([
    ["an empty one", [""]],
    ["an empty element", ["a,,b"]],
    ["a trailing comma", ["a,"]],
    ["a duplicate", ["a, b, a"]],
    ["a duplicate in two lines", ["a", "a"]],
    ["a character that no token has", ["a b"]],
    ["a quote", ['"a"']],
    ["white space that HTTP does not know", ["a\u00a0"]],
    ["17 names", [names(17)]],
    ["2 500 names", [names(2500)]],
    ["17 names in two lines", [names(16), "q"]],
    ["15 000 spaces between", [`a${" ".repeat(15_000)}b`]],
  ])("refuses subprotocols: %s (T29)", (_name, values) => {
    const start = performance.now();
    expect(verdict([...sound, ...values.map((value) => ["Sec-WebSocket-Protocol", value] as const)])).toBe(
      "400 subprotocol",
    );
    expect(performance.now() - start).toBeLessThan(100);
  });

  it("takes 16 subprotocols, also such as are names of every object (T28, T29)", () => {
    expect(verdict([...sound, ["Sec-WebSocket-Protocol", names(16)]])).toBeTypeOf("object");
    const odd = ["__proto__", "constructor", "toString"];
    expect(verdict([...sound, ["Sec-WebSocket-Protocol", odd.join(",")]])).toMatchObject({ subprotocols: odd });
    for (const name of odd) expect(verdict([...sound, [name, "1"]])).toMatchObject({ subprotocols: [] });
  });
});
