/**
 * The extensions of a handshake (RFC 6455 section 9.1) as values, and how a header field says them. Used by both sides of a handshake and by
 * the session; imports nothing.
 */

/** One parameter of an extension. */
export interface ExtensionParameter {
  readonly name: string;
  /** `""` for a parameter that has none. */
  readonly value: string;
}

/**
 * An extension of the protocol, as offered by a client, installed in a container, or agreed on by both. Jakarta's `Extension`. The only one
 * that can do anything is `permessage-deflate`.
 */
export interface Extension {
  readonly name: string;
  /** In the order in which they were said. */
  readonly parameters: readonly ExtensionParameter[];
}

/** The one extension that can be installed. */
export const COMPRESSION: readonly Extension[] = Object.freeze([
  Object.freeze({ name: "permessage-deflate", parameters: Object.freeze([]) }),
]);

/** RFC 9110 section 5.6.2; a name, or a parameter's name or value. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What is between quotes must be a token, too, so no comma or semicolon can hide there. */
const QUOTED = /^"(.*)"$/;

/**
 * Reads the values of a `Sec-WebSocket-Extensions` field, several lines as one list. Undefined when they are not well-formed; never throws,
 * in time linear to their length.
 */
export function parseExtensions(values: readonly string[]): readonly Extension[] | undefined {
  const extensions: Extension[] = [];
  for (const value of values)
    for (const offer of value.split(",")) {
      const extension = parseExtension(offer);
      if (extension === undefined) return undefined;
      extensions.push(extension);
    }
  return Object.freeze(extensions);
}

/** Writes extensions as the value of a `Sec-WebSocket-Extensions` field. */
export function formatExtensions(extensions: readonly Extension[]): string {
  return extensions
    .map(({ name, parameters }) =>
      [name, ...parameters.map((each) => (each.value === "" ? each.name : `${each.name}=${each.value}`))].join("; "),
    )
    .join(", ");
}

function parseExtension(offer: string): Extension | undefined {
  const [name, ...rest] = offer.split(";").map(trimmed) as [string, ...string[]];
  if (!TOKEN.test(name)) return undefined;
  const parameters: ExtensionParameter[] = [];
  for (const text of rest) {
    const parameter = parseParameter(text);
    if (parameter === undefined) return undefined;
    parameters.push(parameter);
  }
  return Object.freeze({ name, parameters: Object.freeze(parameters) });
}

function parseParameter(text: string): ExtensionParameter | undefined {
  const at = text.indexOf("=");
  if (at < 0) return TOKEN.test(text) ? Object.freeze({ name: text, value: "" }) : undefined;
  const name = trimmed(text.slice(0, at));
  const written = trimmed(text.slice(at + 1));
  const value = QUOTED.exec(written)?.[1] ?? written;
  return TOKEN.test(name) && TOKEN.test(value) ? Object.freeze({ name, value }) : undefined;
}

/** Without the white space of HTTP; `trim` knows more kinds, and a pattern could take quadratic time. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
