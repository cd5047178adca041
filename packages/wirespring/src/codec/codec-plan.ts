import type { Class } from "../endpoint/endpoint-config.js";
import { describe } from "../errors.js";
import type { CodecPlan, DecoderEntry, EncoderEntry } from "./codec-chain.js";
import {
  codecDeclarationsOf,
  codecFormOf,
  type CodecDeclaration,
  type CodecForm,
  type CodecRole,
} from "./codec-declaration.js";

/**
 * Judges the codec classes of an endpoint once and lays down the order in which they are asked. Called by the endpoint model, read by
 * every `CodecChain`.
 */

/** Codec classes of one owner, in order. */
export interface CodecList {
  /** Who lists them, as error messages begin. */
  readonly owner: string;
  readonly encoders: readonly Class[];
  readonly decoders: readonly Class[];
}

/**
 * Lays down the plan for the given lists, the first being asked first. A class that is listed twice counts where it is listed first.
 *
 * Codecs with mistakes are left out and named in `problems`.
 */
export function planCodecs(lists: readonly CodecList[], problems: string[]): CodecPlan {
  const planner = new Planner(problems);
  for (const list of lists) {
    for (const coder of list.encoders) planner.add("encoder", coder, list.owner);
    for (const coder of list.decoders) planner.add("decoder", coder, list.owner);
  }
  return planner.plan();
}

const SCALARS: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [String, "string"],
  [Number, "number"],
  [Boolean, "boolean"],
  [BigInt, "bigint"],
]);

class Planner {
  readonly #problems: string[];
  readonly #encoders: EncoderEntry[] = [];
  readonly #decoders: DecoderEntry[] = [];
  readonly #classes: Class[] = [];
  readonly #listed = { encoder: new Set<Class>(), decoder: new Set<Class>() };

  constructor(problems: string[]) {
    this.#problems = problems;
  }

  add(role: CodecRole, coder: Class, owner: string): void {
    if (this.#listed[role].has(coder)) return;
    this.#listed[role].add(coder);
    const label = `${owner}: ${coder.name} in ${role}s`;
    const form = this.#formOf(role, coder, label);
    const declarations = form === undefined ? [] : this.#declarationsOf(role, coder, label);
    if (form === undefined || declarations.length === 0) return;
    const { kind, stream = false } = form;
    const stateless = declarations.every((declaration) => declaration.stateless === true);
    const instance = stateless ? new (coder as new () => object)() : undefined;
    const index = stateless ? -1 : this.#classes.push(coder) - 1;
    for (const declaration of declarations) {
      const type = declaration.type as Class;
      const entry = { coder, kind, stream, instance, index, type };
      if (role === "decoder") this.#decoders.push(Object.freeze(entry));
      else this.#encoders.push(Object.freeze({ ...entry, accepts: declaration.accepts ?? accepts(type) }));
    }
  }

  plan(): CodecPlan {
    return Object.freeze({
      encoders: Object.freeze(this.#encoders),
      decoders: Object.freeze(this.#decoders),
      classes: Object.freeze(this.#classes),
      shared: this.#classes.length === 0,
    });
  }

  #formOf(role: CodecRole, coder: Class, label: string): CodecForm | undefined {
    const form = codecFormOf(coder);
    const family = role === "decoder" ? "Decoder" : "Encoder";
    if (form === undefined) {
      this.#problems.push(
        `${label} extends none of ${family}.Text, TextStream, Binary and BinaryStream: let it extend the one for its kind of message`,
      );
    } else if (form.role !== role) {
      this.#problems.push(
        `${label} is ${form.role === "encoder" ? "an encoder" : "a decoder"}: list it in ${form.role}s`,
      );
    } else return form;
    return undefined;
  }

  #declarationsOf(role: CodecRole, coder: Class, label: string): readonly CodecDeclaration[] {
    const decorator = role === "decoder" ? "@Decodes" : "@Encodes";
    const all = codecDeclarationsOf(coder);
    if (all.some((declaration) => declaration.standard === true)) {
      this.#problems.push(
        `${label}: ${decorator} was called as a standard (TC39) decorator: set "experimentalDecorators": true in the compiler's options`,
      );
      return [];
    }
    const own = all.filter((declaration) => declaration.role === role);
    if (own.length === 0)
      this.#problems.push(`${label} has no ${decorator} of its own: say what it is for, as ${decorator}(Line)`);
    return own.filter(({ type }) => {
      if (isTarget(type)) return true;
      this.#problems.push(
        `${label}: its ${decorator} names ${describe(type)}, expected a class. Do two modules import each other?`,
      );
      return false;
    });
  }
}

/** Arrow functions and methods have no prototype; `instanceof` would throw. */
function isTarget(type: unknown): boolean {
  return typeof type === "function" && typeof type.prototype === "object" && type.prototype !== null;
}

function accepts(type: Class): (value: unknown) => boolean {
  const scalar = SCALARS.get(type);
  return scalar === undefined ? (value) => value instanceof type : (value) => typeof value === scalar;
}
