/** What an upload is answered with. */
export class Receipt {
  constructor(
    readonly name: string,
    readonly size: number,
    readonly sha256: string,
  ) {}
}

/** Checks what came out of the JSON, on the side of the program that uploads. */
export function parseReceipt(value: unknown): Receipt {
  const { name, size, sha256 } = (value ?? {}) as Partial<Record<keyof Receipt, unknown>>;
  if (typeof name === "string" && typeof size === "number" && typeof sha256 === "string")
    return new Receipt(name, size, sha256);
  throw new TypeError('expected { "name": "...", "size": 0, "sha256": "..." }');
}
