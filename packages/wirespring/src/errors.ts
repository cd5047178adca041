/**
 * The exceptions of Jakarta WebSocket, each with a stable `code`, with which its message ends. Everything else in the package may import this
 * file; it imports nothing. `SessionException` lies beside `Session`, which it names.
 */

/** Ends a message with the code by which the reference knows it. Every error that we make gets its message from here. */
export function coded(message: string, code: string): string {
  const end = `[${code}]`;
  if (message.endsWith(end)) return message;
  // A list would be read as if its last entry had the code.
  return `${message}${message.includes("\n") ? "\n" : " "}${end}`;
}

/** The options of our own calls: the message is put together in the constructor, and the stack has it from there. */
const ours = new WeakSet<object>();

/** Gives what an error says, for another message to quote: without its code, which belongs to that error. */
export function saidBy(thrown: unknown): string {
  return asError(thrown).message.replace(/\s\[WS_[A-Z0-9_]+\]$/, "");
}

/**
 * Reports everything that is wrong with an application's declarations, in one go, before the server listens.
 *
 * `message` lists all problems; `problems` has them one by one. Thrown by `EndpointExporter.export`, `ServerContainer.addEndpoint`,
 * `WirespringApplication.run`, and by `connectToServer`, also for a handshake that a server refused. Source: Jakarta WebSocket 2.2, section 5.2.1.
 */
export class DeploymentException extends Error {
  override readonly name = "DeploymentException";
  readonly code = "WS_DEPLOYMENT_FAILED";
  /** One sentence for each mistake, without code: class, method, what was expected, what was found, the cure. */
  readonly problems: readonly string[];
  /** The HTTP status with which a server has answered `connectToServer`; undefined when it is not about an answer. */
  readonly status: number | undefined;

  constructor(problems: string | readonly string[], options?: ErrorOptions & { readonly status?: number }) {
    const list = typeof problems === "string" ? [problems] : problems;
    const message = list.length === 1 ? list[0]! : `${list.length} problems:\n- ${list.join("\n- ")}`;
    super(ours.has(options ?? {}) ? coded(message, "WS_DEPLOYMENT_FAILED") : message, options);
    this.problems = list;
    this.status = options?.status;
  }
}

/**
 * Reports that `connectToServer` got no answer: the network failed, or `connectTimeout` was over. `cause` has what Node reported.
 *
 * Where Java has an `IOException` (J-182).
 */
export class ConnectException extends Error {
  override readonly name = "ConnectException";
  readonly code: "WS_CONNECT_FAILED" | "WS_CONNECT_TIMEOUT";

  constructor(message: string, code: ConnectException["code"] = "WS_CONNECT_FAILED", options?: ErrorOptions) {
    super(coded(message, code), options);
    this.code = code;
  }
}

/** Reports a message, or a path parameter, that could not be turned into the type a handler asks for. */
export class DecodeException extends Error {
  override readonly name = "DecodeException";
  readonly code = "WS_DECODE_FAILED";
  /** No property that a logger would write down: it is what the peer has said. */
  readonly #data: string | Uint8Array;

  constructor(data: string | Uint8Array, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.#data = data;
  }

  /** The text that failed; undefined when it was binary. */
  get text(): string | undefined {
    return typeof this.#data === "string" ? this.#data : undefined;
  }

  /** The bytes that failed; undefined when it was text. */
  get bytes(): Uint8Array | undefined {
    return typeof this.#data === "string" ? undefined : this.#data;
  }
}

/** Reports a value that no encoder of the endpoint could turn into a message. */
export class EncodeException extends Error {
  override readonly name = "EncodeException";
  readonly code = "WS_ENCODE_FAILED";
  readonly #object: unknown;

  constructor(object: unknown, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.#object = object;
  }

  /** The value that failed. */
  get object(): unknown {
    return this.#object;
  }
}

/** Reports a call that the object's present state does not allow, as Java's `IllegalStateException`. */
export class IllegalStateError extends Error {
  override readonly name = "IllegalStateError";
  readonly code: string;

  constructor(message: string, code = "WS_ILLEGAL_STATE", options?: ErrorOptions) {
    super(coded(message, code), options);
    this.code = code;
  }
}

/**
 * Makes the errors of Jakarta's classes that are ours: with a code at the message's end. An application that makes one gets the message that it
 * gave (the TCK's `constructorTest`).
 */
export function deploymentFailure(
  problems: string | readonly string[],
  options?: ConstructorParameters<typeof DeploymentException>[1],
): DeploymentException {
  const own = { ...options };
  ours.add(own);
  return new DeploymentException(problems, own);
}

/** See `deploymentFailure`. */
export function decodeFailure(data: string | Uint8Array, message: string, cause?: unknown): DecodeException {
  return new DecodeException(data, coded(message, "WS_DECODE_FAILED"), cause);
}

/** See `deploymentFailure`. */
export function encodeFailure(object: unknown, message: string, cause?: unknown): EncodeException {
  return new EncodeException(object, coded(message, "WS_ENCODE_FAILED"), cause);
}

/** Makes a `TypeError` or `RangeError` with a stable code, where Java has `IllegalArgumentException`. */
export function illegalArgument(
  message: string,
  type: typeof TypeError | typeof RangeError = TypeError,
): TypeError & { readonly code: "WS_ILLEGAL_ARGUMENT" } {
  const code = "WS_ILLEGAL_ARGUMENT";
  return Object.assign(new type(coded(message, code)), { code } as const);
}

/** Turns anything thrown into an `Error`; what already is one stays the very same object. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A revoked proxy, for instance: it cannot even be asked.
  }
  const text = typeof thrown === "string" ? JSON.stringify(thrown) : describe(thrown);
  return new Error(`a value that is not an Error was thrown: ${text}`, { cause: thrown });
}

/** Names a value for an error message without ever throwing and without spelling out its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function") return value.name === "" ? "an anonymous function" : value.name;
  if (typeof value !== "object") return typeof value;
  try {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an object";
  } catch {
    return "an object that cannot be looked at";
  }
}
