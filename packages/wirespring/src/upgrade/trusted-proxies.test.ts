import { describe, expect, it } from "vitest";
import type { UpgradeRequest } from "../handshake-request.js";
import { requestFor } from "./fake-endpoint.test.fixture.js";
import { TrustedProxies } from "./trusted-proxies.js";

function from(remoteAddress: string | undefined, ...lines: readonly (readonly [string, string])[]): UpgradeRequest {
  const request = requestFor("/", {}, { remoteAddress, remotePort: 4711 });
  return { ...request, rawHeaders: [...request.rawHeaders, ...lines.flat()] };
}

const forwarded = (value: string): readonly [string, string] => ["X-Forwarded-For", value];
const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "::1"]);

describe("TrustedProxies", () => {
  it("looks at no X-Forwarded field while nobody is trusted", () => {
    const request = from("10.0.0.1", forwarded("1.2.3.4"), ["X-Forwarded-Proto", "https"]);
    expect(new TrustedProxies().peerOf(request)).toEqual({ address: "10.0.0.1", port: 4711, isSecure: false });
  });

  it.each<[name: string, direct: string, hops: readonly string[], address: string]>([
    ["somebody who is not trusted", "198.51.100.1", ["1.2.3.4"], "198.51.100.1"],
    ["a trusted proxy", "10.0.0.1", ["1.2.3.4"], "1.2.3.4"],
    ["one that is named itself", "192.0.2.7", ["1.2.3.4"], "1.2.3.4"],
    ["the neighbour of that one", "192.0.2.8", ["1.2.3.4"], "192.0.2.8"],
    ["one whose address is written as IPv6", "::ffff:10.0.0.1", ["1.2.3.4"], "1.2.3.4"],
    ["one of IPv6", "fd12::1", ["2001:db8::9"], "2001:db8::9"],
    ["this machine", "::1", ["2001:db8::9"], "2001:db8::9"],
    ["a peer that made up what is left of it", "10.0.0.1", ["9.9.9.9, 1.2.3.4"], "1.2.3.4"],
    ["a peer that made up a proxy of ours", "10.0.0.1", ["10.9.9.9, 1.2.3.4"], "1.2.3.4"],
    ["a chain", "10.0.0.1", ["1.2.3.4, 10.0.0.3,10.0.0.2"], "1.2.3.4"],
    ["a chain in several lines", "10.0.0.1", ["9.9.9.9, 1.2.3.4", "10.0.0.3", "10.0.0.2"], "1.2.3.4"],
    ["a chain of trusted ones only", "10.0.0.1", ["10.0.0.4, 10.0.0.3"], "10.0.0.4"],
    ["an IPv4 address that is written as IPv6", "10.0.0.1", ["::ffff:1.2.3.4"], "1.2.3.4"],
    ["a proxy that writes the port", "10.0.0.1", ["1.2.3.4:5678"], "1.2.3.4"],
    ["a proxy that writes brackets", "10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"],
    ["a proxy that writes brackets and the port", "10.0.0.1", ["[2001:db8::9]:5678"], "2001:db8::9"],
    ["a proxy that hides it", "10.0.0.1", ["unknown"], "10.0.0.1"],
    ["a chain with a break", "10.0.0.1", ["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"],
    ["a proxy that says nothing", "10.0.0.1", [], "10.0.0.1"],
    ["an empty list", "10.0.0.1", [""], "10.0.0.1"],
    ["32 hops", "10.0.0.1", ["1.2.3.4", ...Array.from({ length: 31 }, () => "10.0.0.2")], "1.2.3.4"],
    ["33 hops", "10.0.0.1", ["1.2.3.4", ...Array.from({ length: 32 }, () => "10.0.0.2")], "10.0.0.1"],
    ["10 000 hops", "10.0.0.1", [Array.from({ length: 10_000 }, () => "1.2.3.4").join(",")], "10.0.0.1"],
  ])("believes %s (T31)", (_name, direct, hops, address) => {
    expect(proxies.peerOf(from(direct, ...hops.map(forwarded))).address).toBe(address);
  });

  it("knows no port of a peer that it did not see itself", () => {
    expect(proxies.peerOf(from("10.0.0.1", forwarded("1.2.3.4"))).port).toBe(-1);
    expect(proxies.peerOf(from("10.0.0.1")).port).toBe(4711);
    expect(proxies.peerOf(from(undefined)).address).toBeUndefined();
  });

  it.each<[direct: string, schemes: readonly string[], isSecure: boolean]>([
    ["10.0.0.1", ["https"], true],
    ["10.0.0.1", ["HTTPS"], true],
    ["10.0.0.1", ["wss"], true],
    ["10.0.0.1", ["http"], false],
    ["10.0.0.1", [""], false],
    ["10.0.0.1", ["https, https"], true],
    ["10.0.0.1", ["https, http"], false],
    ["10.0.0.1", ["https", "http"], false],
    ["10.0.0.1", [], false],
    ["198.51.100.1", ["https"], false],
  ])("from %s with X-Forwarded-Proto %j: secure is %s", (direct, schemes, isSecure) => {
    const lines = schemes.map((scheme) => ["x-forwarded-proto", scheme] as const);
    expect(proxies.peerOf(from(direct, ...lines)).isSecure).toBe(isSecure);
  });

  it("lets TLS to the proxy be said to be none behind it", () => {
    const request = requestFor("/", { "x-forwarded-proto": "http" }, { remoteAddress: "10.0.0.1", encrypted: true });
    expect(proxies.peerOf(request).isSecure).toBe(false);
  });

  it.each(["", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "::/129", "proxy.example", "10.0.0.0/8/8", "loopback"])(
    "takes %j for no network",
    (network) => {
      expect(() => new TrustedProxies([network])).toThrow(
        expect.objectContaining({ name: "TypeError", code: "WS_ILLEGAL_ARGUMENT" }),
      );
    },
  );

  it("takes all of IPv4, and all of IPv6", () => {
    const trusting = (network: string, direct: string) =>
      new TrustedProxies([network]).peerOf(from(direct, forwarded("1.2.3.4"))).address === "1.2.3.4";
    expect(trusting("0.0.0.0/0", "198.51.100.1")).toBe(true);
    expect(trusting("0.0.0.0/0", "2001:db8::1")).toBe(false);
    expect(trusting("::/0", "2001:db8::1")).toBe(true);
  });
});
