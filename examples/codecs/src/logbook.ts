import { DecodeException, Decoder, Decodes, Encoder, Encodes, TextReader } from "wirespring";
import type { Writable } from "node:stream";
import { Reading } from "./reading.js";
import { Summary } from "./summary.js";

/**
 * A logbook of any length as one text message, a temperature a line. It is read while it arrives, so that a year of it takes no more memory
 * than a day.
 */

/** What is left of a logbook after reading it: not its lines. */
export class Logbook {
  readonly summary = new Summary();
}

const LONGEST_LINE = 16;
const LINE = /^[-+]?\d{1,4}(\.\d{1,4})?$/;

@Decodes(Logbook)
export class LogbookDecoder extends Decoder.TextStream<Logbook> {
  override async decode(reader: TextReader): Promise<Logbook> {
    const logbook = new Logbook();
    let number = 0;
    for await (const line of linesOf(reader)) {
      number++;
      // Thrown in the middle of the message: the rest of it is thrown away, and the next message finds everything in order.
      if (!LINE.test(line)) throw new DecodeException("", `line ${number} is no temperature`);
      logbook.summary.add(new Reading(Number(line)));
    }
    return logbook;
  }
}

/** A chunk ends where a frame did, which says nothing about lines. */
async function* linesOf(reader: TextReader): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of reader) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
    // Without this, one endless line would fill the memory after all.
    if (rest.length > LONGEST_LINE) yield rest;
  }
  if (rest !== "") yield rest;
}

/** A logbook that is still to be sent, wherever its readings come from. */
export class WrittenLogbook {
  constructor(readonly readings: Iterable<Reading>) {}
}

/** Writes line after line; what was written leaves as one message when `encode` has ended. */
@Encodes(WrittenLogbook)
export class LogbookEncoder extends Encoder.TextStream<WrittenLogbook> {
  override encode({ readings }: WrittenLogbook, writer: Writable): void {
    for (const { celsius } of readings) writer.write(`${celsius}\n`);
  }
}
