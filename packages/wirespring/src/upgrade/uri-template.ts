import { PathParameters } from "../path-parameters.js";

/**
 * The paths of endpoints, as `/chat/{room}`: their syntax (RFC 6570 level 1, whole segments, J-29 to J-31), when two of them mean the same
 * (J-33), and the trie that finds the best of many for a request's path (J-35 to J-39). Used by the router and by whoever judges
 * declarations; makes `PathParameters`.
 */

/** One segment of a template: text that must be equal, or a variable that takes any text but none. */
export type TemplateSegment = { readonly literal: string } | { readonly variable: string };

/** A template that was found to be sound. */
export interface UriTemplate {
  /** As declared. */
  readonly path: string;
  /** A trailing slash is a last literal that is empty. Literals are percent-decoded. */
  readonly segments: readonly TemplateSegment[];
  /** The names of the variables, in order. */
  readonly variables: readonly string[];
}

/** What is wrong with a template, as the end of a sentence that starts with the endpoint's name. */
export interface TemplateProblem {
  readonly problem: string;
}

const VARIABLE = /^\{([A-Za-z0-9_.-]+)\}$/;
// oxlint-disable-next-line no-control-regex -- it is control characters that no path may have
const UNREACHABLE = /[\u0000-\u001f\u007f?#]/;

/** Parses a template, or says what is wrong with it; never throws. */
export function parseTemplate(path: unknown): UriTemplate | TemplateProblem {
  if (typeof path !== "string") return { problem: `has a path that is not a string but ${typeOf(path)}` };
  if (!path.startsWith("/")) return { problem: `has the path "${path}", which does not start with "/"` };
  const segments: TemplateSegment[] = [];
  const variables: string[] = [];
  const texts = path.slice(1).split("/");
  for (const [index, text] of texts.entries()) {
    if (text === "" && index < texts.length - 1) return { problem: `has the path "${path}", which contains "//"` };
    const segment = parseSegment(text);
    if (typeof segment === "string") return { problem: `has the path "${path}", ${segment}` };
    if ("variable" in segment) {
      if (variables.includes(segment.variable))
        return { problem: `has the path "${path}", which names the variable {${segment.variable}} twice` };
      variables.push(segment.variable);
    }
    segments.push(segment);
  }
  return { path, segments, variables };
}

/** The segment, or the rest of a sentence about it. */
function parseSegment(text: string): TemplateSegment | string {
  const variable = VARIABLE.exec(text)?.[1];
  if (variable !== undefined) return { variable };
  if (/[{}]/.test(text))
    return `whose segment "${text}" is neither literal nor one {variable}: a variable is a whole segment, its name letters, digits, ".", "_" and "-"`;
  let literal: string;
  try {
    literal = decodeURIComponent(text);
  } catch {
    return `whose segment "${text}" is not valid percent-encoding: write "%" as "%25"`;
  }
  if (literal === "." || literal === "..")
    return `whose segment "${text}" no request can reach: requests with "." and ".." are refused`;
  if (UNREACHABLE.test(text) || /[/\\\0]/.test(literal))
    return `whose segment "${text}" contains a character that no request's path can have`;
  return { literal };
}

function typeOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : `of type ${typeof value}`;
}

/** The form in which equivalent templates are equal: every variable becomes `{}` (J-33). */
export function canonicalForm(template: Pick<UriTemplate, "segments">): string {
  return template.segments.map((segment) => `/${"literal" in segment ? segment.literal : "{}"}`).join("");
}

/** How a template is put into the trie. */
export interface TemplateOptions {
  /** Makes `/a` and `/a/` one and the same. Default false. */
  readonly ignoreTrailingSlash?: boolean | undefined;
}

/** A path as the trie is asked for it; `RequestTarget` is one. */
export interface SplitPath {
  /** The decoded path. */
  readonly path: string;
  /** Its decoded segments; a trailing slash is a last one that is empty. */
  readonly segments: readonly string[];
  /** Whether a decoded segment contains what would be a separator: then `path` is ambiguous. */
  readonly encodedSeparator: boolean;
}

/** The best template for a path. */
export interface TemplateMatch<T> {
  readonly value: T;
  /** In the template's order. */
  readonly variables: PathParameters;
}

interface Entry<T> {
  readonly value: T;
  readonly names: readonly string[];
}

/** Everything that has the same segments so far. */
interface Node<T> {
  literals: Map<string, Node<T>> | undefined;
  variable: Node<T> | undefined;
  entry: Entry<T> | undefined;
}

