import { expect } from "vitest";
import { memoryPair, RawClient, upgradeRequest, VirtualClock, type ReceivedClose } from "@wirespring/testing";
import { Refusal } from "wirespring/spi";
import {
  CloseReason,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  ServerEndpoint,
  type Class,
  type EndpointExporterOptions,
} from "wirespring";
import { ruleCase, type ConformanceCase } from "../case-list.js";
import { Happenings } from "../happenings.js";
import type { Application, Stage } from "../stage.js";
import { connected } from "./added-endpoint.js";

/** Rules that no test of the TCK checks: in which order handlers are called, and how a connection ends. */

/** An endpoint that tells each of its calls, and how its life ends. */
function told(events: Happenings<string>, work: () => Promise<void>): Class {
  async function call(name: string): Promise<void> {
    events.tell(`${name} begins`);
    await work();
    events.tell(`${name} ends`);
  }
  @ServerEndpoint("/told")
  class Told {
    @OnOpen()
    async opened(): Promise<void> {
      await call("open");
    }
    @OnMessage()
    async said(text: string): Promise<void> {
      await call(text);
    }
    @OnClose()
    async closed(): Promise<void> {
      await call("close");
    }
  }
  return Told;
}

async function take(events: Happenings<string>, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(await events.next());
  return taken;
}

