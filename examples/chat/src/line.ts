/** What a page sends: `{ "text": "..." }`. */
export class Line {
  constructor(readonly text: string) {}
}

/** Checks what came out of the JSON. What is thrown here reaches `@OnError` as the cause of a `DecodeException`. */
export function parseLine(value: unknown): Line {
  if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string")
    return new Line(value.text);
  throw new TypeError('expected { "text": "..." }');
}
