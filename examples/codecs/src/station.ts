import { Arg, ClientEndpoint, CloseReason, json, OnClose, OnMessage, type Session } from "wirespring";
import { LogbookEncoder } from "./logbook.js";
import type { Problem } from "./problem.js";
import { ReadingEncoder } from "./reading-text.js";
import { SamplesEncoder } from "./samples.js";
import type { Summary } from "./summary.js";

/** What a server answers: an interface, of which nothing is left when the program runs. */
export type Answer = Pick<Summary, "readings" | "lowest" | "highest"> | Problem;

/** Stands for it where a class would stand: in `decoders`, and at the parameter. */
const AnswerJson = json<Answer>("Answer", (value) => {
  if (typeof value === "object" && value !== null && ("problem" in value || "readings" in value))
    return value as Answer;
  throw new TypeError("expected a summary or a problem");
});

interface Question {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** The other side: a weather station, with the encoders that belong to the server's decoders. */
@ClientEndpoint({ decoders: [AnswerJson], encoders: [ReadingEncoder, SamplesEncoder, LogbookEncoder] })
export class Station {
  /** In the order in which they were asked. */
  readonly #asked = new Set<Question>();

  /** Sends a value, whatever encoder that takes, and gives what is answered. Answers come in the order of the questions. */
  ask(session: Session, value: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const question = { resolve, reject };
      this.#asked.add(question);
      session.remote.sendObject(value).catch((error: unknown) => {
        // It was not sent, so no answer belongs to it.
        this.#asked.delete(question);
        reject(error as Error);
      });
    });
  }

  @OnMessage()
  answered(@Arg(AnswerJson) answer: Answer): void {
    const [question] = this.#asked;
    if (question === undefined) return;
    this.#asked.delete(question);
    question.resolve(answer);
  }

  @OnClose()
  closed(reason: CloseReason): void {
    for (const { reject } of this.#asked) reject(new Error(`the server has closed with ${reason.code}`));
  }
}
