import { describe, expect, it } from "vitest";
import { defaultLimits, type Limits } from "../limits.js";
import { ServerEndpointConfigurator, type ServerEndpointOptions } from "./endpoint-config.js";
import { judgeMessageOptions, judgeOptions } from "./endpoint-options.js";

class Gatekeeper extends ServerEndpointConfigurator {}

class NoGatekeeper {}

function judge(options: object): readonly string[] {
  const problems: string[] = [];
  judgeOptions("Chat", options as ServerEndpointOptions, problems);
  return problems;
}

const OPTIONS = `value, subprotocols, encoders, decoders, configurator, allowedOrigins, roles, requireSecure, shared, concurrency, slowConsumer, allowEncodedSlash, ignoreTrailingSlash, compression, ${Object.keys(defaultLimits).join(", ")}`;

const ORIGIN = "is no origin, expected scheme, host and port as a browser sends them";

const mistakes: readonly (readonly [string, object, readonly string[]])[] = [
  ["no path", {}, ['Chat: value must be a path, as "/chat/{room}", found undefined']],
  ["a path that is no text", { value: 5 }, ['Chat: value must be a path, as "/chat/{room}", found number']],
  [
    "an unknown option",
    { value: "/", subprotocol: "v1" },
    [`Chat: @ServerEndpoint has no option "subprotocol", expected one of ${OPTIONS}`],
  ],
  [
    "a limit of the whole application",
    { value: "/", drainTimeout: 5 },
    ["Chat: drainTimeout is a limit of the whole application: set it in run(Config, { limits: { drainTimeout } })"],
  ],
  [
    "two bad limits",
    { value: "/", maxTextMessageSize: 0, openTimeout: "1s" },
    [
      "Chat: maxTextMessageSize must be a whole number from 1 to 2147483647, found 0",
      'Chat: openTimeout must be a whole number from 1 to 2147483647, found "1s"',
    ],
  ],
  [
    "subprotocols as a text",
    { value: "/", subprotocols: "v1" },
    ['Chat: subprotocols must be an array of strings, found "v1"'],
  ],
  [
    "subprotocols that are no tokens, twice, or no texts",
    { value: "/", subprotocols: ["v1", "a b", "", "v1", 5] },
    [
      'Chat: subprotocols has "a b", which is no token: no spaces, commas, slashes or other separators',
      'Chat: subprotocols has "", which is no token: no spaces, commas, slashes or other separators',
      'Chat: subprotocols has "v1", which is listed twice',
      "Chat: subprotocols [4] must be a string, found number",
    ],
  ],
  [
    "concurrency 0",
    { value: "/", concurrency: 0 },
    ['Chat: concurrency must be a whole number from 1, or "unordered", found 0'],
  ],
  [
    "concurrency without meaning",
    { value: "/", concurrency: "parallel" },
    ['Chat: concurrency must be a whole number from 1, or "unordered", found "parallel"'],
  ],
  ["roles that are empty", { value: "/", roles: ["admin", ""] }, ['Chat: roles has "", which must not be empty']],
  [
    "switches that are none",
    { value: "/", requireSecure: "yes", shared: 1 },
    ['Chat: requireSecure must be true or false, found "yes"', "Chat: shared must be true or false, found 1"],
  ],
  [
    "a configurator that is none",
    { value: "/", configurator: NoGatekeeper },
    ["Chat: configurator is NoGatekeeper, which does not extend ServerEndpointConfigurator"],
  ],
  [
    "a configurator that was made already",
    { value: "/", configurator: new Gatekeeper() },
    ["Chat: configurator is an instance of Gatekeeper, expected a class"],
  ],
  [
    "origins that no browser sends",
    {
      value: "/",
      allowedOrigins: [
        "app.example",
        "https://app.example/",
        "https://App.example",
        "https://app.example:443",
        "wss://app.example",
        "null",
        "https://a.example,https://b.example",
      ],
    },
    [
      `Chat: allowedOrigins has "app.example", which ${ORIGIN}: "https://app.example", without a path`,
      `Chat: allowedOrigins has "https://app.example/", which ${ORIGIN}: "https://app.example", without a path`,
      `Chat: allowedOrigins has "https://App.example", which ${ORIGIN}: "https://app.example"`,
      `Chat: allowedOrigins has "https://app.example:443", which ${ORIGIN}: "https://app.example"`,
      `Chat: allowedOrigins has "wss://app.example", which ${ORIGIN}: "https://app.example", because an origin is a page's address`,
      `Chat: allowedOrigins has "null", which ${ORIGIN}: "https://app.example", without a path`,
      `Chat: allowedOrigins has "https://a.example,https://b.example", which ${ORIGIN}: "https://app.example", without a path`,
    ],
  ],
];

const everyLimit = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, 1])) as unknown as Limits;

describe("judgeOptions", () => {
  it.each(mistakes)("tells of %s", (_name, options, problems) => {
    expect(judge(options)).toEqual(problems);
  });

  it("takes every option with a sensible value, and undefined for each", () => {
    const options: Required<Omit<ServerEndpointOptions, "encoders" | "decoders">> = {
      value: "/chat/{room}",
      subprotocols: ["chat.v2", "chat.v1"],
      configurator: Gatekeeper,
      allowedOrigins: [
        "https://app.example",
        "http://localhost:5173",
        "http://[::1]:8080",
        "chrome-extension://abc",
        "*",
      ],
      roles: ["admin"],
      requireSecure: true,
      shared: false,
      concurrency: "unordered",
      allowEncodedSlash: true,
      ignoreTrailingSlash: true,
      compression: true,
      slowConsumer: "drop-oldest",
      ...everyLimit,
      maxBinaryMessageSize: 2 ** 31 - 1,
      maxStreamSize: 2 ** 40,
      heartbeatInterval: 0,
    };
    expect(judge(options)).toEqual([]);
    const left = Object.fromEntries(Object.keys(options).map((name) => [name, undefined]));
    expect(judge({ ...left, value: "/" })).toEqual([]);
    expect(judge({ value: "/", configurator: () => Gatekeeper, concurrency: 8 })).toEqual([]);
  });
});

describe("judgeMessageOptions", () => {
  it("gives the size, or undefined", () => {
    const problems: string[] = [];
    expect(judgeMessageOptions("Chat.said", { maxMessageSize: 5 }, problems)).toBe(5);
    expect(judgeMessageOptions("Chat.said", {}, problems)).toBeUndefined();
    expect(judgeMessageOptions("Chat.said", undefined, problems)).toBeUndefined();
    expect(problems).toEqual([]);
  });
});
