import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DiagnosticEvents } from "../diagnostics.js";
import { deploymentFailure } from "../errors.js";
import type { HandshakeRequest } from "../handshake-request.js";
import { defaultContainerLimits, defaultLimits } from "../limits.js";
import type { Transport } from "../session/transport.js";
import { Admission } from "./admission.js";
import { FakeEndpoint, ManualClock, quietDiagnostics, requestFor, settled } from "./fake-endpoint.test.fixture.js";
import type { Outcome } from "./handshake.js";
import { Refusal } from "./refusal.js";
import { UpgradeRouter, type UpgradeRouterOptions } from "./upgrade-router.js";

function setUp(options: Partial<UpgradeRouterOptions> = {}, ...endpoints: readonly FakeEndpoint[]) {
  const clock = new ManualClock();
  const { diagnostics, log } = quietDiagnostics();
  const router = new UpgradeRouter({ clock, diagnostics, maxPendingUpgrades: 500, limits: defaultLimits, ...options });
  for (const endpoint of endpoints) router.mount(endpoint);
  return { router, clock, diagnostics, log };
}

function verdict(outcome: Outcome | Promise<Outcome>): string {
  if (outcome instanceof Promise) return "waits";
  return outcome instanceof Refusal ? `${outcome.status} ${outcome.reason}` : "admitted";
}

/** An endpoint whose hook answers when the test says so. */
function waiting(path: string): { readonly endpoint: FakeEndpoint; answer(): void } {
  const answers: (() => void)[] = [];
  const endpoint = new FakeEndpoint(path, {
    checkOrigin: () => new Promise((resolve) => answers.push(() => resolve(true))),
  });
  return { endpoint, answer: () => answers.shift()!() };
}