/** Connects a peer that answers no close frame; gives what it waits for one with. */
async function unanswering(
  application: Application,
  stage: Stage,
  path: string,
): Promise<() => Promise<ReceivedClose>> {
  if (application.port !== undefined) {
    const raw = await RawClient.connect({ port: application.port });
    stage.atEnd(() => raw.destroy());
    expect(await raw.upgrade({ path })).toMatchObject({ status: 101 });
    return () => raw.nextClose();
  }
  const admission = await application.sockets.router.admit(upgradeRequest({ path }));
  if (admission instanceof Refusal) throw new Error(`${path} was refused with ${admission.status}`);
  const { transport, client } = memoryPair({ answers: false });
  admission.open(transport);
  stage.atEnd(() => client.end());
  return async () => {
    const { opcode, payload } = await client.nextFrame();
    expect(opcode).toBe(8);
    return { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
  };
}

/** An endpoint that tells the reason of its end. */
function reporting(reasons: Happenings<CloseReason>): Class {
  @ServerEndpoint("/reporting")
  class Reporting {
    @OnMessage()
    said(text: string): string {
      return text;
    }
    @OnClose()
    closed(reason: CloseReason): void {
      reasons.tell(reason);
    }
  }
  return Reporting;
}

const quick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Work that ends when the case says so. */
class Gate {
  #open!: () => void;
  readonly #opened = new Promise<void>((resolve) => (this.#open = resolve));
  readonly wait = (): Promise<void> => this.#opened;
  open(): void {
    this.#open();
  }
}

export const leftOutEndingCases: readonly ConformanceCase[] = [
  ruleCase(
    152,
    async (stage) => {
      const reasons = new Happenings<CloseReason>();
      // It stands still: nothing ends because the peer has not answered in time.
      const options: EndpointExporterOptions = { clock: new VirtualClock() };
      const application = await stage.start([reporting(reasons)], options);
      const nextClose = await unanswering(application, stage, "/reporting");
      const [session] = application.sockets.sessions();
      await session!.close(new CloseReason(4001, "of our own accord"));
      const { code, reasonPhrase } = await reasons.next();
      expect([code, reasonPhrase]).toEqual([4001, "of our own accord"]);
      expect(await nextClose()).toEqual({ code: 4001, reason: "of our own accord" });
    },
    { changed: "once the close frame was handed over and the running handler has ended" },
  ),

  ruleCase(
    158,
    async (stage) => {
      const reasons = new Happenings<CloseReason>();
      const application = await stage.start([reporting(reasons)]);
      for (const code of [1004, 1005, 1006, 1015, 1016, 2000, 2999]) {
        const { session, peer } = await connected(application, "/reporting");
        await session.close(new CloseReason(code, "a phrase"));
        const expected = code === 1005 ? [1005, ""] : [1000, "a phrase"];
        const { code: received, reason } = await peer.closed;
        expect([received, reason]).toEqual(expected);
        expect((await reasons.next()).code).toBe(expected[0]);
      }
    },
    { changed: "sent and reported as 1000; 1005 as an empty frame" },
  ),

  ruleCase(
    160,
    async (stage) => {
      for (const final of [false, true]) {
        const reasons = new Happenings<CloseReason>();
        const gate = new Gate();
        @ServerEndpoint("/leaving")
        class Leaving {
          @OnMessage()
          said(text: string): string {
            return text;
          }
          @OnClose()
          async closed(reason: CloseReason): Promise<void> {
            await gate.wait();
            reasons.tell(reason);
          }
        }
        const application = await stage.start([Leaving]);
        const peers = [await application.open("/leaving"), await application.open("/leaving")];
        let drained = false;
        const closing = application.sockets.close({ final }).then(() => (drained = true));
        for (const { closed } of peers) {
          const { code, reason } = await closed;
          expect(code).toBe(final ? 1001 : 1012);
          expect(reason).toMatch(final ? /^$/ : /^retry=\d+$/);
        }
        expect(await application.refusal("/leaving")).toBe(503);
        expect([drained, application.sockets.sessions().size]).toEqual([false, 0]);
        gate.open();
        await closing;
        expect(reasons.untaken).toBe(2);
        expect((await reasons.next()).code).toBe(final ? 1001 : 1012);
      }
    },
    { changed: "1012 with `retry=`; a final `close` 1001" },
  ),

  ruleCase(
    194,
    async (stage) => {
      @ServerEndpoint("/failing")
      class Failing {
        @OnMessage()
        said(value: number): void {
          throw new Error(`the secret is ${value}`);
        }
      }
      const application = await stage.start([Failing]);
      for (const [text, code, hook] of [
        ["7", 1011, "onMessage"],
        ["not a number", 1007, "decode"],
      ] as const) {
        const { session, peer } = await connected(application, "/failing");
        peer.send(text);
        const { code: received, reason } = await peer.closed;
        expect(received).toBe(code);
        expect(reason).toContain(session.id);
        for (const secret of ["secret", text]) expect(reason.replace(session.id, "")).not.toContain(secret);
        const record = application.log.find(({ sessionId }) => sessionId === session.id);
        expect(record).toMatchObject({ endpoint: "/failing", hook });
        expect(record?.["error"]).toBeInstanceOf(Error);
        expect(application.sockets.metrics().errors[hook]).toBe(1);
      }
    },
    { changed: "counted, logged, and the session closes: 1007 (decoding) or 1011" },
  ),

  ruleCase(
    200,
    async (stage) => {
      const events = new Happenings<string>();
      const peer = await stage.open([told(events, quick)], "/told");
      for (const text of ["one", "two"]) peer.send(text);
      peer.close(1000);
      expect(await take(events, 8)).toEqual(
        ["open", "one", "two", "close"].flatMap((each) => [`${each} begins`, `${each} ends`]),
      );
    },
    { changed: "a call lasts until the promise that it returned has settled" },
  ),

  ruleCase(201, async (stage) => {
    for (const end of ["close", "drop"] as const) {
      const events = new Happenings<string>();
      const gate = new Gate();
      const application = await stage.start([told(events, gate.wait)]);
      const { session, peer } = await connected(application, "/told");
      expect(await events.next()).toBe("open begins");
      // Input is held meanwhile, so it is our end that closes; or the connection is lost.
      if (end === "close") await session.close();
      else peer.drop();
      for (let turn = 0; turn < 5; turn++) await quick();
      expect(events.untaken).toBe(0);
      gate.open();
      expect(await take(events, 3)).toEqual(["open ends", "close begins", "close ends"]);
    }
  }),

  ruleCase(
    204,
    async (stage) => {
      const events = new Happenings<string>();
      const gate = new Gate();
      const instances = new Set<object>();
      @ServerEndpoint({ value: "/shared", shared: true })
      class Shared {
        @OnMessage()
        async said(text: string): Promise<string> {
          instances.add(this);
          events.tell(`${text} begins`);
          if (text !== "three") await gate.wait();
          events.tell(`${text} ends`);
          return text;
        }
        @OnError()
        failed(_error: Error): void {}
      }
      const application = await stage.start([Shared]);
      const [first, second] = [await application.open("/shared"), await application.open("/shared")];
      first.send("one");
      expect(await events.next()).toBe("one begins");
      first.send("three");
      second.send("two");
      // Another peer's call begins in the midst; the same peer's does not.
      expect(await events.next()).toBe("two begins");
      gate.open();
      expect([await first.next(), await first.next(), await second.next()]).toEqual(["one", "three", "two"]);
      const rest = await take(events, 4);
      expect(rest.indexOf("three begins")).toBe(rest.indexOf("three ends") - 1);
      expect(rest.indexOf("three begins")).toBeGreaterThan(rest.indexOf("one ends"));
      expect(instances.size).toBe(1);
    },
    { changed: "only at an `await`" },
  ),
];
