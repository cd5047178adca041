import { DecodeException } from "wirespring";
import { describe, expect, it } from "vitest";
import { Reading } from "./reading.js";
import { Samples, SamplesDecoder, SamplesEncoder } from "./samples.js";

describe("Samples", () => {
  const samples = new Samples([new Reading(18.25), new Reading(-3), new Reading(0)]);

  it("take two bytes a reading, the high one first", () => {
    expect(new SamplesEncoder().encode(samples)).toEqual(Buffer.from("0721fed40000", "hex"));
  });

  it("come back as they were", () => {
    expect(new SamplesDecoder().decode(new SamplesEncoder().encode(samples))).toEqual(samples);
  });

  it.each(["", "07", "0721fe"])("are never half a reading, nor none: %j", (hex) => {
    expect(() => new SamplesDecoder().decode(Buffer.from(hex, "hex"))).toThrow(DecodeException);
  });
});
