import { describe, saidBy } from "../errors.js";
import { defaultContainerLimits, defaultLimits, limitsOver, type SlowConsumerPolicy } from "../limits.js";
import { dereference } from "./class-reference.js";
import { isConfigurator, type Class, type EndpointOptions, type ServerEndpointOptions } from "./endpoint-config.js";

/**
 * Judges what `@ServerEndpoint` and `@OnMessage` were given; the path's own syntax and the codecs are judged elsewhere. Called by the endpoint
 * model.
 */

/** Says what is wrong with a value, as the end of a sentence; undefined when nothing is. */
export type Judge = (value: unknown) => string | readonly string[] | undefined;

/** One judge for each option that is no limit. */
export type Judges<Options> = Readonly<Record<Exclude<keyof Options, keyof typeof defaultLimits>, Judge>>;

const POLICIES: readonly SlowConsumerPolicy[] = ["close", "block", "drop-newest", "drop-oldest"];

/** What endpoints of servers and of clients have in common. */
export const COMMON_JUDGES: Judges<EndpointOptions> = {
  subprotocols: (value) => judgeTexts(value, judgeSubprotocol),
  // Judged where they are followed, with the codecs they name.
  encoders: () => undefined,
  decoders: () => undefined,
  concurrency: (value) =>
    value === "unordered" || (Number.isSafeInteger(value) && (value as number) >= 1)
      ? undefined
      : `must be a whole number from 1, or "unordered", found ${shown(value)}`,
  slowConsumer: (value) =>
    POLICIES.includes(value as SlowConsumerPolicy)
      ? undefined
      : `must be ${POLICIES.map((policy) => `"${policy}"`).join(", ")}, found ${shown(value)}`,
};

const JUDGES: Judges<ServerEndpointOptions> = {
  value: (value) =>
    typeof value === "string" ? undefined : `must be a path, as "/chat/{room}", found ${describe(value)}`,
  subprotocols: COMMON_JUDGES.subprotocols,
  encoders: COMMON_JUDGES.encoders,
  decoders: COMMON_JUDGES.decoders,
  configurator: judgeConfigurator,
  allowedOrigins: (value) => judgeTexts(value, judgeOrigin),
  roles: (value) => judgeTexts(value, (role) => (role === "" ? "must not be empty" : undefined)),
  requireSecure: judgeBoolean,
  shared: judgeBoolean,
  concurrency: COMMON_JUDGES.concurrency,
  slowConsumer: COMMON_JUDGES.slowConsumer,
  allowEncodedSlash: judgeBoolean,
  ignoreTrailingSlash: judgeBoolean,
  compression: judgeBoolean,
};

/** Tells everything that is wrong with the options of `@ServerEndpoint`. */
export function judgeOptions(owner: string, options: ServerEndpointOptions, problems: string[]): void {
  judgeBy(JUDGES, "ServerEndpoint", owner, { value: undefined, ...(options as object) }, problems);
}

/** Tells everything that is wrong with the options of a decorator: unknown ones, limits that are none, and what their judges find. */
export function judgeBy(
  judges: Readonly<Record<string, Judge>>,
  decorator: string,
  owner: string,
  options: object,
  problems: string[],
): void {
  for (const [name, value] of Object.entries(options)) {
    if (name in defaultLimits) judgeLimit(owner, name, value, problems);
    else if (Object.hasOwn(judges, name)) {
      const judged = value === undefined && name !== "value" ? undefined : judges[name]!(value);
      for (const problem of [judged ?? []].flat()) problems.push(`${owner}: ${name} ${problem}`);
    } else problems.push(unknownOption(judges, decorator, owner, name));
  }
}

