import { PathParameters } from "../path-parameters.js";
import { describe, expect, it, vi } from "vitest";
import type { Reservation } from "../deployment/deployed-endpoint.js";
import { ServerEndpointConfigurator, type ServerEndpointOptions } from "../endpoint/endpoint-config.js";
import type { HandshakeRequest } from "../handshake-request.js";
import type { Principal } from "../principal.js";
import type { Transport } from "../session/transport.js";
import { Admission } from "./admission.js";
import { FakeEndpoint, ManualClock, quietDiagnostics, requestFor, settled } from "./fake-endpoint.test.fixture.js";
import { Handshake, type Outcome } from "./handshake.js";
import { Refusal } from "./refusal.js";

type Hooks = Partial<ServerEndpointConfigurator>;

interface Trial {
  readonly lines?: Readonly<Record<string, string>>;
  readonly encrypted?: boolean;
  readonly origin?: string | null;
  readonly subprotocols?: readonly string[];
}

const TRANSPORT = {} as Transport;

function setUp(options: Partial<ServerEndpointOptions> = {}, hooks: Hooks = {}, trial: Trial = {}) {
  const endpoint = new FakeEndpoint({ value: "/chat/{room}", ...options }, hooks);
  const clock = new ManualClock();
  const { diagnostics, log } = quietDiagnostics();
  const handshake = new Handshake({
    request: requestFor("/chat/blue?x=1", trial.lines, { encrypted: trial.encrypted ?? false }),
    endpoint,
    pathParameters: new PathParameters(["room"], ["blue"]),
    queryString: "x=1",
    offer: { origin: trial.origin ?? null, subprotocols: trial.subprotocols ?? [] },
    clock,
    diagnostics,
  });
  return { endpoint, clock, diagnostics, log, handshake };
}

/** The outcome of a handshake that must not need to wait. */
function atOnce(...setting: Parameters<typeof setUp>): Outcome {
  const outcome = setUp(...setting).handshake.run();
  if (outcome instanceof Promise) throw new Error("a synchronous handshake waited");
  return outcome;
}

function verdict(outcome: Outcome): string {
  return outcome instanceof Refusal ? `${outcome.status} ${outcome.reason}` : "admitted";
}

const ann: Principal = { name: "ann", isUserInRole: (role) => role === "user" };

