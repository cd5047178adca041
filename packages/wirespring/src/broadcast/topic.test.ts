import { describe, expect, it } from "vitest";
import { fakeSession, type FakeSession } from "./fake-session.test.fixture.js";
import { Publication } from "./publication.js";
import { Topic, type Subscription } from "./topic.js";

function start(sessions: readonly FakeSession[]) {
  const topic = new Topic("t");
  const subscriptions = sessions.map(({ session }): Subscription => {
    const subscription = { session, topic, joined: 0, delivered: 0 };
    topic.subscriptions.set(session, subscription);
    return subscription;
  });
  let sequence = 0;
  const publish = (message: string, except?: FakeSession): Publication => {
    const publication = new Publication(++sequence, message, except?.session);
    topic.add(publication);
    return publication;
  };
  const run = (most = 100): boolean => {
    topic.fanOut(most, (subscription) => topic.giveAll(subscription));
    return !topic.isDue;
  };
  return { topic, subscriptions, publish, run };
}

const some = (count: number): FakeSession[] => Array.from({ length: count }, () => fakeSession(String, String));

describe("Topic", () => {
  it("gives several messages as one to those who get all of them", async () => {
    const sessions = some(3);
    const { publish, run } = start(sessions);
    const published = [publish("a"), publish("b", sessions[1]), publish("c")];
    sessions[2]!.busy = true;
    expect(run()).toBe(true);
    expect(sessions.map(({ given }) => given)).toEqual([["a+b+c"], ["a", "c"], ["a", "b", "c"]]);
    expect(await Promise.all(published.map(({ outcome }) => outcome))).toEqual([
      { recipients: 3 },
      { recipients: 2 },
      { recipients: 3 },
    ]);
  });

  it("gives one by one what an encoder is still at work on", async () => {
    const session = fakeSession((message) => (message === "b" ? Promise.resolve("b") : String(message)));
    const { publish, run } = start([session]);
    const published = [publish("a"), publish("b"), publish("c")];
    expect(run()).toBe(true);
    await Promise.all(published.map(({ outcome }) => outcome));
    // What waits for an encoder keeps its place in the session's queue.
    expect(session.given).toEqual(["a", "c", "later b"]);
  });

  it("goes on where a slice has ended, and takes what was published meanwhile for everybody", () => {
    const sessions = some(5);
    const { publish, run, topic } = start(sessions);
    publish("a");
    expect(run(2)).toBe(false);
    expect(sessions.map(({ given }) => given.length)).toEqual([1, 1, 0, 0, 0]);
    publish("b");
    for (let slices = 0; topic.isDue; slices++) {
      expect(slices).toBeLessThan(10);
      run(2);
    }
    for (const { given } of sessions) expect(given.join("+")).toBe("a+b");
  });

  it("gives somebody nothing twice who was given it ahead of the slice", () => {
    const sessions = some(3);
    const { publish, run, topic, subscriptions } = start(sessions);
    publish("a");
    topic.giveAll(subscriptions[2]!);
    publish("b");
    run();
    expect(sessions.map(({ given }) => given)).toEqual([["a+b"], ["a+b"], ["a", "b"]]);
    expect(topic.isDue).toBe(false);
  });

  it("ends a pass at those who joined while it went on, however often they join again", () => {
    const sessions = some(3);
    const { publish, topic } = start(sessions);
    publish("a");
    let visits = 0;
    topic.fanOut(100, (subscription) => {
      visits++;
      topic.giveAll(subscription);
      const { session } = subscription;
      topic.subscriptions.delete(session);
      topic.subscriptions.set(session, { session, topic, joined: 1, delivered: 1 });
    });
    expect(visits).toBe(3);
    expect(topic.isDue).toBe(false);
  });

  it("gives nothing twice that an encoder publishes", async () => {
    const published: Publication[] = [];
    const encode = (message: unknown): string => {
      if (message === "a") published.push(publish("audit"));
      return String(message);
    };
    const sessions = [fakeSession(encode, String), fakeSession(encode, String)];
    const { publish, run } = start(sessions);
    published.push(publish("a"));
    while (!run());
    for (const { given } of sessions) expect(given.join("+")).toBe("a+audit");
    for (const { outcome } of published) expect(await outcome).toEqual({ recipients: 2 });
  });

  it("settles what nobody is left for", async () => {
    const { publish, topic } = start(some(2));
    const { outcome } = publish("a");
    topic.clear();
    expect(topic.isDue).toBe(false);
    expect(await outcome).toEqual({ recipients: 0 });
  });
});