/** Gives `maxMessageSize` of `@OnMessage`, and tells everything that is wrong with its options. */
export function judgeMessageOptions(label: string, options: unknown, problems: string[]): number | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    problems.push(`${label}: @OnMessage takes an object, as { maxMessageSize: 1024 }, found ${describe(options)}`);
    return undefined;
  }
  for (const name of Object.keys(options))
    if (name !== "maxMessageSize")
      problems.push(`${label}: @OnMessage has no option "${name}", expected maxMessageSize`);
  const { maxMessageSize } = options as { readonly maxMessageSize?: unknown };
  if (maxMessageSize === undefined) return undefined;
  try {
    return limitsOver({ maxMessageSize: 0 }, { maxMessageSize }).maxMessageSize;
  } catch (error) {
    problems.push(`${label}: @OnMessage: ${saidBy(error)}`);
    return undefined;
  }
}

/** Follows a list of codec classes; what leads to none is told and left out. */
export function classesOf(owner: string, name: string, list: unknown, problems: string[]): readonly Class[] {
  if (!Array.isArray(list)) {
    problems.push(`${owner}: ${name} must be an array of classes, found ${describe(list)}`);
    return [];
  }
  return list.flatMap((reference: unknown, index) => {
    const found = dereference(reference);
    if (found.type !== undefined) return [found.type];
    problems.push(`${owner}: ${name}[${index}] ${found.problem}`);
    return [];
  });
}

function judgeLimit(owner: string, name: string, value: unknown, problems: string[]): void {
  try {
    limitsOver({ [name]: 0 }, { [name]: value });
  } catch (error) {
    problems.push(`${owner}: ${saidBy(error)}`);
  }
}

function unknownOption(judges: object, decorator: string, owner: string, name: string): string {
  if (name in defaultContainerLimits)
    return `${owner}: ${name} is a limit of the whole application: set it in run(Config, { limits: { ${name} } })`;
  const known = [...Object.keys(judges), ...Object.keys(defaultLimits)].join(", ");
  return `${owner}: @${decorator} has no option "${name}", expected one of ${known}`;
}

function judgeBoolean(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : `must be true or false, found ${shown(value)}`;
}

/** All hooks by name rather than `instanceof`, for a configurator that extends another copy of the package. */
function judgeConfigurator(value: unknown): string | undefined {
  const found = dereference(value);
  if (found.type === undefined) return found.problem;
  if (isConfigurator(found.type.prototype as object)) return undefined;
  return `is ${found.type.name}, which does not extend ServerEndpointConfigurator`;
}

function judgeTexts(value: unknown, judge: (text: string) => string | undefined): readonly string[] {
  if (!Array.isArray(value)) return [`must be an array of strings, found ${shown(value)}`];
  return value.flatMap((text: unknown, index) => {
    if (typeof text !== "string") return [`[${index}] must be a string, found ${describe(text)}`];
    const problem = value.indexOf(text) < index ? "is listed twice" : judge(text);
    return problem === undefined ? [] : [`has "${text}", which ${problem}`];
  });
}

/** RFC 6455 section 4.1: a token of RFC 2616. */
function judgeSubprotocol(name: string): string | undefined {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
    ? undefined
    : "is no token: no spaces, commas, slashes or other separators";
}

/** RFC 6454 section 6.2: what a browser writes into the `Origin` header, to the letter. */
function judgeOrigin(origin: string): string | undefined {
  if (origin === "*") return undefined;
  const advice = `is no origin, expected scheme, host and port as a browser sends them`;
  const written = /^([a-z][a-z0-9+.-]*):\/\/[^/?#@\s,\\]+$/.exec(origin);
  if (written === null) return `${advice}: "https://app.example", without a path`;
  if (written[1] === "ws" || written[1] === "wss")
    return `${advice}: "http${origin.slice(2)}", because an origin is a page's address`;
  if (written[1] !== "http" && written[1] !== "https") return undefined;
  const canonical = URL.canParse(origin) ? new URL(origin).origin : "https://app.example";
  return canonical === origin ? undefined : `${advice}: "${canonical}"`;
}

/** Options are the developer's own, so that small values may be repeated. */
export function shown(value: unknown): string {
  const plain = typeof value === "string" ? JSON.stringify(value) : String(value);
  return typeof value === "object" || typeof value === "function" ? describe(value) : plain;
}
