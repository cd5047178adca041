import { ApplicationContext, Broadcaster, WirespringApplication } from "wirespring";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { DashboardConfig } from "./dashboard-config.js";
import { DashboardEndpoint } from "./dashboard-endpoint.js";
import { Recorder } from "./recorder.js";
import { SAMPLES, type DashboardEvent, type Sample } from "./sample.js";
import { webPage } from "./web-page.js";

const sample = (at: number): Sample => ({ at, cpu: 1, loop: 2, memory: 40, heap: 10 });

describe("the dashboard", () => {
  let context: ApplicationContext;

  beforeEach(async () => {
    // In place of the bean: one that has recorded something, and has no timer.
    const recorder = { samples: [sample(1), sample(2)], start: () => {}, stop: () => {} };
    context = await WirespringApplication.run(DashboardConfig, {
      endpoints: [DashboardEndpoint],
      beans: [[Recorder, recorder]],
      handler: webPage(),
      port: 0,
      signals: false,
    });
  });

  afterEach(() => context.close());

  function open(): WebSocket {
    return new WebSocket(`${context.url!.replace("http", "ws")}/samples`);
  }

  const publish = (at: number) =>
    context.get(Broadcaster).publish(SAMPLES, { type: "sample", sample: sample(at) } satisfies DashboardEvent);

  it("shows a page what was recorded, then each sample", async () => {
    const page = open();
    expect(await next(page)).toEqual({ type: "history", samples: [sample(1), sample(2)] });
    const pushed = next(page);
    expect(await publish(3)).toEqual({ recipients: 1 });
    expect(await pushed).toEqual({ type: "sample", sample: sample(3) });
  });

  it("sends nothing to a page that was closed", async () => {
    const [one, other] = [open(), open()];
    await Promise.all([next(one), next(other)]);
    one.close();
    await once(one, "close");
    const pushed = next(other);
    expect(await publish(3)).toEqual({ recipients: 1 });
    expect(await pushed).toMatchObject({ type: "sample" });
  });

  it("closes a page that says something with 1003", async () => {
    const page = open();
    await once(page, "open");
    page.send("hello");
    expect((await once(page, "close"))[0]).toBe(1003);
  });

  it.each([
    ["/", "text/html"],
    ["/dashboard.js", "text/javascript"],
    ["/uplot/uPlot.esm.js", "text/javascript"],
    ["/uplot/uPlot.min.css", "text/css"],
  ])("serves %s itself", async (path, type) => {
    const response = await fetch(`${context.url}${path}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, expect.stringContaining(type)]);
    await response.body?.cancel();
  });
});

describe("the beans of the dashboard", () => {
  // The second between two samples passes by hand; sockets keep the real timers.
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => vi.useRealTimers());

  it("push what is measured, and leave no timer behind", async () => {
    const context = await WirespringApplication.run(DashboardConfig, {
      endpoints: [DashboardEndpoint],
      port: 0,
      signals: false,
    });
    const page = new WebSocket(`${context.url!.replace("http", "ws")}/samples`);
    expect(await next(page)).toEqual({ type: "history", samples: [] });
    const pushed = next(page);
    vi.advanceTimersByTime(1_000);
    const number = expect.any(Number);
    const measured = { at: number, cpu: number, loop: number, memory: number, heap: number };
    expect(await pushed).toEqual({ type: "sample", sample: measured });
    await context.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

async function next(socket: WebSocket): Promise<DashboardEvent> {
  const [data] = (await once(socket, "message")) as [Buffer];
  return JSON.parse(String(data)) as DashboardEvent;
}
