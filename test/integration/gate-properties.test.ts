// Before tsyringe, which needs the metadata that this loads.
import {
  EndpointExporter,
  type HandshakeRequest,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfigurator,
  type ServerContainer,
} from "wirespring";
import { RawClient, upgradeRequest } from "@wirespring/testing";
import fc from "fast-check";
import { container } from "tsyringe";
import { describe, expect, it } from "vitest";
import { Admission, Refusal, type UpgradeRequest } from "wirespring/spi";
import { serve } from "./served.js";

/** What holds for whatever a peer may write. */

const asked: HandshakeRequest[] = [];

class Guard extends ServerEndpointConfigurator {
  override authenticate(request: HandshakeRequest): null {
    asked.push(request);
    return null;
  }
}

@ServerEndpoint({ value: "/rooms/{room}/{user}", configurator: Guard })
class Room {
  @OnMessage()
  said(_text: string): void {}
}

@ServerEndpoint({ value: "/admin", configurator: Guard })
class Admin {
  @OnMessage()
  said(_text: string): void {}
}

async function containerWith(trustedProxies: readonly string[] = []): Promise<ServerContainer> {
  const exporter = new EndpointExporter({
    container: container.createChildContainer(),
    endpoints: [Room, Admin],
    trustedProxies,
    // Thousands are refused here.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  return exporter.export();
}

/** What the guard was asked, and how it ended. */
function admit(sockets: ServerContainer, request: UpgradeRequest): { guarded?: HandshakeRequest; outcome: unknown } {
  asked.length = 0;
  const outcome = sockets.router.admit(request);
  if (outcome instanceof Admission) outcome.abandon();
  return asked.length === 0 ? { outcome } : { guarded: asked[0]!, outcome };
}

const segments = (path: string): string[] => path.split("/").slice(1).map(decodeURIComponent);

describe("the gate, whatever it is sent", () => {
  it("lets a guard see the path that was routed, however it looks there (T15)", async () => {
    const sockets = await containerWith();
    const piece = fc.constantFrom(
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%2E%2e",
      "%2f",
      "%5c",
      "%00",
      "\\",
      "a",
      "é",
      "%C3%A9",
      "%",
      ";",
      ":",
      "@",
      "?",
      "#",
      "rooms",
      "admin",
      "%61dmin",
    );
    const target = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => `/rooms/${pieces.join("")}`),
      fc.array(piece, { maxLength: 4 }).map((pieces) => `/${pieces.join("")}admin`),
      fc
        .tuple(fc.array(piece, { minLength: 1, maxLength: 3 }), fc.array(piece, { minLength: 1, maxLength: 3 }))
        .map(([room, user]) => `/rooms/${room.join("")}/${user.join("")}`),
    );
    let guardedOnce = 0;
    const check = fc.property(target, (path) => {
      const { guarded, outcome } = admit(sockets, upgradeRequest({ path }));
      if (guarded === undefined) {
        expect(outcome).toBeInstanceOf(Refusal);
        return;
      }
      guardedOnce++;
      const variables = [...guarded.pathParameters.values()];
      const routed = variables.length === 0 ? ["admin"] : ["rooms", ...variables];
      expect(segments(guarded.requestURI.pathname)).toEqual(routed);
      expect(segments(guarded.target.split("?")[0]!)).toEqual(routed);
    });
    fc.assert(check, { numRuns: 3_000 });
    expect(guardedOnce).toBeGreaterThan(20);
    await sockets.close();
  });

  it("takes the exact text 13 for a version, and no other (T06)", { timeout: 20_000 }, async () => {
    await using served = await serve([Admin]);
    const version = fc.oneof(
      fc.constantFrom(
        "13",
        "8",
        "7",
        "0xd",
        "0XD",
        "1.3e1",
        "13.0",
        "+13",
        "-13",
        "013",
        "13 ,8",
        "13;",
        "0b1101",
        "0o15",
        "١٣",
        "13n",
      ),
      fc.integer({ min: 0, max: 30 }).map(String),
      fc.stringMatching(/^[!-~]{1,4}$/),
    );
    const check = fc.asyncProperty(version, async (value) => {
      const client = await RawClient.connect({ port: served.port });
      const { status } = await client.upgrade({ path: "/admin", headers: { "Sec-WebSocket-Version": value } });
      client.destroy();
      expect(status).toBe(value === "13" ? 101 : 426);
    });
    await fc.assert(check, { numRuns: 150, examples: [["13"], ["0xd"]] });
  });

  it("lets no peer choose its address, whatever it writes before a trusted proxy adds the true one (T31)", async () => {
    const sockets = await containerWith(["127.0.0.1", "10.0.0.0/8"]);
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom("10.0.0.1", "127.0.0.1", "unknown", "", "::ffff:10.0.0.1"),
    );
    const written = fc.array(fc.oneof(address, fc.stringMatching(/^[ -~]{0,20}$/)), { maxLength: 20 });
    const check = fc.property(written, fc.boolean(), (made, inOneLine) => {
      const own = "203.0.113.9";
      const lines = inOneLine ? [[...made, own].join(", ")] : [...made, own];
      const headers = { "X-Forwarded-For": lines };
      const { guarded } = admit(sockets, upgradeRequest({ path: "/admin", headers }));
      // Beyond 32 entries nothing is believed; a text may have commas.
      const hops = lines.join(",").split(",").length;
      expect(guarded!.remoteAddress).toBe(hops > 32 ? "127.0.0.1" : own);
      const direct = upgradeRequest({ path: "/admin", headers, remoteAddress: "198.51.100.7" });
      expect(admit(sockets, direct).guarded!.remoteAddress).toBe("198.51.100.7");
    });
    fc.assert(check, { numRuns: 1_000 });
    await sockets.close();
  });
});
