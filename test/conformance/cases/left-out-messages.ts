import { expect } from "vitest";
import { RawClient } from "@wirespring/testing";
import {
  Decoder,
  Decodes,
  Endpoint,
  OnError,
  OnMessage,
  ServerEndpoint,
  ServerEndpointConfig,
  Session,
  SessionException,
} from "wirespring";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Happenings } from "../happenings.js";
import { StringBean } from "./string-bean.js";

/** Rules that no test of the TCK checks: how messages come to handlers, and what becomes of them afterwards. */

/** Takes a text in parts. */
@ServerEndpoint("/parts")
class Parts {
  @OnMessage()
  said(part: string, last: boolean): string {
    return JSON.stringify([part, last]);
  }
}

/** Says what it has seen, and lets the next one have it. */
@Decodes(StringBean)
class Looking extends Decoder.Binary<StringBean> {
  override willDecode(bytes: Buffer): boolean {
    seen.push(bytes.toString());
    return false;
  }
  decode(): never {
    throw new Error("it was not willing");
  }
}

@Decodes(StringBean)
class Decoding extends Decoder.Binary<StringBean> {
  override willDecode(bytes: Buffer): boolean {
    seen.push(bytes.toString());
    return true;
  }
  decode(bytes: Buffer): StringBean {
    return new StringBean(bytes.toString());
  }
}

let seen: string[] = [];

export const leftOutMessageCases: readonly ConformanceCase[] = [
  ruleCase(
    54,
    async (stage) => {
      const { port } = await stage.start([Parts]);
      const client = await RawClient.connect({ port: port! });
      stage.atEnd(() => client.destroy());
      await client.upgrade({ path: "/parts" });
      const text = async (): Promise<string> => String((await client.nextFrame()).payload);
      // A mark of byte order, and each character of several bytes cut at each of its bytes.
      for (const whole of ["\u{feff}first", "é", "€", "\u{1f600}"]) {
        const bytes = Buffer.from(whole);
        for (let cut = 1; cut < bytes.length; cut++) {
          client.frame({ opcode: 1, payload: bytes.subarray(0, cut), fin: false });
          client.frame({ opcode: 0, payload: bytes.subarray(cut) });
          const parts = [JSON.parse(await text()), JSON.parse(await text())] as [string, boolean][];
          expect(parts.map(([, last]) => last)).toEqual([false, true]);
          expect(parts.map(([part]) => part).join("")).toBe(whole);
          for (const [part] of parts) expect(part).not.toContain("\u{fffd}");
        }
      }
      client.frame({ opcode: 1, payload: Uint8Array.of(0xc3), fin: false });
      client.frame({ opcode: 0, payload: Uint8Array.of(0x28) });
      expect((await client.nextClose()).code).toBe(1007);
    },
    { on: ["ws"] },
  ),

  ruleCase(
    70,
    async (stage) => {
      const kept: Buffer[] = [];
      @ServerEndpoint("/keeping")
      class Keeping {
        @OnMessage()
        said(bytes: Buffer): string {
          kept.push(bytes);
          return "kept";
        }
      }
      const peer = await stage.open([Keeping], "/keeping");
      // In one chunk, and each in its own.
      for (const text of ["one", "two", "three"]) peer.send(Buffer.from(text));
      for (let count = 0; count < 3; count++) await peer.next();
      for (const text of ["four", "five"]) {
        peer.send(Buffer.from(text));
        await peer.next();
      }
      expect(kept.map(String)).toEqual(["one", "two", "three", "four", "five"]);
    },
    { changed: "bytes stay valid after the call; keeping them keeps the chunk that they came in" },
  ),

  ruleCase(76, async (stage) => {
    class Changing extends Endpoint {
      override onOpen(session: Session): void {
        const first = (part: string, last: boolean): void => {
          void session.remote.sendText(`first ${part} ${last}`);
          if (last) return;
          session.removeMessageHandler(first);
          session.addMessageHandler(String, (text) => session.remote.sendText(`second ${text}`));
        };
        session.addMessageHandler(String, first, { partial: true });
      }
    }
    const application = await stage.start([], { allowEmpty: true });
    application.sockets.addEndpoint(ServerEndpointConfig.create(Changing, "/changing"));
    const peer = await application.open("/changing");
    peer.sendPart("one", false);
    expect(await peer.next()).toBe("first one false");
    peer.sendPart("two", true);
    expect(await peer.next()).toBe("first two true");
    peer.send("three");
    expect(await peer.next()).toBe("second three");
  }),

  ruleCase(83, async (stage) => {
    const errors = new Happenings<Error>();
    const completed = new Happenings<string>();
    @ServerEndpoint("/leaving")
    class Leaving {
      @OnMessage()
      async said(session: Session, text: string): Promise<string> {
        await session.close();
        completed.tell(text);
        return "too late";
      }
      @OnError()
      failed(error: Error): void {
        errors.tell(error);
      }
    }
    const peer = await stage.open([Leaving], "/leaving");
    peer.send("close");
    expect(await completed.next()).toBe("close");
    const error = await errors.next();
    expect(error).toBeInstanceOf(SessionException);
    expect((error as SessionException).code).toBe("WS_SESSION_CLOSED");
    expect(await peer.closed).toEqual({ code: 1000, reason: "" });
    await expect(peer.next()).rejects.toThrow("the connection is closed");
  }),

  ruleCase(
    100,
    async (stage) => {
      seen = [];
      @ServerEndpoint({ value: "/decoded", decoders: [Looking, Decoding] })
      class Decoded {
        @OnMessage()
        said({ text }: StringBean): string {
          return text;
        }
      }
      const peer = await stage.open([Decoded], "/decoded");
      peer.send(Buffer.from("whole bytes"));
      expect(await peer.next()).toBe("whole bytes");
      expect(seen).toEqual(["whole bytes", "whole bytes"]);
    },
    { changed: "bytes have no position that a decoder could leave in the midst of them" },
  ),
];
