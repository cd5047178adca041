import { expect } from "vitest";
import type { Conversation, Manner, RemoteCase } from "./remote-halves.js";
import { fails, type Refused } from "./remote-sends.js";

/**
 * What the blocking and the asynchronous view have in common: pings, pongs, batching and the idle time, in the manner of either (J-114, J-141 to
 * J-143). Taken by the lists `remote-basic` and `remote-async`.
 */

const KINDS = { sendPing: "ping", sendPong: "pong" } as const;

type Control = keyof typeof KINDS;

/** The most that a control frame carries. */
const MOST = Buffer.alloc(125, "data of a control frame ");

/** Sends a control frame in a handler, with data or without; both arrive, and the handler's answer. */
async function arrives(manner: Manner, control: Control, conversation: Conversation, data?: Buffer): Promise<void> {
  const outcome = conversation.perform(manner, (remote) => remote[control](data));
  expect(await conversation.peer.nextControl()).toEqual({ kind: KINDS[control], data: data ?? Buffer.alloc(0) });
  expect(await conversation.peer.next()).toBe("OK");
  expect(await outcome).toEqual({ sent: "sent" });
  // The peer answers with the same data.
  if (control === "sendPing") expect(await conversation.nextPong()).toEqual(data ?? Buffer.alloc(0));
}

/** One byte too much, and something else than bytes. */
const refused = (control: Control): readonly Refused[] => [
  {
    send: (remote) => remote[control](Buffer.alloc(126)),
    check: (error) => {
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({
        code: "WS_ILLEGAL_ARGUMENT",
        message: `${control} takes at most 125 bytes, found 126 [WS_ILLEGAL_ARGUMENT]`,
      });
    },
  },
  {
    send: (remote) => remote[control](null as never),
    check: (error) => {
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({
        code: "WS_ILLEGAL_ARGUMENT",
        message: `${control} takes a Uint8Array, found null [WS_ILLEGAL_ARGUMENT]`,
      });
    },
  },
];

/** Lives on for as long as something is sent, and no longer. */
async function delaysTimeout(control: Control, conversation: Conversation): Promise<void> {
  const { session, peer, clock, remote } = conversation;
  session.maxIdleTimeout = 1000;
  for (const data of ["one", "two", "three"]) {
    await clock.advance(999);
    expect(await remote[control](Buffer.from(data))).toBe("sent");
    expect(await peer.nextControl()).toEqual({ kind: KINDS[control], data: Buffer.from(data) });
    if (control === "sendPing") expect(String(await conversation.nextPong())).toBe(data);
  }
  await clock.advance(999);
  expect(session.isOpen).toBe(true);
  // Sessions are looked at ten times a second.
  await clock.advance(101);
  expect(session.isOpen).toBe(false);
  expect((await peer.closed).code).toBe(1001);
}

/** Held until it is asked for, until a ping has to leave, until batching ends. */
async function batches(manner: Manner, conversation: Conversation): Promise<void> {
  const { peer, remote } = conversation;
  expect(remote.batchingAllowed).toBe(false);
  remote.batchingAllowed = true;
  expect(remote.batchingAllowed).toBe(true);
  const received: (string | Buffer)[] = [];
  const first = peer.next();
  void first.then((message) => received.push(message));
  expect(await conversation.perform(manner, (each) => each.sendText("held"))).toEqual({ sent: "sent" });
  // Whatever had left before would have arrived before the answer.
  peer.ping("?");
  expect(await peer.nextControl()).toEqual({ kind: "pong", data: Buffer.from("?") });
  expect(received).toEqual([]);
  expect(await remote.flushBatch()).toBe("sent");
  expect([await first, await peer.next()]).toEqual(["held", "OK"]);

  expect(await conversation.perform(manner, (each) => each.sendText("in front of a ping"))).toEqual({ sent: "sent" });
  expect(await remote.sendPing()).toBe("sent");
  expect([await peer.next(), await peer.next()]).toEqual(["in front of a ping", "OK"]);

  expect(await conversation.perform(manner, (each) => each.sendText("the last of them"))).toEqual({ sent: "sent" });
  remote.batchingAllowed = false;
  expect(remote.batchingAllowed).toBe(false);
  expect([await peer.next(), await peer.next()]).toEqual(["the last of them", "OK"]);
  expect(await remote.sendText("at once")).toBe("sent");
  expect(await peer.next()).toBe("at once");
}

/** The cases of both views, in the manner of one. */
export function controlCases(manner: Manner): readonly RemoteCase[] {
  const controls = (["sendPing", "sendPong"] as const).flatMap((control): RemoteCase[] => [
    {
      method: `${control}On*Test`,
      run: async (conversation) => {
        await arrives(manner, control, conversation, MOST);
        await arrives(manner, control, conversation);
      },
    },
    {
      method: `${control}ThrowsOn*Test`,
      run: async (conversation) => {
        await fails(manner, ...refused(control))(conversation);
        await arrives(manner, control, conversation, MOST);
      },
    },
    { method: `${control}DelaysTimoutOn*Test`, run: (conversation) => delaysTimeout(control, conversation) },
  ]);
  return [{ method: "batchingAllowedOn*Test", run: (conversation) => batches(manner, conversation) }, ...controls];
}
