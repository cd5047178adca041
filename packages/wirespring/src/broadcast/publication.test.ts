import { describe, expect, it } from "vitest";
import { deferred } from "../session/receipt.js";
import { fakeSession } from "./fake-session.test.fixture.js";
import { Publication } from "./publication.js";

describe("Publication", () => {
  it("asks each set of encoders once, and counts who was given it", async () => {
    let asked = 0;
    const encode = (message: unknown): string => `${message as string}${++asked}`;
    const [one, two] = [fakeSession(encode), fakeSession(encode)];
    const other = fakeSession(() => "other", {});
    const publication = new Publication(1, "m", undefined);
    for (const { session } of [one, two, other]) publication.deliver(session);
    publication.settle();
    expect([one.given, two.given, other.given]).toEqual([["m1"], ["m1"], ["other"]]);
    expect(await publication.outcome).toEqual({ recipients: 3 });
  });

  it("leaves out one, and does not count who took nothing", async () => {
    const [one, two, three] = [fakeSession(String), fakeSession(String), fakeSession(String)];
    const publication = new Publication(1, "m", one.session);
    two.closed = true;
    for (const { session } of [one, two, three]) publication.deliver(session);
    publication.settle();
    expect([one.given, two.given, three.given]).toEqual([[], [], ["m"]]);
    expect(await publication.outcome).toEqual({ recipients: 1 });
  });

  it("rejects with the error of an encoder, which it tells of each session, after the others were served", async () => {
    const fails = (): never => {
      throw new Error("no");
    };
    const [bad, worse, good] = [fakeSession(fails), fakeSession(fails), fakeSession(String)];
    const publication = new Publication(1, "m", undefined);
    for (const { session } of [bad, worse, good]) publication.deliver(session);
    publication.settle();
    expect([bad.given, worse.given, good.given]).toEqual([["refused no"], ["refused no"], ["m"]]);
    await expect(publication.outcome).rejects.toThrow("no");
  });

  it("is settled when all encoders have ended, also when one has failed", async () => {
    const ready = deferred<string>();
    const publication = new Publication(1, "m", undefined);
    const [one, two] = [fakeSession(() => ready.promise), fakeSession(() => Promise.reject(new Error("late")))];
    publication.deliver(one.session);
    publication.deliver(two.session);
    expect(publication.preparedFor(one.session)).toBeUndefined();
    publication.settle();
    ready.resolve("done");
    await expect(publication.outcome).rejects.toThrow("late");
    expect([one.given, two.given]).toEqual([["later done"], ["failed late"]]);
  });
});
