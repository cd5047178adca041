import { DecodeException, Decoder, Decodes, Encoder, Encodes } from "wirespring";
import { Reading } from "./reading.js";

/**
 * Many readings in one binary message, for stations that pay for each byte: hundredths of a degree, two bytes each, the high one first.
 */

/** Readings that were taken together. */
export class Samples {
  constructor(readonly readings: readonly Reading[]) {}
}

const BYTES = 2;

@Decodes(Samples)
export class SamplesDecoder extends Decoder.Binary<Samples> {
  override decode(bytes: Buffer): Samples {
    if (bytes.length === 0 || bytes.length % BYTES !== 0)
      throw new DecodeException(bytes, `expected ${BYTES} bytes for each reading`);
    const readings: Reading[] = [];
    for (let at = 0; at < bytes.length; at += BYTES) readings.push(new Reading(bytes.readInt16BE(at) / 100));
    return new Samples(readings);
  }
}

@Encodes(Samples)
export class SamplesEncoder extends Encoder.Binary<Samples> {
  override encode({ readings }: Samples): Buffer {
    const bytes = Buffer.alloc(readings.length * BYTES);
    for (const [index, { celsius }] of readings.entries()) bytes.writeInt16BE(Math.round(celsius * 100), index * BYTES);
    return bytes;
  }
}
