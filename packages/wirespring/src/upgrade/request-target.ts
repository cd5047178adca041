/**
 * Splits and decodes a request target by hand, for the router: `URL` would resolve dots, take `//a` for a host and throw (T13 to T16).
 * Only the origin form is taken, nothing is normalised, and whatever a proxy in front could read in another way is refused. Calls nothing.
 */

/** A request target that means one thing only. */
export interface RequestTarget {
  /** The decoded path. */
  readonly path: string;
  /** The decoded segments; a trailing slash is a last one that is empty. */
  readonly segments: readonly string[];
  /** Text after the `?`, undecoded; null when there is none. */
  readonly queryString: string | null;
  /** Whether a segment contains `/`, `\` or NUL, which were percent-encoded; most endpoints do not take that (T15). */
  readonly encodedSeparator: boolean;
}

/** Why a target was refused: its form, or its percent-encoding. */
export type TargetFault = "target" | "encoding";

/** Anything but visible ASCII without `#` (RFC 3986, section 3.3: a fragment is never sent). */
const FORBIDDEN = /[^\x21-\x7e]|#/;
// oxlint-disable-next-line no-control-regex -- NUL is one of them
const SEPARATOR = /[/\\\u0000]/;

/** Parses a request target, or says why it is refused; never throws, in time linear to its length. */
export function parseTarget(target: string | undefined): RequestTarget | TargetFault {
  if (target === undefined || target.charCodeAt(0) !== 0x2f || FORBIDDEN.test(target)) return "target";
  const mark = target.indexOf("?");
  const raw = mark < 0 ? target : target.slice(0, mark);
  // Browsers take a backslash for a slash, servers do not.
  if (raw.includes("\\")) return "target";
  const queryString = mark < 0 ? null : target.slice(mark + 1);
  const segments = raw.slice(1).split("/");
  let encodedSeparator = false;
  const encoded = raw.includes("%");
  for (let index = 0; index < segments.length; index++) {
    let segment = segments[index]!;
    if (encoded && segment.includes("%")) {
      const decoded = decode(segment);
      if (decoded === undefined) return "encoding";
      if (SEPARATOR.test(decoded)) encodedSeparator = true;
      segments[index] = segment = decoded;
    }
    if (segment === "" && index < segments.length - 1) return "target";
    if (segment === "." || segment === "..") return "target";
  }
  return { path: encoded ? `/${segments.join("/")}` : raw, segments, queryString, encodedSeparator };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not UTF-8, or no hexadecimal digits: the caller answers 400.
    return undefined;
  }
}
