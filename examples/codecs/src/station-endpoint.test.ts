import { startApplication, type TestApplication, type TestClient } from "@wirespring/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SamplesDecoder } from "./samples.js";
import { StationEndpoint } from "./station-endpoint.js";

describe("StationEndpoint", () => {
  let application: TestApplication;
  let station: TestClient;

  beforeEach(async () => {
    application = await startApplication(StationEndpoint);
    station = await application.openSession();
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await application.close();
  });

  function ask(message: string | Buffer, client = station): Promise<unknown> {
    client.send(message);
    return client.nextJson();
  }

  it("takes a reading as text, in any unit that its decoder's dependency knows", async () => {
    expect(await ask("21.5 C")).toEqual({ readings: 1, lowest: 21.5, highest: 21.5 });
    expect(await ask("212 F")).toEqual({ readings: 2, lowest: 21.5, highest: 100 });
  });

  it("takes as JSON what the first decoder leaves to the second", async () => {
    expect(await ask('{"celsius":-4}')).toEqual({ readings: 1, lowest: -4, highest: -4 });
  });

  it("takes many readings as bytes", async () => {
    expect(await ask(Buffer.from("0721fed40000", "hex"))).toEqual({ readings: 3, lowest: -3, highest: 18.25 });
  });

  it.each([
    ["1 R", "the unit must be one of C, F, K"],
    ["1 metre", "expected a number and a unit, as 21.5 C"],
    ["warm", "the message is not JSON, expected Reading [WS_DECODE_FAILED]"],
    ['{"celsius":"1"}', "the JSON is not a valid Reading [WS_DECODE_FAILED]"],
    [Buffer.of(1), "expected 2 bytes for each reading"],
  ])("answers %s with a problem and goes on", async (message, problem) => {
    await ask("1 C");
    expect(await ask(message)).toEqual({ problem });
    expect(await ask("2 C")).toEqual({ readings: 2, lowest: 1, highest: 2 });
  });

  it("does not tell the peer what has gone wrong inside", async () => {
    const complaint = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.spyOn(SamplesDecoder.prototype, "decode").mockImplementation(() => {
      throw new RangeError("a secret");
    });
    expect(await ask(Buffer.of(1, 2))).toEqual({ problem: "something went wrong here" });
    expect(complaint).toHaveBeenCalledOnce();
  });

  it("has a summary for each connection", async () => {
    const other = await application.openSession();
    await ask("1 C");
    expect(await ask("9 C", other)).toEqual({ readings: 1, lowest: 9, highest: 9 });
  });
});
