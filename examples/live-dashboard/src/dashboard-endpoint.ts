import { Broadcaster, JsonEncoder, OnOpen, ServerEndpoint, Session } from "wirespring";
import { Recorder } from "./recorder.js";
import { SAMPLES, type DashboardEvent } from "./sample.js";

/** One open page. It is only told: a message from it closes the connection with 1003. */
@ServerEndpoint({
  value: "/samples",
  encoders: [JsonEncoder],
  // Who reads too slowly misses a sample, and does not have to be disconnected for that.
  slowConsumer: "drop-newest",
})
export class DashboardEndpoint {
  constructor(
    private readonly recorder: Recorder,
    private readonly broadcaster: Broadcaster,
  ) {}

  @OnOpen()
  opened(session: Session): void {
    // In this order nothing is missing and nothing comes twice: the next sample is published later than this was called.
    this.broadcaster.subscribe(session, SAMPLES);
    void session.remote.sendObject({ type: "history", samples: this.recorder.samples } satisfies DashboardEvent);
  }
}
