import type { CodecPlan } from "../codec/codec-chain.js";
import { conversionTo } from "./conversion.js";
import type { Class } from "./endpoint-config.js";
import type { HandlerMethod } from "./handler-methods.js";

/**
 * Finds an `@OnMessage` method whose declared result could never be sent (J-81). Called by the endpoint model. What the compiler does not say
 * (promises, unions, no annotation) is judged when it is sent.
 */

/** Tells what is wrong with the declared result; undefined when nothing is, or nothing is known. */
export function unsendable(method: HandlerMethod, plan: CodecPlan): string | undefined {
  const type = Reflect.getOwnMetadata("design:returntype", method.owner, method.name) as Class | undefined;
  if (typeof type !== "function" || !isObjectType(type)) return undefined;
  if (isBinary(type) || plan.encoders.some((encoder) => related(encoder.type, type))) return undefined;
  return `${method.label}: returns ${type.name}, but no encoder of the endpoint takes one: list one, as encoders: [JsonEncoder]`;
}

function isObjectType(type: Class): boolean {
  const { prototype } = type as { readonly prototype: unknown };
  const silent: readonly unknown[] = [Object, Function];
  if (typeof prototype !== "object" || prototype === null || silent.includes(type)) return false;
  return conversionTo(type) === undefined && !("then" in prototype);
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as Class;

function isBinary(type: Class): boolean {
  return (type as unknown) === ArrayBuffer || (type as unknown) === DataView || type.prototype instanceof TypedArray;
}

/** An encoder of a subclass counts, because the method may return that. */
function related(encoded: Class, returned: Class): boolean {
  return encoded === returned || returned.prototype instanceof encoded || encoded.prototype instanceof returned;
}
