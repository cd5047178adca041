import { EncodeException, OnMessage, ServerEndpoint, Session, WebSocketContainer } from "wirespring";
import { describe, expect, it } from "vitest";
import { LogbookEndpoint } from "./logbook-endpoint.js";
import { WrittenLogbook } from "./logbook.js";
import { Reading } from "./reading.js";
import { Samples } from "./samples.js";
import { StationEndpoint } from "./station-endpoint.js";
import { Station } from "./station.js";
import { serveWeather } from "./weather-server.test.fixture.js";

describe("Station", () => {
  it("sends objects as its encoders write them, and gets what is answered, in order", async () => {
    await using server = await serveWeather(StationEndpoint);
    await using sockets = new WebSocketContainer();
    const station = new Station();
    const session = await sockets.connectToServer(station, `${server.url}/station`);
    const answers = [new Reading(1), new Samples([new Reading(-2.5)]), "warm"].map((each) =>
      station.ask(session, each),
    );
    expect(await Promise.all(answers)).toEqual([
      { readings: 1, lowest: 1, highest: 1 },
      { readings: 2, lowest: -2.5, highest: 1 },
      { problem: "the message is not JSON, expected Reading [WS_DECODE_FAILED]" },
    ]);
  });

  it("sends a logbook line by line", async () => {
    await using server = await serveWeather(LogbookEndpoint);
    await using sockets = new WebSocketContainer();
    const station = new Station();
    const session = await sockets.connectToServer(station, `${server.url}/logbook`);
    const readings = Array.from({ length: 30_000 }, (_, index) => new Reading(index / 100));
    expect(await station.ask(session, new WrittenLogbook(readings))).toEqual({
      readings: 30_000,
      lowest: 0,
      highest: 299.99,
    });
  });

  it("goes on when nothing takes a value", async () => {
    await using server = await serveWeather(StationEndpoint);
    await using sockets = new WebSocketContainer();
    const station = new Station();
    const session = await sockets.connectToServer(station, `${server.url}/station`);
    await expect(station.ask(session, new Map())).rejects.toThrow(EncodeException);
    expect(await station.ask(session, new Reading(1))).toEqual({ readings: 1, lowest: 1, highest: 1 });
  });

  it("tells who waits that the server has closed", async () => {
    @ServerEndpoint("/station")
    class Closing {
      @OnMessage()
      async said(_text: string, session: Session): Promise<void> {
        await session.close();
      }
    }
    await using server = await serveWeather(Closing);
    await using sockets = new WebSocketContainer();
    const station = new Station();
    const session = await sockets.connectToServer(station, `${server.url}/station`);
    await expect(station.ask(session, new Reading(1))).rejects.toThrow("the server has closed with 1000");
  });
});
