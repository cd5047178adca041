/**
 * Says where a request target leads, written anew from the rules and not from the router: slow, one template after another. What the fuzzers of
 * targets and templates compare the router with.
 */

/** A template as it was declared. */
export interface DeclaredPath {
  readonly path: string;
  /** Takes segments with an encoded separator. */
  readonly encodedSlash?: boolean;
  /** With and without a slash at the end are the same. */
  readonly looseSlash?: boolean;
}

/** What is to become of a target. */
export interface Verdict {
  readonly status: 101 | 400 | 404 | 414;
  /** Whether there is an endpoint, whatever else is wrong. */
  readonly matches: boolean;
  readonly path?: string;
  readonly pathParameters?: readonly (readonly [string, string])[];
  readonly segments?: readonly string[];
}

const LONGEST_TARGET = 2_048;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where a target leads among these templates. */
export function routeOf(target: string, templates: readonly DeclaredPath[]): Verdict {
  const segments = segmentsOf(target);
  if (segments === undefined) return { status: 400, matches: false };
  const best = templates
    .flatMap((template) => {
      const parameters = parametersOf(template, segments);
      return parameters === undefined ? [] : [{ template, parameters, rank: rankOf(template) }];
    })
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))[0];
  const matches = best !== undefined;
  if (target.length > LONGEST_TARGET) return { status: 414, matches };
  if (best === undefined) return { status: 404, matches };
  const { template, parameters } = best;
  if (segments.some((segment) => /[/\\\0]/.test(segment)) && template.encodedSlash !== true)
    return { status: 400, matches };
  return { status: 101, matches, path: template.path, pathParameters: parameters, segments };
}

/** The decoded segments; undefined for what is no plain path. */
function segmentsOf(target: string): string[] | undefined {
  const [path = ""] = target.split("?", 1);
  if (!/^\/[!-~]*$/.test(target) || /[#]/.test(target) || /\\/.test(path)) return undefined;
  const decoded = path.split("/").slice(1).map(decodedSegment);
  const empty = decoded.slice(0, -1).includes("");
  if (empty || decoded.includes(undefined) || decoded.includes(".") || decoded.includes("..")) return undefined;
  return decoded as string[];
}

function decodedSegment(segment: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < segment.length; at++) {
    if (segment[at] !== "%") {
      bytes.push(segment.charCodeAt(at));
      continue;
    }
    const digits = segment.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return undefined;
    bytes.push(Number.parseInt(digits, 16));
    at += 2;
  }
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    // Not UTF-8.
    return undefined;
  }
}

/** The variables, where the template takes the path. */
function parametersOf({ path, looseSlash }: DeclaredPath, segments: readonly string[]): [string, string][] | undefined {
  let parts = path.slice(1).split("/");
  if (looseSlash === true && path !== "/") {
    if (parts.at(-1) === "") parts = parts.slice(0, -1);
    if (segments.at(-1) === "") return parametersOf({ path: `/${parts.join("/")}` }, segments.slice(0, -1));
  }
  if (parts.length !== segments.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, part] of parts.entries()) {
    const segment = segments[index]!;
    const name = nameOf(part);
    if (name === undefined ? literalOf(part) !== segment : segment === "") return undefined;
    if (name !== undefined) parameters.push([name, segment]);
  }
  return parameters;
}

/** Literal before variable, from left to right. */
function rankOf({ path }: DeclaredPath): string {
  return path
    .slice(1)
    .split("/")
    .map((part) => (nameOf(part) === undefined ? "0" : "1"))
    .join("");
}

function nameOf(part: string): string | undefined {
  return part.startsWith("{") ? part.slice(1, -1) : undefined;
}

/** Whether a template may be deployed: whole segments that a request can have, no name twice. */
export function isSound(path: string): boolean {
  if (!path.startsWith("/")) return false;
  const parts = path.slice(1).split("/");
  if (parts.slice(0, -1).includes("")) return false;
  const names = parts.filter((part) => /^\{[\w.-]+\}$/.test(part));
  if (new Set(names).size < names.length) return false;
  return parts.every((part) => {
    if (names.includes(part)) return true;
    const text = literalOf(part);
    return text !== undefined && ![".", ".."].includes(text) && !/[/\\\0]/.test(text);
  });
}

/** The decoded text of a segment without variables; undefined where it is none, or no request can have it. */
function literalOf(part: string): string | undefined {
  if (/[{}?#]/.test(part)) return undefined;
  // What no request may send as it is may be written so in a template, but for control characters.
  if (Array.from(part).some((character) => character < " " || character === "\x7f")) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    // No percent-encoding.
    return undefined;
  }
}

/** The same for templates that take the same paths (J-33). */
export function equivalenceOf(path: string): string {
  const parts = path.slice(1).split("/");
  return JSON.stringify(parts.map((part) => (nameOf(part) === undefined ? literalOf(part) : null)));
}
