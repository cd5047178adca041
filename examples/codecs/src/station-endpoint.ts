import { json, JsonEncoder, OnError, OnMessage, ServerEndpoint, Session } from "wirespring";
import { answerProblem } from "./problem.js";
import { parseReading, Reading } from "./reading.js";
import { ReadingDecoder } from "./reading-text.js";
import { Samples, SamplesDecoder } from "./samples.js";
import { Summary } from "./summary.js";

/**
 * A weather station's connection. Its methods take readings; that some come as `21.5 C`, some as JSON and some as bytes is the business of the
 * decoders, which are asked in this order.
 */
@ServerEndpoint({
  value: "/station",
  decoders: [ReadingDecoder, json(Reading, parseReading), SamplesDecoder],
  encoders: [JsonEncoder],
})
export class StationEndpoint {
  readonly #summary = new Summary();

  @OnMessage()
  measured(reading: Reading): Summary {
    this.#summary.add(reading);
    return this.#summary;
  }

  @OnMessage()
  sampled({ readings }: Samples): Summary {
    for (const reading of readings) this.#summary.add(reading);
    return this.#summary;
  }

  /** With this method a message that cannot be read does not close the connection: the next one is read as if nothing had been. */
  @OnError()
  failed(error: Error, session: Session): void {
    answerProblem(session, error);
  }
}