/**
 * Finds the best template for a path: literal beats variable, from left to right, among all that match completely (J-36, J-37).
 *
 * Paths without variables lie in a map as well: whatever matches literally in every segment is the best there can be.
 */
export class TemplateTrie<T> {
  readonly #statics = new Map<string, Entry<T>>();
  readonly #root: Node<T> = node();

  /** Puts a template in, unless an equivalent one is there: then gives that one's value and changes nothing. */
  add(template: UriTemplate, value: T, options: TemplateOptions = {}): T | undefined {
    const there = this.find(template, options);
    if (there !== undefined) return there;
    const entry = { value, names: template.variables };
    for (const segments of forms(template, options)) {
      let at = this.#root;
      for (const segment of segments) at = descend(at, segment);
      at.entry = entry;
      if (template.variables.length === 0) this.#statics.set(canonicalForm({ segments }), entry);
    }
    return undefined;
  }

  /** The value of the template that is equivalent to this one, if there is one. */
  find(template: UriTemplate, options: TemplateOptions = {}): T | undefined {
    for (const segments of forms(template, options)) {
      let at: Node<T> | undefined = this.#root;
      for (const segment of segments) at = "literal" in segment ? at?.literals?.get(segment.literal) : at?.variable;
      if (at?.entry !== undefined) return at.entry.value;
    }
    return undefined;
  }

  /** Takes a template out, with the options it was put in with; tells whether it was there. */
  remove(template: UriTemplate, options: TemplateOptions = {}): boolean {
    let removed = false;
    for (const segments of forms(template, options)) {
      removed = prune(this.#root, segments, 0) || removed;
      if (template.variables.length === 0) this.#statics.delete(canonicalForm({ segments }));
    }
    return removed;
  }

  /** The best template for a path, undefined when none matches. */
  match(target: SplitPath): TemplateMatch<T> | undefined {
    const exact = target.encodedSeparator ? undefined : this.#statics.get(target.path);
    if (exact !== undefined) return { value: exact.value, variables: PathParameters.none };
    const values: string[] = [];
    const entry = search(this.#root, target.segments, 0, values);
    if (entry === undefined) return undefined;
    return { value: entry.value, variables: new PathParameters(entry.names, values) };
  }
}

function node<T>(): Node<T> {
  return { literals: undefined, variable: undefined, entry: undefined };
}

/** Literal first, then variable, back on a dead end: the first complete match is the best one. Every node is visited once at most. */
function search<T>(at: Node<T>, segments: readonly string[], depth: number, values: string[]): Entry<T> | undefined {
  if (depth === segments.length) return at.entry;
  const segment = segments[depth]!;
  const literal = at.literals?.get(segment);
  if (literal !== undefined) {
    const found = search(literal, segments, depth + 1, values);
    if (found !== undefined) return found;
  }
  // J-38: a variable is never empty.
  if (at.variable === undefined || segment === "") return undefined;
  values.push(segment);
  const found = search(at.variable, segments, depth + 1, values);
  if (found === undefined) values.pop();
  return found;
}

function descend<T>(at: Node<T>, segment: TemplateSegment): Node<T> {
  if ("variable" in segment) return (at.variable ??= node());
  const literals = (at.literals ??= new Map());
  let next = literals.get(segment.literal);
  if (next === undefined) literals.set(segment.literal, (next = node()));
  return next;
}

/** Takes the entry away, and on the way back every node that leads nowhere any more. */
function prune<T>(at: Node<T>, segments: readonly TemplateSegment[], depth: number): boolean {
  const segment = segments[depth];
  if (segment === undefined) {
    const had = at.entry !== undefined;
    at.entry = undefined;
    return had;
  }
  const next = "literal" in segment ? at.literals?.get(segment.literal) : at.variable;
  if (next === undefined) return false;
  const had = prune(next, segments, depth + 1);
  if (next.entry === undefined && next.variable === undefined && !next.literals?.size) {
    if ("literal" in segment) at.literals?.delete(segment.literal);
    else at.variable = undefined;
  }
  return had;
}

/** The segments of a template, and with `ignoreTrailingSlash` those of its twin with or without the slash; `/` has none. */
function forms(template: UriTemplate, options: TemplateOptions): readonly (readonly TemplateSegment[])[] {
  const { segments } = template;
  if (options.ignoreTrailingSlash !== true || template.path === "/") return [segments];
  const last = segments.at(-1)!;
  const slash = "literal" in last && last.literal === "";
  return [segments, slash ? segments.slice(0, -1) : [...segments, { literal: "" }]];
}
