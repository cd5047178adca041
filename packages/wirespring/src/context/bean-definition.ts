import type { InjectionToken } from "tsyringe";
import { erasedName } from "../endpoint/constructor-parameters.js";
import { labelOf } from "../endpoint/dependency-problems.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { beansOf, type BeanDeclaration } from "./bean.js";
import { configurationStyle } from "./configuration.js";

/**
 * What the configurations of an application declare, read and judged before anything is made. Called by `WirespringApplication.run`; read by
 * the bean factory.
 */

/** One bean method. */
export interface BeanDefinition {
  readonly configuration: Class;
  readonly name: string | symbol;
  /** As users write it: `WebSocketConfig.pool()`. */
  readonly label: string;
  readonly token: InjectionToken<unknown>;
  /** Types or descriptors of the parameters. */
  readonly parameters: readonly unknown[];
  readonly destroyMethod: string | undefined;
  readonly call: (this: object, ...args: unknown[]) => unknown;
}

/** Reads the beans of the configurations, in the order of their declaration; adds what is wrong to `problems`. */
export function readDefinitions(configurations: readonly Class[], problems: string[]): readonly BeanDefinition[] {
  const definitions = [...new Set(configurations)].flatMap((type) => readConfiguration(type, problems));
  const known = new Map<unknown, BeanDefinition>();
  for (const definition of definitions) {
    const first = known.get(definition.token);
    if (first === undefined) known.set(definition.token, definition);
    else
      problems.push(
        `${first.label} and ${definition.label} are both the bean ${labelOf(definition.token)}: give one of them another name with @Bean({ token })`,
      );
  }
  return definitions;
}

const STANDARD = `was decorated by a compiler that follows the TC39 proposal, which has no parameter types. Set "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json`;

function readConfiguration(type: Class, problems: string[]): readonly BeanDefinition[] {
  const style = typeof type === "function" ? configurationStyle(type) : undefined;
  if (style === "standard") problems.push(`${labelOf(type)} ${STANDARD}`);
  else if (style === undefined)
    problems.push(`${labelOf(type)} is not a configuration: add @Configuration() to the class itself`);
  if (style !== "legacy") return [];
  const definitions: BeanDefinition[] = [];
  const seen = new Set<string | symbol>();
  for (const owner of prototypesOf(type)) {
    problems.push(...misplaced(type, owner));
    for (const declaration of beansOf(owner)) {
      if (declaration.place !== "method" || seen.has(declaration.name)) continue;
      const definition = define(type, owner, declaration, problems);
      if (definition !== undefined) definitions.push(definition);
    }
    // What a subclass overrides without @Bean is no bean any more.
    for (const name of Reflect.ownKeys(owner)) seen.add(name);
  }
  return definitions;
}

function prototypesOf(type: Class): readonly object[] {
  const prototypes: object[] = [];
  let owner: object | null = type.prototype as object;
  for (; owner !== null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object | null)
    prototypes.push(owner);
  return prototypes;
}

function misplaced(type: Class, owner: object): readonly string[] {
  const { constructor } = owner as { constructor: object };
  const methods = Reflect.ownKeys(owner).map((name) => Object.getOwnPropertyDescriptor(owner, name)?.value as unknown);
  const places = [
    owner,
    constructor,
    ...methods.filter((method) => typeof method === "function" && method !== constructor),
  ];
  return places.flatMap((place) =>
    beansOf(place as object)
      .filter((declaration) => declaration.place !== "method")
      .map((declaration) => misplacement(type, declaration)),
  );
}

function misplacement(type: Class, { name, place }: BeanDeclaration): string {
  if (place === "standard")
    return `${labelOf(type)}.${String((name as unknown as { name: unknown }).name)}() ${STANDARD}`;
  const label = `${labelOf(type)}.${String(name)}`;
  if (place === "static")
    return `${label}(): @Bean stands on a static method, which has no configuration object to call it on. Remove "static"`;
  return `${label}: @Bean stands on something that is not a method. Make it a method that returns the bean`;
}

function define(
  configuration: Class,
  owner: object,
  { name, options, injected }: BeanDeclaration,
  problems: string[],
): BeanDefinition | undefined {
  const label = `${labelOf(configuration)}.${String(name)}()`;
  const call = (owner as Record<string | symbol, BeanDefinition["call"]>)[name]!;
  const token = options.token ?? tokenOf(owner, name);
  const parameters = parametersOf(owner, name, call, injected);
  if (isProblem(token)) problems.push(`${label}: ${token.problem}`);
  problems.push(...parameters.problems.map((problem) => `${label}: ${problem}`));
  if (isProblem(token) || parameters.problems.length > 0) return undefined;
  const { destroyMethod } = options;
  return {
    configuration,
    name,
    label,
    token: token as InjectionToken<unknown>,
    parameters: parameters.list,
    destroyMethod,
    call,
  };
}

interface Problem {
  readonly problem: string;
}

function isProblem(token: unknown): token is Problem {
  return typeof token === "object" && token !== null && "problem" in token;
}

function tokenOf(owner: object, name: string | symbol): InjectionToken<unknown> | Problem {
  const type: unknown = Reflect.getOwnMetadata("design:returntype", owner, name);
  const cure = "Name the bean: @Bean({ token: SomeClass }), or a string or symbol";
  if (type === Promise)
    return { problem: `an async bean has no class for a name, its return type is Promise at run time. ${cure}` };
  if (type === undefined || type === null)
    return {
      problem: `a bean is named by its return type and this method has none at run time: it is not annotated, or the compiler emitted no decorator metadata. ${cure}`,
    };
  const erased = erasedName(type);
  if (erased !== undefined)
    return {
      problem: `a bean is named by its return type, which is ${erased} at run time: an interface, a union, a primitive or an "import type" leaves no class behind. ${cure}`,
    };
  return type as InjectionToken<unknown>;
}

function parametersOf(
  owner: object,
  name: string | symbol,
  call: Function,
  injected: Readonly<Record<number, unknown>>,
): { readonly list: readonly unknown[]; readonly problems: readonly string[] } {
  const types: readonly unknown[] | undefined = Reflect.getOwnMetadata("design:paramtypes", owner, name);
  const length = Math.max(types?.length ?? call.length, ...Object.keys(injected).map((index) => Number(index) + 1));
  const list = Array.from({ length }, (_, index) => injected[index] ?? types?.[index]);
  const problems = list.flatMap((type, index) => {
    const found = type === undefined || type === null ? "nothing" : erasedName(type);
    if (found === undefined) return [];
    return [
      `parameter ${index + 1} has no class to inject, its type is ${found} at run time. Annotate it with a class that is imported as a value, or say @inject(token) on the parameter`,
    ];
  });
  return { list, problems };
}
