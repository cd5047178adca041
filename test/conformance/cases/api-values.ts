import { expect } from "vitest";
import { CloseCodes, CloseReason, DecodeException, DeploymentException, EncodeException } from "wirespring";
import { CaseList } from "../case-list.js";

/** The value classes: `api/closereason`, `api/decodeexception`, `api/deploymentException`, `api/encodeexception`. */

/** RFC 6455 section 7.4.1 and IANA, under Jakarta's names (J-157). */
const CODES: readonly (readonly [name: keyof typeof CloseCodes, code: number])[] = [
  ["NORMAL_CLOSURE", 1000],
  ["GOING_AWAY", 1001],
  ["PROTOCOL_ERROR", 1002],
  ["CANNOT_ACCEPT", 1003],
  ["RESERVED", 1004],
  ["NO_STATUS_CODE", 1005],
  ["CLOSED_ABNORMALLY", 1006],
  ["NOT_CONSISTENT", 1007],
  ["VIOLATED_POLICY", 1008],
  ["TOO_BIG", 1009],
  ["NO_EXTENSION", 1010],
  ["UNEXPECTED_CONDITION", 1011],
  ["SERVICE_RESTART", 1012],
  ["TRY_AGAIN_LATER", 1013],
  ["TLS_HANDSHAKE_FAILURE", 1015],
];

const NUMBERS = "a close code is a number, not an object of an enum";

const reason = new CaseList("api/closereason", ["none"]);

reason.add("constructorTest", () => {
  for (const [, code] of CODES) {
    const made = new CloseReason(code, "why");
    expect([made.code, made.reasonPhrase]).toEqual([code, "why"]);
  }
  expect(new CloseReason(1000, null).reasonPhrase).toBe("");
  expect(new CloseReason(1000).reasonPhrase).toBe("");
  expect(() => new CloseReason(undefined as never, "why")).toThrow(RangeError);
});

reason.add("getCodeTest", { changed: NUMBERS }, () => {
  for (const [name, code] of CODES) expect(CloseCodes[name]).toBe(code);
});

reason.add("getCodeTest1", { changed: NUMBERS }, () => {
  for (const [name, code] of CODES) expect(new CloseReason(CloseCodes[name]).code).toBe(code);
});

reason.add("valueOfTest", { changed: NUMBERS }, () => {
  for (const [name, code] of CODES) expect(Object.entries(CloseCodes)).toContainEqual([name, code]);
  expect((CloseCodes as Record<string, number>)["NO_SUCH_CODE"]).toBeUndefined();
});

reason.add("valuesTest", { changed: `${NUMBERS}; the whole table is compared, where the original cannot fail` }, () => {
  expect(Object.entries(CloseCodes)).toEqual(CODES);
});

reason.add("getCloseCodeTest", { changed: NUMBERS }, () => {
  for (const code of [1000, 1014, 2999, 3000, 4999]) expect(new CloseReason(code).code).toBe(code);
  for (const code of [999, 5000, 0, -1, 1000.5, Number.NaN]) expect(() => new CloseReason(code)).toThrow(RangeError);
});

const WHY = "cannot be read";
const TEXT = "not what was asked for";
const BYTES = Buffer.from(TEXT);

const decode = new CaseList("api/decodeexception", ["none"]);

decode.add("constructorTest", () => expectDecode(new DecodeException(TEXT, WHY), TEXT, undefined));
decode.add("constructorTest1", () => expectDecode(new DecodeException(BYTES, WHY), undefined, BYTES));
decode.add("constructorTest2", () => {
  const cause = new Error("the cause");
  expectDecode(new DecodeException(TEXT, WHY, cause), TEXT, undefined, cause);
});
decode.add("constructorTest3", () => {
  const cause = new Error("the cause");
  expectDecode(new DecodeException(BYTES, WHY, cause), undefined, BYTES, cause);
});

function expectDecode(error: DecodeException, text: unknown, bytes: unknown, cause?: Error): void {
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message]).toEqual(["DecodeException", WHY]);
  expect(error.text).toBe(text);
  expect(error.bytes).toBe(bytes);
  expect(error.cause).toBe(cause);
}

const encode = new CaseList("api/encodeexception", ["none"]);

encode.add("constructorTest", () => {
  const error = new EncodeException(TEXT, WHY);
  expect([error.object, error.message, error.cause]).toEqual([TEXT, WHY, undefined]);
  expect(error).toBeInstanceOf(Error);
});
encode.add("constructorTest1", () => {
  const cause = new Error("the cause");
  const error = new EncodeException(BYTES, WHY, cause);
  expect(error.object).toBe(BYTES);
  expect(error.cause).toBe(cause);
  expect(error.message).toBe(WHY);
});

const deployment = new CaseList("api/deploymentException", ["none"]);
const LOOKED_AT = "message and cause are looked at, where the original only constructs";

deployment.add("constructorTest", { changed: LOOKED_AT }, () => {
  const error = new DeploymentException(WHY);
  expect(error).toBeInstanceOf(Error);
  expect([error.name, error.message, error.cause]).toEqual(["DeploymentException", WHY, undefined]);
});
deployment.add("constructorTest1", { changed: LOOKED_AT }, () => {
  const cause = new Error("the cause");
  const error = new DeploymentException(WHY, { cause });
  expect(error.message).toBe(WHY);
  expect(error.cause).toBe(cause);
});

export const apiValueCases = [...reason.cases, ...decode.cases, ...encode.cases, ...deployment.cases];
