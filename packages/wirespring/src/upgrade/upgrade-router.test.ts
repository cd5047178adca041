import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import type { DiagnosticEvents } from "../diagnostics.js";
import { DeploymentException } from "../errors.js";
import { defaultLimits } from "../limits.js";
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
      expect(() => setUp({ contextPath })).toThrowError(new DeploymentException(message));
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
      expect(() => router.mount(late)).toThrowError(new DeploymentException(message));
      expect(router.unmount(late)).toBe(false);
      expect(router.unmount(there)).toBe(true);
      router.mount(late);
      expect(router.conflict(late)).toBe(late);
    });

    it("refuses a path that is none, naming the class (J-29)", () => {
      const { router } = setUp();
      expect(() => router.mount(new FakeEndpoint("chat", {}, "Chat"))).toThrowError(
        new DeploymentException('Chat: has the path "chat", which does not start with "/"'),
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
});