describe("UpgradeRouter", () => {
  const refused: DiagnosticEvents["wirespring:upgrade.refused"][] = [];
  const note = (event: unknown): void => void refused.push(event as never);
  afterEach(() => {
    unsubscribe("wirespring:upgrade.refused", note);
    refused.length = 0;
  });

  it("leads a request to its endpoint, with the variables of the path", () => {
    const rooms = new FakeEndpoint("/chat/{room}/{name}");
    const lobby = new FakeEndpoint("/chat/{room}/lobby");
    const { router } = setUp({}, rooms, lobby);
    const admission = router.admit(requestFor("/chat/blue%20sky/ann?x=1"));
    expect(admission).toMatchObject({ endpoint: rooms, subprotocol: "", headers: [] });
    const { request } = rooms.reserved[0]!;
    expect([...request.pathParameters]).toEqual([
      ["room", "blue sky"],
      ["name", "ann"],
    ]);
    expect(request.queryString).toBe("x=1");
    expect(router.admit(requestFor("/chat/blue/lobby"))).toMatchObject({ endpoint: lobby });
  });

  it("asks a principal that the caller knows for its roles, and the endpoint not who it is", () => {
    const authenticate = vi.fn(() => null);
    const endpoint = new FakeEndpoint({ value: "/a", roles: ["admin"] }, { authenticate });
    const { router } = setUp({}, endpoint);
    const admin = { name: "ann", isUserInRole: (role: string) => role === "admin" };
    expect(verdict(router.admit(requestFor("/a"), { principal: admin }))).toBe("admitted");
    expect(endpoint.reserved[0]!.principal).toBe(admin);
    expect(endpoint.reserved[0]!.request.userPrincipal).toBe(admin);
    expect(verdict(router.admit(requestFor("/a"), { principal: { name: "bob" } }))).toBe("403 role");
    expect(authenticate).not.toHaveBeenCalled();
    expect(verdict(router.admit(requestFor("/a")))).toBe("401 authentication");
  });

  it("answers at once when every hook does", () => {
    const { router } = setUp({}, new FakeEndpoint("/a"));
    expect(router.admit(requestFor("/a"))).toBeInstanceOf(Admission);
  });

  it.each<[string, string, Readonly<Record<string, string>>]>([
    ["404 path", "/nowhere", {}],
    ["400 target", "//", {}],
    ["400 target", "http://[", {}],
    ["400 target", "/a/../a", {}],
    ["400 encoding", "/%E0%A4%A", {}],
    ["400 encoding", "/rooms/..%2f..%2fadmin", {}],
    ["414 target", `/rooms/${"x".repeat(2048)}`, {}],
    ["414 target", `/nowhere/${"x".repeat(2048)}`, {}],
    ["431 headers", "/a", { "x-large": "x".repeat(16_384) }],
    ["400 host", "/a", { host: "a b" }],
    ["400 body", "/a", { "content-length": "5" }],
    ["400 subprotocol", "/a", { "sec-websocket-protocol": "a,a" }],
    ["400 parameters", `/a?${"&".repeat(64)}`, {}],
    ["403 origin", "/a", { origin: "https://evil.example" }],
  ])("refuses with %s the target %.40s and counts it once (T11 to T16, T29, T32)", (expected, url, lines) => {
    const { router, diagnostics } = setUp({}, new FakeEndpoint("/a"), new FakeEndpoint("/rooms/{room}"));
    expect(verdict(router.admit(requestFor(url, lines)))).toBe(expected);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ [expected.slice(4)]: 1 });
  });

  it("publishes a refusal with the endpoint's template, never with the path (T23)", () => {
    subscribe("wirespring:upgrade.refused", note);
    const { router } = setUp({}, new FakeEndpoint("/rooms/{room}"));
    void router.admit(requestFor("/rooms/secret", { host: "a b" }));
    void router.admit(requestFor("/nowhere"));
    expect(refused).toEqual([
      { reason: "host", status: 400, endpoint: "/rooms/{room}", remoteAddress: "192.0.2.1" },
      { reason: "path", status: 404, endpoint: undefined, remoteAddress: "192.0.2.1" },
    ]);
  });

  it("judges by the endpoint's own limits", () => {
    const { router } = setUp({}, new FakeEndpoint({ value: "/a", maxTargetLength: 10, maxSubprotocols: 1 }));
    expect(verdict(router.admit(requestFor("/a?23456789")))).toBe("414 target");
    expect(verdict(router.admit(requestFor("/a", { "sec-websocket-protocol": "a,b" })))).toBe("400 subprotocol");
  });

  it("lets encoded slashes through where the endpoint takes them (T15)", () => {
    const endpoint = new FakeEndpoint({ value: "/files/{name}", allowEncodedSlash: true });
    const { router } = setUp({}, endpoint);
    expect(verdict(router.admit(requestFor("/files/a%2Fb")))).toBe("admitted");
    expect(endpoint.reserved[0]!.request.pathParameters.get("name")).toBe("a/b");
  });

  it("tells which targets are an endpoint's", () => {
    const { router } = setUp({}, new FakeEndpoint("/rooms/{room}"));
    expect(["/rooms/a?b", "/rooms", "/rooms/", "//", "/%", "http://["].map((each) => router.matches(each))).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  describe("with a context path (J-19)", () => {
    it("matches whole segments below it", () => {
      const endpoint = new FakeEndpoint("/a");
      const { router } = setUp({ contextPath: "/ws" }, endpoint, new FakeEndpoint("/"));
      expect(["/ws/a", "/ws/", "/a", "/wsa", "/ws"].map((each) => router.matches(each))).toEqual([
        true,
        true,
        false,
        false,
        false,
      ]);
      expect(router.unmount(endpoint)).toBe(true);
      expect(router.matches("/ws/a")).toBe(false);
    });

    it.each([
      ["ws", 'contextPath: the application has the path "ws", which does not start with "/"'],
      ["/ws/", 'contextPath "/ws/" ends with "/": write it as "/ws"'],
      ["/{x}", 'contextPath "/{x}" has a variable: only the paths of endpoints may have variables'],
    ])("refuses %s", (contextPath, message) => {
      expect(() => setUp({ contextPath })).toThrowError(deploymentFailure(message));
    });

    it("takes / for none", () => {
      expect(setUp({ contextPath: "/" }, new FakeEndpoint("/a")).router.matches("/a")).toBe(true);
    });
  });

  describe("mount", () => {
    it.each([
      ["/a", "/a", 'First and Second have the same path "/a": give one of both another path'],
      [
        "/a/{x}",
        "/a/{y}",
        'First and Second have equivalent paths, "/a/{x}" and "/a/{y}": give one of both another path',
      ],
    ])("refuses %s and %s together (J-32, J-33)", (first, second, message) => {
      const there = new FakeEndpoint(first, {}, "First");
      const { router } = setUp({}, there);
      const late = new FakeEndpoint(second, {}, "Second");
      expect(router.conflict(late)).toBe(there);
      expect(() => router.mount(late)).toThrowError(deploymentFailure(message));
      expect(router.unmount(late)).toBe(false);
      expect(router.unmount(there)).toBe(true);
      router.mount(late);
      expect(router.conflict(late)).toBe(late);
    });

    it("refuses a path that is none, naming the class (J-29)", () => {
      const { router } = setUp();
      expect(() => router.mount(new FakeEndpoint("chat", {}, "Chat"))).toThrowError(
        deploymentFailure('Chat: has the path "chat", which does not start with "/"'),
      );
    });

    it("takes a trailing slash as the endpoint says (J-39)", () => {
      const { router } = setUp(
        {},
        new FakeEndpoint("/strict"),
        new FakeEndpoint({ value: "/lenient", ignoreTrailingSlash: true }),
      );
      expect(["/strict/", "/lenient/"].map((each) => router.matches(each))).toEqual([false, true]);
    });
  });

  it("refuses when too many handshakes wait, and goes on when one has ended", async () => {
    const { endpoint, answer } = waiting("/a");
    const { router, diagnostics } = setUp({ maxPendingUpgrades: 2 }, endpoint, new FakeEndpoint("/b"));
    const first = router.admit(requestFor("/a"));
    void router.admit(requestFor("/a"));
    const busy = router.admit(requestFor("/b"));
    expect(busy).toMatchObject({ status: 503, reason: "busy", headers: [["Retry-After", "1"]] });
    answer();
    expect(await first).toBeInstanceOf(Admission);
    expect(verdict(router.admit(requestFor("/b")))).toBe("admitted");
    expect(diagnostics.metrics().upgradesRefused).toEqual({ busy: 1 });
  });

  it("refuses while it drains, also what waits", async () => {
    const { endpoint, answer } = waiting("/a");
    const { router, diagnostics } = setUp({}, endpoint);
    const pending = router.admit(requestFor("/a"));
    router.drain();
    const outcome = { status: 503, reason: "draining", endpoint: "/a", headers: [["Retry-After", "5"]] };
    expect(await pending).toMatchObject(outcome);
    expect(router.admit(requestFor("/a"))).toMatchObject(outcome);
    expect(verdict(router.admit(requestFor("/nowhere")))).toBe("404 path");
    answer();
    await settled();
    expect(endpoint.reserved).toEqual([]);
    expect(diagnostics.metrics().upgradesRefused).toEqual({ draining: 2, path: 1 });
  });

  it("ends the handshake of a peer that leaves, and counts it apart from refusals (T19)", async () => {
    const { endpoint, answer } = waiting("/a");
    const { router, diagnostics, clock } = setUp({}, endpoint);
    const peer = new AbortController();
    const pending = router.admit(requestFor("/a"), { abandoned: peer.signal });
    peer.abort();
    expect(verdict(await pending)).toBe("499 abandoned");
    answer();
    await settled();
    expect(endpoint.reserved).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(diagnostics.metrics()).toMatchObject({ upgradesAbandoned: 1, upgradesRefused: {} });
  });

  it("asks nobody for a peer that has left already", () => {
    const endpoint = new FakeEndpoint("/a");
    const { router, diagnostics } = setUp({}, endpoint);
    expect(verdict(router.admit(requestFor("/a"), { abandoned: AbortSignal.abort() }) as Outcome)).toBe(
      "499 abandoned",
    );
    expect(endpoint.reserved).toEqual([]);
    expect(diagnostics.metrics().upgradesAbandoned).toBe(1);
  });

  it("takes the route that was found before", () => {
    const endpoint = new FakeEndpoint("/a");
    const { router } = setUp({}, endpoint);
    const request = requestFor("/a");
    const route = router.route(request);
    if (route instanceof Refusal) throw new Error("no route");
    router.unmount(endpoint);
    expect(verdict(router.admit(request, { route }))).toBe("admitted");
  });

  describe("with a limit of connections", () => {
    const transport = {} as Transport;
    const one = { ...defaultContainerLimits, maxConnections: 1 };
    const full = { status: 503, reason: "connections", endpoint: "/a", headers: [["Retry-After", "5"]] };

    it("gives a place from the admission to the end of the session", () => {
      const endpoint = new FakeEndpoint("/a");
      const { router, diagnostics } = setUp({ turnstile: one }, endpoint);
      const admission = router.admit(requestFor("/a")) as Admission;
      expect(router.admit(requestFor("/a"))).toMatchObject(full);
      admission.open(transport);
      admission.abandon();
      expect(router.admit(requestFor("/a"))).toMatchObject(full);
      endpoint.ends[0]!();
      expect(verdict(router.admit(requestFor("/a")))).toBe("admitted");
      expect(diagnostics.metrics().upgradesRefused).toEqual({ connections: 2 });
    });

    it.each<[name: string, over: (admission: Admission, endpoint: FakeEndpoint) => void]>([
      ["was abandoned", (admission) => admission.abandon()],
      [
        "could not be opened",
        (admission, endpoint) => {
          vi.spyOn(endpoint.ends, "push").mockImplementation(() => {
            throw new Error("no transport");
          });
          expect(() => admission.open(transport)).toThrow("no transport");
        },
      ],
    ])("takes the place back of an admission that %s", (_name, over) => {
      const endpoint = new FakeEndpoint("/a");
      const { router } = setUp({ turnstile: one }, endpoint);
      over(router.admit(requestFor("/a")) as Admission, endpoint);
      expect(verdict(router.admit(requestFor("/a")))).toBe("admitted");
    });

    it("takes the place back of a handshake that was refused, given up, or took too long", async () => {
      const { endpoint, answer } = waiting("/a");
      const { router, clock } = setUp({ turnstile: one }, endpoint, new FakeEndpoint("/b"));
      expect(verdict(router.admit(requestFor("/b", { origin: "https://evil.example" })))).toBe("403 origin");
      const peer = new AbortController();
      const left = router.admit(requestFor("/a"), { abandoned: peer.signal });
      expect(verdict(router.admit(requestFor("/b")))).toBe("503 connections");
      peer.abort();
      expect(verdict(await left)).toBe("499 abandoned");
      const late = router.admit(requestFor("/a"));
      clock.advance(10_000);
      expect(await late).toMatchObject({ status: 503, reason: "timeout", headers: [["Retry-After", "1"]] });
      answer();
      answer();
      await settled();
      expect(verdict(router.admit(requestFor("/b")))).toBe("admitted");
    });

    it("counts a principal once it is known", () => {
      const authenticate = ({ headers }: HandshakeRequest) => ({ name: headers.first("user")! });
      const endpoint = new FakeEndpoint("/a", { authenticate });
      const { router } = setUp({ turnstile: { ...defaultContainerLimits, maxConnectionsPerPrincipal: 1 } }, endpoint);
      const by = (user: string) => router.admit(requestFor("/a", { user }));
      (by("ann") as Admission).open(transport);
      expect(by("ann")).toMatchObject({ status: 429, reason: "principal", endpoint: "/a" });
      expect(verdict(by("bob"))).toBe("admitted");
      endpoint.ends[0]!();
      expect(verdict(by("ann"))).toBe("admitted");
    });

    it("counts by address, and takes what a trusted proxy says for it (T24, T31)", () => {
      const turnstile = { ...defaultContainerLimits, maxConnectionsPerAddress: 1 };
      const { router } = setUp({ turnstile, trustedProxies: ["192.0.2.1"] }, new FakeEndpoint("/a"));
      const by = (address: string) => verdict(router.admit(requestFor("/a", { "x-forwarded-for": address })));
      expect([by("1.2.3.4"), by("1.2.3.4"), by("9.9.9.9, 1.2.3.4"), by("1.2.3.5")]).toEqual([
        "admitted",
        "429 address",
        "429 address",
        "admitted",
      ]);
      const direct = setUp({ turnstile }, new FakeEndpoint("/a")).router;
      const spoofed = (address: string) => verdict(direct.admit(requestFor("/a", { "x-forwarded-for": address })));
      expect([spoofed("1.2.3.4"), spoofed("1.2.3.5")]).toEqual(["admitted", "429 address"]);
    });
  });

  it("shows the application whom a trusted proxy speaks for (T31)", () => {
    subscribe("wirespring:upgrade.refused", note);
    const endpoint = new FakeEndpoint({ value: "/a", requireSecure: true });
    const { router } = setUp({ trustedProxies: ["192.0.2.0/24"] }, endpoint);
    const lines = { "x-forwarded-for": "2001:db8::9", "x-forwarded-proto": "https" };
    expect(verdict(router.admit(requestFor("/a", lines)))).toBe("admitted");
    expect(endpoint.reserved[0]!.request).toMatchObject({
      remoteAddress: "2001:db8::9",
      remoteHostName: "2001:db8::9",
      remotePort: -1,
      isSecure: true,
    });
    expect(endpoint.reserved[0]!.request.requestURI.protocol).toBe("wss:");
    expect(verdict(router.admit(requestFor("/a", { ...lines, "x-forwarded-proto": "http" })))).toBe("403 secure");
    expect(refused).toMatchObject([{ reason: "secure", remoteAddress: "2001:db8::9" }]);
    const { router: direct } = setUp({}, new FakeEndpoint({ value: "/a", requireSecure: true }));
    expect(verdict(direct.admit(requestFor("/a", lines)))).toBe("403 secure");
  });

  it.each<[host: string, verdict: string]>([
    ["app.example", "admitted"],
    ["APP.example", "admitted"],
    ["app.example:8080", "admitted"],
    ["api.example:8443", "admitted"],
    ["api.example", "421 host"],
    ["api.example:443", "421 host"],
    ["app.example.", "421 host"],
    ["evil.example", "421 host"],
    ["app.example.evil.example", "421 host"],
    ["[::1]", "admitted"],
    ["[::1]:8080", "admitted"],
    ["[::2]", "421 host"],
    ["127.0.0.1", "421 host"],
    ["a b", "400 host"],
  ])("with allowedHosts, Host: %s is %s (T32)", (host, expected) => {
    const allowedHosts = ["App.example", "api.example:8443", "[::1]"];
    const { router } = setUp({ allowedHosts }, new FakeEndpoint("/a"));
    expect(verdict(router.admit(requestFor("/a", { host })))).toBe(expected);
  });
});
