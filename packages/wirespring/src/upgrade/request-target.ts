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

// oxlint-disable-next-line no-control-regex -- NUL is one of them
const SEPARATOR = /[/\\\u0000]/;

const HASH = 0x23;
const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const BACKSLASH = 0x5c;

/** Parses a request target, or says why it is refused; never throws, in time linear to its length. */
export function parseTarget(target: string | undefined): RequestTarget | TargetFault {
  if (target === undefined || target.charCodeAt(0) !== SLASH) return "target";
  const segments: string[] = [];
  let start = 1;
  let end = 1;
  let encoded = false;
  for (; end < target.length; end++) {
    const code = target.charCodeAt(end);
    if (code === QUESTION_MARK) break;
    if (code === SLASH) {
      if (isRefused(target, start, end, false)) return "target";
      segments.push(target.slice(start, end));
      start = end + 1;
    } else if (code === PERCENT) encoded = true;
    // Browsers take a backslash for a slash, servers do not.
    else if (isForbidden(code) || code === BACKSLASH) return "target";
  }
  if (isRefused(target, start, end, true)) return "target";
  segments.push(target.slice(start, end));
  for (let index = end; index < target.length; index++) if (isForbidden(target.charCodeAt(index))) return "target";
  const queryString = end === target.length ? null : target.slice(end + 1);
  if (encoded) return decodeSegments(segments, queryString);
  return {
    path: end === target.length ? target : target.slice(0, end),
    segments,
    queryString,
    encodedSeparator: false,
  };
}

/** Anything but visible ASCII without `#` (RFC 3986, section 3.3: a fragment is never sent). */
function isForbidden(code: number): boolean {
  return code < 0x21 || code > 0x7e || code === HASH;
}

/** Whether a segment is empty and not the last one, or dots, which others would resolve. */
function isRefused(target: string, start: number, end: number, last: boolean): boolean {
  const length = end - start;
  if (length === 0) return !last;
  return length < 3 && target.charCodeAt(start) === DOT && (length === 1 || target.charCodeAt(start + 1) === DOT);
}

function decodeSegments(segments: string[], queryString: string | null): RequestTarget | TargetFault {
  let encodedSeparator = false;
  for (const [index, segment] of segments.entries()) {
    if (!segment.includes("%")) continue;
    const decoded = decode(segment);
    if (decoded === undefined) return "encoding";
    if (decoded === "." || decoded === "..") return "target";
    if (SEPARATOR.test(decoded)) encodedSeparator = true;
    segments[index] = decoded;
  }
  return { path: `/${segments.join("/")}`, segments, queryString, encodedSeparator };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not UTF-8, or no hexadecimal digits: the caller answers 400.
    return undefined;
  }
}
