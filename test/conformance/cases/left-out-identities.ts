import { expect } from "vitest";
import { upgradeRequest } from "@wirespring/testing";
import { Refusal } from "wirespring/spi";
import {
  HandshakeRequest,
  OnClose,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  ServerEndpointConfigurator,
  Session,
  type Class,
  type Principal,
  type ServerEndpointOptions,
} from "wirespring";
import { VirtualClock } from "@wirespring/testing";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Introduction } from "../stage.js";
import { secureServer } from "./secure-server.js";

/** Rules that no test of the TCK checks: who may connect (J-206 to J-208), and what becomes of a session's principal (J-209, J-210). */

/** Whoever a header names, with the roles that another one lists. */
class ByHeader extends ServerEndpointConfigurator {
  override authenticate({ headers }: HandshakeRequest): Principal | null {
    const name = headers.first("x-user");
    if (name === undefined) return null;
    const roles = headers.get("x-role") ?? [];
    return { name, isUserInRole: (role) => roles.includes(role) };
  }
}

const as = (user: string, ...roles: string[]): Introduction => ({ headers: { "X-User": user, "X-Role": roles } });

function guarded(value: string, options: Partial<ServerEndpointOptions>, made: () => void = () => {}): Class {
  @ServerEndpoint({ value, configurator: ByHeader, ...options })
  class Guarded {
    constructor() {
      made();
    }
    @OnMessage()
    said(session: Session, _text: string): string {
      return session.userPrincipal?.name ?? "nobody";
    }
  }
  return Guarded;
}

export const leftOutIdentityCases: readonly ConformanceCase[] = [
  ruleCase(
    206,
    async (stage) => {
      let instances = 0;
      const application = await stage.start([
        guarded("/protected", { roles: ["member"] }, () => instances++),
        guarded("/open", {}),
      ]);
      expect(await application.refusal("/protected")).toBe(401);
      expect([instances, application.sockets.metrics().sessionsOpened]).toEqual([0, 0]);
      const member = await application.open("/protected", as("ada", "member"));
      member.send("who");
      expect(await member.next()).toBe("ada");
      const anybody = await application.open("/open");
      anybody.send("who");
      expect(await anybody.next()).toBe("nobody");
    },
    { changed: "`authenticate` and `roles`: 401" },
  ),

  ruleCase(
    207,
    async (stage) => {
      let instances = 0;
      const application = await stage.start([
        guarded("/protected/{room}", { roles: ["owner", "member"] }, () => instances++),
      ]);
      for (const roles of [[], ["guest"], ["Owner"], ["guest", "own"]])
        expect(await application.refusal("/protected/1", as("eve", ...roles))).toBe(403);
      expect(instances).toBe(0);
      for (const roles of [["owner"], ["guest", "member"]])
        (await application.open("/protected/1", as("ada", ...roles))).drop();
      expect(instances).toBe(2);
    },
    { changed: "`roles`: 403" },
  ),

  ruleCase(
    208,
    async (stage) => {
      const endpoints = [guarded("/confidential", { requireSecure: true }), guarded("/open", {})];
      const application = await stage.start(endpoints);
      // A proxy's word is not enough.
      for (const headers of [{}, { "X-Forwarded-Proto": "https" }])
        expect(await application.refusal("/confidential", { headers })).toBe(403);
      (await application.open("/open")).drop();
      if (application.port === undefined) {
        const request = upgradeRequest({ path: "/confidential", secure: true });
        const admission = await application.sockets.router.admit(request);
        if (admission instanceof Refusal) expect.fail(`it was refused with ${admission.status}`);
        admission.abandon();
        return;
      }
      const secure = await secureServer(stage, endpoints);
      for (const target of ["/confidential", "/open"]) {
        const peer = await secure.open(target);
        peer.send("who");
        expect(await peer.next()).toBe("nobody");
      }
    },
    { changed: "`requireSecure`: 403" },
  ),

  ruleCase(
    209,
    async (stage) => {
      const clock = new VirtualClock();
      const application = await stage.start([guarded("/protected", { roles: ["member"] }), guarded("/open", {})], {
        clock,
      });
      const ada = await application.open("/protected", as("ada", "member"));
      const other = await application.open("/protected", as("grace", "member"));
      const unprotected = await application.open("/open", as("ada", "member"));
      // The identity of ada has ended, and with it what needs one.
      const ended = application.sockets.closeSessions(
        ({ requestURI, userPrincipal }) => userPrincipal?.name === "ada" && requestURI.pathname === "/protected",
      );
      expect([ended, (await ada.closed).code]).toEqual([1, 1008]);
      // That of linus ends by itself.
      const linus = await application.open("/protected", as("linus", "member"));
      const [session] = [...application.sockets.sessions()].filter(
        ({ userPrincipal }) => userPrincipal?.name === "linus",
      );
      session!.expiresAt = new Date(clock.wallTime() + 1_000);
      await clock.advance(1_100);
      expect((await linus.closed).code).toBe(1008);
      for (const [peer, name] of [
        [other, "grace"],
        [unprotected, "ada"],
      ] as const) {
        peer.send("who");
        expect(await peer.next()).toBe(name);
      }
    },
    { changed: "`expiresAt` and `closeSessions` instead of the end of an HTTP session: 1008" },
  ),

  ruleCase(210, async (stage) => {
    const given: Principal[] = [];
    const seen = new Happenings<readonly (Principal | null)[]>();
    class Anew extends ServerEndpointConfigurator {
      override authenticate(): Principal {
        given.push({ name: `user ${given.length}` });
        return given.at(-1)!;
      }
    }
    @ServerEndpoint({ value: "/asked", configurator: Anew })
    class Asked {
      readonly #seen: (Principal | null)[] = [];
      @OnOpen()
      opened(session: Session, request: HandshakeRequest): void {
        this.#seen.push(request.userPrincipal, session.userPrincipal);
      }
      @OnMessage()
      said(session: Session, text: string): string {
        this.#seen.push(session.userPrincipal);
        return text;
      }
      @OnClose()
      closed(session: Session): void {
        seen.tell([...this.#seen, session.userPrincipal]);
      }
    }
    const application = await stage.start([Asked]);
    const first = await application.open("/asked");
    const second = await application.open("/asked");
    for (const [index, peer] of [first, second].entries()) {
      peer.send("anything");
      await peer.next();
      peer.close(1000);
      const principals = await seen.next();
      expect(principals).toHaveLength(4);
      for (const principal of principals) expect(principal).toBe(given[index]);
    }
    expect(given).toHaveLength(2);
  }),
];