describe("Handshake", () => {
  it("asks the hooks in order, each once, and the endpoint last (J-161)", () => {
    const calls: string[] = [];
    const note =
      <T>(name: string, value: T) =>
      (): T => {
        calls.push(name);
        return value;
      };
    const { handshake, endpoint } = setUp(
      { subprotocols: ["chat"], roles: ["user"] },
      {
        authenticate: note("authenticate", ann),
        checkOrigin: note("checkOrigin", true),
        getNegotiatedSubprotocol: note("getNegotiatedSubprotocol", "chat"),
        modifyHandshake: note("modifyHandshake", undefined),
      },
      { subprotocols: ["chat"] },
    );
    endpoint.reserving = (reservation) => {
      calls.push("reserve");
      return reservation;
    };
    const outcome = handshake.run();
    expect(outcome).toBeInstanceOf(Admission);
    expect(calls).toEqual(["authenticate", "checkOrigin", "getNegotiatedSubprotocol", "modifyHandshake", "reserve"]);
    expect(endpoint.reserved).toMatchObject([{ principal: ann, subprotocol: "chat" }]);
    expect((outcome as Admission).subprotocol).toBe("chat");
  });

  it("gives hooks the request, with its principal after authenticate", () => {
    const seen: unknown[] = [];
    const outcome = atOnce(
      {},
      {
        authenticate: (request) => {
          seen.push(request.userPrincipal, request.pathParameters.get("room"), request.queryString);
          return ann;
        },
        checkOrigin: (origin, request) => {
          seen.push(origin, request.userPrincipal, request.raw !== undefined);
          return true;
        },
      },
      { origin: "https://elsewhere.example" },
    );
    expect(verdict(outcome)).toBe("admitted");
    expect(seen).toEqual([null, "blue", "x=1", "https://elsewhere.example", ann, true]);
  });

  it.each<[string, Partial<ServerEndpointOptions>, Hooks, Trial, string]>([
    ["requireSecure over plain HTTP", { requireSecure: true }, {}, {}, "403 secure"],
    ["requireSecure over TLS", { requireSecure: true }, {}, { encrypted: true }, "admitted"],
    ["roles without a principal", { roles: ["user"] }, {}, {}, "401 authentication"],
    ["roles with undefined", { roles: ["user"] }, { authenticate: () => undefined as never }, {}, "401 authentication"],
    ["roles of another", { roles: ["admin"] }, { authenticate: () => ann }, {}, "403 role"],
    ["one of the roles", { roles: ["admin", "user"] }, { authenticate: () => ann }, {}, "admitted"],
    ["roles without isUserInRole", { roles: ["user"] }, { authenticate: () => ({ name: "bob" }) }, {}, "403 role"],
    ["no role that would do", { roles: [] }, { authenticate: () => ann }, {}, "403 role"],
    ["no origin", {}, {}, {}, "admitted"],
    ["no origin, cookies", {}, {}, { lines: { cookie: "a=b" } }, "403 origin"],
    ["a foreign origin", {}, {}, { origin: "https://evil.example" }, "403 origin"],
    ["its own origin", {}, {}, { origin: "https://app.example" }, "admitted"],
    ["a listed origin", { allowedOrigins: ["https://x.example"] }, {}, { origin: "https://x.example" }, "admitted"],
    ["checkOrigin: false", {}, { checkOrigin: () => false }, {}, "403 origin"],
    ["checkOrigin: truthy (T21)", {}, { checkOrigin: () => "yes" as never }, {}, "403 origin"],
    ["checkOrigin: nothing", {}, { checkOrigin: () => undefined as never }, {}, "403 origin"],
  ])("judges %s", (_name, options, hooks, trial, expected) => {
    expect(verdict(atOnce(options, hooks, trial))).toBe(expected);
  });

  it("calls the true default from an override, listed origins included (J-162, J-163)", () => {
    class Stricter extends ServerEndpointConfigurator {
      override checkOrigin(origin: string | null, request: HandshakeRequest) {
        return origin !== "https://banned.example" && super.checkOrigin(origin, request);
      }
    }
    const hooks: Hooks = { checkOrigin: Stricter.prototype.checkOrigin };
    const options = { allowedOrigins: ["https://banned.example", "https://good.example"] };
    expect(verdict(atOnce(options, hooks, { origin: "https://good.example" }))).toBe("admitted");
    expect(verdict(atOnce(options, hooks, { origin: "https://app.example" }))).toBe("admitted");
    expect(verdict(atOnce(options, hooks, { origin: "https://banned.example" }))).toBe("403 origin");
    expect(verdict(atOnce(options, hooks, { origin: "https://evil.example" }))).toBe("403 origin");
  });

  it.each<[readonly string[], readonly string[], string]>([
    [["chat", "superchat"], ["superchat", "chat"], "chat"],
    [["chat"], ["evil", "chat"], "chat"],
    [["chat"], ["evil"], ""],
    [["chat"], [], ""],
    [[], ["evil"], ""],
    [["chat"], ["__proto__", "constructor"], ""],
  ])("chooses of %j, when %j is requested, %j: the server's order decides (T27, T28)", (mine, theirs, chosen) => {
    const outcome = atOnce({ subprotocols: mine }, {}, { subprotocols: theirs });
    expect((outcome as Admission).subprotocol).toBe(chosen);
  });

  it.each<[unknown, string]>([
    ["evil", 'found "evil"'],
    ["superchat", 'found "superchat"'],
    [undefined, "found undefined"],
    [null, "found null"],
  ])("takes the subprotocol %s of a hook for a failure, when it is none of both lists", (answer, found) => {
    const { handshake, log } = setUp(
      { subprotocols: ["chat", "superchat"] },
      { getNegotiatedSubprotocol: () => answer as string },
      { subprotocols: ["chat", "evil"] },
    );
    expect(verdict(handshake.run() as Outcome)).toBe("500 hook");
    expect(String((log[0] as { error?: unknown } | undefined)?.error)).toBe(
      `TypeError: ServerEndpointConfigurator.getNegotiatedSubprotocol for /chat/{room} must give "" or a subprotocol that is declared (chat, superchat) and was requested, ${found} [WS_ILLEGAL_ARGUMENT]`,
    );
  });

  it("takes a principal that is none for a failure", () => {
    const { handshake, log } = setUp({}, { authenticate: () => "ann" as never });
    expect(verdict(handshake.run() as Outcome)).toBe("500 hook");
    expect(String((log[0] as { error?: unknown } | undefined)?.error)).toBe(
      "TypeError: ServerEndpointConfigurator.authenticate for /chat/{room} must give a Principal, { name: string }, or null, found string [WS_ILLEGAL_ARGUMENT]",
    );
  });

  it("gives modifyHandshake a map of this connection alone, which becomes the session's (J-167)", () => {
    const { handshake, endpoint } = setUp(
      {},
      {
        modifyHandshake(config, _request, response) {
          config.userProperties.set("mine", 1);
          response.addHeader("X-Room", ["a", "b"]);
          response.setHeader("Upgrade", "h2c");
          expect(config).toMatchObject({ path: "/chat/{room}", subprotocols: [] });
        },
      },
    );
    const outcome = handshake.run() as Admission;
    expect(outcome.headers).toEqual([
      ["X-Room", "a"],
      ["X-Room", "b"],
    ]);
    expect([...endpoint.reserved[0]!.userProperties!.keys()]).toEqual(["shared", "mine"]);
    expect([...endpoint.config.userProperties.keys()]).toEqual(["shared"]);
  });

  it("refuses as modifyHandshake says, with its headers and a plain text body", () => {
    const { handshake, endpoint } = setUp(
      {},
      {
        modifyHandshake(_config, _request, response) {
          response.setHeader("WWW-Authenticate", "Bearer");
          response.setHeader("Content-Type", "text/html");
          response.refuse(401, "who are you?");
        },
      },
    );
    expect(handshake.run()).toEqual(
      new Refusal(401, "refused", {
        headers: [["WWW-Authenticate", "Bearer"]],
        body: "who are you?",
        endpoint: "/chat/{room}",
      }),
    );
    expect(endpoint.reserved).toEqual([]);
    expect(atOnce({}, { modifyHandshake: (_c, _q, response) => response.refuse(404) })).toMatchObject({
      body: "Not Found",
    });
  });

  it.each(["authenticate", "checkOrigin", "getNegotiatedSubprotocol", "modifyHandshake"] as const)(
    "answers 500 when %s throws or rejects, and reports it once (J-170)",
    async (hook) => {
      for (const fail of [
        () => {
          throw new Error("mine");
        },
        () => Promise.reject(new Error("mine")),
      ]) {
        const { handshake, diagnostics, endpoint, log } = setUp({}, { [hook]: fail });
        expect(verdict(await handshake.run())).toBe("500 hook");
        expect(diagnostics.metrics().errors).toEqual({ [hook]: 1 });
        expect(log).toMatchObject([{ hook, endpoint: "/chat/{room}" }]);
        expect(endpoint.reserved).toEqual([]);
      }
    },
  );

  it("answers 500 when the instance cannot be made, and leaves the report to the deployment (J-169)", async () => {
    for (const fail of [
      () => {
        throw new Error("mine");
      },
      () => Promise.reject(new Error("mine")),
    ]) {
      const { handshake, endpoint, diagnostics } = setUp();
      endpoint.reserving = fail;
      expect(verdict(await handshake.run())).toBe("500 instance");
      expect(diagnostics.metrics().errors).toEqual({});
    }
  });

  it("waits for hooks that answer later, each with its own judgement (T21)", async () => {
    const later =
      <T>(value: T) =>
      (): Promise<T> =>
        Promise.resolve(value);
    const hooks: Hooks = {
      authenticate: later(ann),
      checkOrigin: later(true),
      getNegotiatedSubprotocol: later("chat"),
      modifyHandshake: async (_config, _request, response) => response.setHeader("X", "1"),
    };
    const { handshake, endpoint, clock } = setUp({ subprotocols: ["chat"], roles: ["user"] }, hooks, {
      subprotocols: ["chat"],
    });
    endpoint.reserving = (reservation) => Promise.resolve(reservation);
    const pending = handshake.run();
    expect(clock.pending).toBe(1);
    expect(await pending).toMatchObject({ subprotocol: "chat", headers: [["X", "1"]] });
    expect(clock.pending).toBe(0);
    expect(verdict(await setUp({}, { ...hooks, checkOrigin: later(false) }).handshake.run())).toBe("403 origin");
  });

  it.each<[string, PromiseLike<boolean>]>([
    ["calls back twice", { then: (yes) => (yes!(true), yes!(false)) as never }],
    ["answers, then throws", { then: (yes) => { yes!(true); throw new Error("late"); } }], // prettier-ignore
  ])("takes the first answer of a thenable that %s", async (_name, thenable) => {
    const { handshake, endpoint } = setUp({}, { checkOrigin: () => thenable as Promise<boolean> });
    expect(verdict(await handshake.run())).toBe("admitted");
    expect(endpoint.reserved).toHaveLength(1);
  });

  describe("whose time is up", () => {
    it("is refused with 503, and its signal aborted (T20)", async () => {
      let signal: AbortSignal | undefined;
      const { handshake, clock, endpoint } = setUp(
        { handshakeTimeout: 50 },
        {
          authenticate: (request) => {
            signal = request.signal;
            return new Promise(() => {});
          },
        },
      );
      const pending = handshake.run();
      clock.advance(49);
      expect(signal?.aborted).toBe(false);
      clock.advance(1);
      expect(signal?.aborted).toBe(true);
      expect(await pending).toMatchObject({ status: 503, reason: "timeout", headers: [["Retry-After", "1"]] });
      expect(endpoint.reserved).toEqual([]);
    });

    it("has one deadline for all hooks together", async () => {
      const resolvers: (() => void)[] = [];
      const slow = (): Promise<never> => new Promise((resolve) => resolvers.push(() => resolve(true as never)));
      const { handshake, clock } = setUp({ handshakeTimeout: 50 }, { checkOrigin: slow, modifyHandshake: slow });
      const pending = handshake.run();
      clock.advance(30);
      resolvers[0]!();
      await settled();
      expect(resolvers).toHaveLength(2);
      clock.advance(20);
      expect(verdict(await pending)).toBe("503 timeout");
    });

    it("abandons a reservation that comes late", async () => {
      let give: (() => void) | undefined;
      const { handshake, endpoint, clock } = setUp();
      endpoint.reserving = (reservation) => new Promise((resolve) => (give = () => resolve(reservation)));
      const pending = handshake.run();
      clock.advance(10_000);
      expect(verdict(await pending)).toBe("503 timeout");
      give!();
      await settled();
      expect([endpoint.abandoned, endpoint.opened]).toEqual([1, 0]);
    });

    it("reports an abandon that throws", async () => {
      const { handshake, endpoint, diagnostics } = setUp();
      const broken: Reservation = {
        isBusy: false,
        open: () => ({}) as never,
        abandon: () => {
          throw new Error("mine");
        },
      };
      endpoint.reserving = () => settled().then(() => broken);
      const pending = handshake.run();
      handshake.end(new Refusal(499, "abandoned"));
      await pending;
      await settled();
      await settled();
      expect(diagnostics.metrics().errors).toEqual({ dispose: 1 });
    });

    it("counts a late failure, unless the hook only obeyed the signal", async () => {
      const unhandled = vi.fn();
      process.on("unhandledRejection", unhandled);
      const errors = async (late: Error) => {
        let fail: (() => void) | undefined;
        const { handshake, diagnostics } = setUp(
          {},
          {
            checkOrigin: () => new Promise((_, reject) => (fail = () => reject(late))),
          },
        );
        const pending = handshake.run();
        handshake.end(new Refusal(499, "abandoned"));
        await pending;
        fail!();
        await settled();
        return diagnostics.metrics().errors;
      };
      expect(await errors(new Error("database is gone"))).toEqual({ checkOrigin: 1 });
      expect(await errors(new DOMException("aborted", "AbortError"))).toEqual({});
      expect(unhandled).not.toHaveBeenCalled();
      process.off("unhandledRejection", unhandled);
    });

    it("asks no further hook when an answer comes late", async () => {
      let give: (() => void) | undefined;
      const modifyHandshake = vi.fn();
      const { handshake } = setUp(
        {},
        {
          checkOrigin: () => new Promise((resolve) => (give = () => resolve(true))),
          modifyHandshake,
        },
      );
      const pending = handshake.run();
      handshake.end(new Refusal(499, "abandoned"));
      give!();
      expect(verdict(await pending)).toBe("499 abandoned");
      await settled();
      expect(modifyHandshake).not.toHaveBeenCalled();
    });
  });

  it("lets Node's request go with a refusal, and with the use of an admission", () => {
    let kept: HandshakeRequest | undefined;
    const keep: Hooks = { authenticate: (request) => ((kept = request), null) };
    atOnce({}, { ...keep, checkOrigin: () => false });
    expect(kept!.raw).toBeUndefined();
    const admission = atOnce({}, keep) as Admission;
    expect(kept!.raw).toBeDefined();
    admission.open(TRANSPORT);
    expect(kept!.raw).toBeUndefined();
  });
});

describe("Admission", () => {
  it("asks what it has opened whether it is busy, and nothing before", () => {
    const { handshake, endpoint } = setUp();
    endpoint.reserving = ({ open, abandon }) => ({ isBusy: true, open, abandon });
    const admission = handshake.run() as Admission;
    expect(admission.isBusy).toBe(false);
    admission.open(TRANSPORT);
    expect(admission.isBusy).toBe(true);
  });

  it("opens one session, once, and cannot be abandoned afterwards", () => {
    const { handshake, endpoint } = setUp();
    const admission = handshake.run() as Admission;
    admission.open(TRANSPORT);
    expect(() => admission.open(TRANSPORT)).toThrowError(
      expect.objectContaining({
        code: "WS_ADMISSION_USED",
        message:
          "an admission to /chat/{room} opens one session only: call admit again for another [WS_ADMISSION_USED]",
      }),
    );
    admission.abandon();
    expect([endpoint.opened, endpoint.abandoned]).toEqual([1, 0]);
  });

  it("is abandoned once", () => {
    const { handshake, endpoint } = setUp();
    const admission = handshake.run() as Admission;
    admission.abandon();
    admission.abandon();
    expect([endpoint.opened, endpoint.abandoned]).toEqual([0, 1]);
  });
});
