/** One temperature. Nothing in it knows how it travels. */
export class Reading {
  constructor(readonly celsius: number) {}
}

/** Checks what came out of the JSON `{ "celsius": 21.5 }`. What is thrown here reaches `@OnError` as the cause of a `DecodeException`. */
export function parseReading(value: unknown): Reading {
  if (typeof value === "object" && value !== null && "celsius" in value && typeof value.celsius === "number")
    return new Reading(value.celsius);
  throw new TypeError('expected { "celsius": 21.5 }');
}
