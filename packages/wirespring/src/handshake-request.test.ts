import type { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { HandshakeRequest, type UpgradeRequest } from "./handshake-request.js";

function shown(rawHeaders: readonly string[], socket: UpgradeRequest["socket"] = {}): HandshakeRequest {
  const request = { method: "GET", url: "/a", httpVersion: "1.1", headers: {}, rawHeaders, socket };
  return new HandshakeRequest(request, { pathParameters: new Map(), queryString: null }, new AbortController().signal);
}

const own = new Intl.NumberFormat().resolvedOptions().locale;

describe("HandshakeRequest", () => {
  it.each([
    [["fr"], "fr"],
    [["de-at;q=0.5, EN-us"], "en-US"],
    [["de;q=0.5", "fr;q=0.6"], "fr"],
    [["de;q=0.5,fr;q=0.5"], "de"],
    [["*, not a tag!, it;q=0.1"], "it"],
    [["de;q=0"], own],
    [["de;q=2"], own],
    [["*"], own],
    [[""], own],
    [[], own],
  ])("prefers of Accept-Language %j the locale %s (J-177)", (values, locale) => {
    expect(shown(values.flatMap((value) => ["Accept-Language", value])).locale).toBe(locale);
  });

  it("has addresses for host names, and -1 for a port that is none (J-177)", () => {
    expect(shown([], { remoteAddress: "192.0.2.1", localAddress: "192.0.2.2", localPort: 80 })).toMatchObject({
      remoteHostName: "192.0.2.1",
      remotePort: -1,
      localHostName: "192.0.2.2",
      localPort: 80,
    });
  });

  it("gives the certificates of a peer that was verified, and of no other (J-177)", () => {
    const root = { fingerprint256: "2" } as { fingerprint256: string; issuerCertificate?: unknown };
    root.issuerCertificate = root;
    const leaf = { fingerprint256: "1", issuerCertificate: root } as unknown as X509Certificate;
    const getPeerX509Certificate = (): X509Certificate => leaf;
    expect(shown([], { authorized: true, getPeerX509Certificate }).userX509CertificateChain).toEqual([leaf, root]);
    expect(shown([], { authorized: false, getPeerX509Certificate }).userX509CertificateChain).toBeNull();
    expect(shown([]).userX509CertificateChain).toBeNull();
  });

  it("has the HTTP session that an adapter found, else null (J-175)", () => {
    const request = shown([]);
    expect(request.httpSession).toBeNull();
    request.joinHttpSession({ user: 1 });
    expect(request.httpSession).toEqual({ user: 1 });
  });
});
