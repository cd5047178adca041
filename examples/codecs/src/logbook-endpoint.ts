import { JsonEncoder, OnError, OnMessage, ServerEndpoint, Session } from "wirespring";
import { Logbook, LogbookDecoder } from "./logbook.js";
import { answerProblem } from "./problem.js";
import type { Summary } from "./summary.js";

/** Reads whole logbooks. The decoder has read the message to its end when the method is called, and has kept what the method needs. */
@ServerEndpoint({ value: "/logbook", decoders: [LogbookDecoder], encoders: [JsonEncoder] })
export class LogbookEndpoint {
  @OnMessage()
  handedIn(logbook: Logbook): Summary {
    return logbook.summary;
  }

  @OnError()
  failed(error: Error, session: Session): void {
    answerProblem(session, error);
  }
}
