import { injectable } from "tsyringe";
import type { Class } from "../endpoint/endpoint-config.js";

/**
 * Makes a class a source of beans: its `@Bean` methods are called once when an application runs with it. Its constructor may take what
 * tsyringe can inject, beans of other configurations included; it is constructed once for each application.
 *
 * ```ts
 * @Configuration()
 * class WebSocketConfig {
 *   @Bean() endpointExporter(): EndpointExporter { return new EndpointExporter(); }
 * }
 * ```
 */
export function Configuration(): (configurationClass: Class) => void {
  return (configurationClass: Class, ...rest: unknown[]) => {
    // Decorators record and never throw; the application tells what was decorated wrongly.
    if (typeof configurationClass !== "function") return;
    Reflect.defineMetadata(CONFIGURATION, isStandardContext(rest[0]) ? "standard" : "legacy", configurationClass);
    if (!isStandardContext(rest[0])) injectable()(configurationClass as never);
  };
}

const CONFIGURATION = Symbol.for("wirespring.configuration");

/** Tells by which kind of decorator a class is a configuration; undefined when it carries none of its own. */
export function configurationStyle(type: object): "legacy" | "standard" | undefined {
  return Reflect.getOwnMetadata(CONFIGURATION, type) as "legacy" | "standard" | undefined;
}

/** Tells whether the second argument of a decorator shows that the compiler follows the TC39 proposal. */
function isStandardContext(argument: unknown): boolean {
  return typeof argument === "object" && argument !== null && "kind" in argument;
}
