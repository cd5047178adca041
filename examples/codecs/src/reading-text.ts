import { DecodeException, Decoder, Decodes, Encoder, Encodes } from "wirespring";
import { Reading } from "./reading.js";
import { Units } from "./units.js";

/**
 * The text form of a reading, as `21.5 C`: a decoder for one side and an encoder for the other.
 */

/** Starts like a number; JSON does not. */
const FIRST = /^[-+]?\d/;
const FORM = /^([-+]?\d{1,4}(?:\.\d{1,4})?) ([A-Z])$/;

/** Made by the container for each connection, and so it may have dependencies as any other class. */
@Decodes(Reading)
export class ReadingDecoder extends Decoder.Text<Reading> {
  constructor(private readonly units: Units) {
    super();
  }

  /** "Not mine" is different from "wrong": what this refuses goes to the next decoder of the list. It looks, and leaves reading to `decode`. */
  override willDecode(text: string): boolean {
    return FIRST.test(text);
  }

  override decode(text: string): Reading {
    const [, value, unit] = FORM.exec(text) ?? [];
    if (value === undefined || unit === undefined)
      throw new DecodeException(text, "expected a number and a unit, as 21.5 C");
    const celsius = this.units.celsius(Number(value), unit);
    if (celsius === undefined) throw new DecodeException(text, `the unit must be one of ${this.units.names}`);
    return new Reading(celsius);
  }
}

@Encodes(Reading)
export class ReadingEncoder extends Encoder.Text<Reading> {
  override encode(reading: Reading): string {
    return `${reading.celsius} C`;
  }
}
