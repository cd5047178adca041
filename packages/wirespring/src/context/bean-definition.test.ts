import "reflect-metadata";
import { container as globalContainer, inject, injectable, singleton } from "tsyringe";
import { describe, expect, it } from "vitest";
import { Session } from "../session/session.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { DeploymentException } from "../errors.js";
import { Bean } from "./bean.js";
import { readDefinitions } from "./bean-definition.js";
import { BeanFactory } from "./bean-factory.js";
import { BeanGraph } from "./bean-graph.js";
import { Configuration } from "./configuration.js";
import { MadeObjects } from "./made-objects.js";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** As an application does: read, judge, make. Gives what it is told. */
async function problemsOf(...configurations: Class[]): Promise<readonly string[]> {
  const container = globalContainer.createChildContainer();
  const problems: string[] = [];
  const definitions = readDefinitions(configurations, problems);
  if (problems.length > 0) return problems;
  const graph = new BeanGraph(container, definitions);
  if (graph.problems.length > 0) return graph.problems;
  try {
    await new BeanFactory(container, definitions, graph, new MadeObjects(container, silent)).makeAll();
    return [];
  } catch (error) {
    if (error instanceof DeploymentException) return error.problems;
    throw error;
  }
}

class Pool {
  end(): void {}
}

class Cache {}

class Undeclared {}

interface Store {
  readonly size: number;
}

class NoConfiguration {}

@Configuration()
class Config {
  @Bean() pool(): Pool {
    return new Pool();
  }
}

class UndecoratedChild extends Config {}

@Configuration()
class AsyncConfig {
  @Bean() async pool(): Promise<Pool> {
    return new Pool();
  }
}

@Configuration()
class InterfaceConfig {
  @Bean() store(): Store {
    return new Map();
  }
}

@Configuration()
class UnionConfig {
  @Bean() store(): Pool | Cache {
    return new Pool();
  }
}

@Configuration()
class UnannotatedConfig {
  @Bean() pool() {
    return new Pool();
  }
}

@Configuration()
class PrimitiveConfig {
  @Bean() port(): number {
    return 1;
  }
}

@Configuration()
class DuplicateConfig {
  @Bean() one(): Pool {
    return new Pool();
  }
  @Bean() two(): Pool {
    return new Pool();
  }
}

@Configuration()
class StaticConfig {
  @Bean() static pool(): Pool {
    return new Pool();
  }
}

@Configuration()
class AccessorConfig {
  get pool(): Pool {
    return new Pool();
  }
}
Bean()(AccessorConfig.prototype, "pool", Object.getOwnPropertyDescriptor(AccessorConfig.prototype, "pool") as never);

@Configuration()
class ErasedParameterConfig {
  @Bean() pool(_store: Store): Pool {
    return new Pool();
  }
}

@Configuration()
class ParameterCycle {
  @Bean() pool(_cache: Cache): Pool {
    return new Pool();
  }
  @Bean() cache(_pool: Pool): Cache {
    return new Cache();
  }
}

@injectable()
class UsesPool {
  constructor(readonly pool: Pool) {}
}

@Configuration()
class CycleThroughClass {
  @Bean() pool(_uses: UsesPool): Pool {
    return new Pool();
  }
}

@Configuration()
class CallCycle {
  @Bean() pool(): Pool {
    this.cache();
    return new Pool();
  }
  @Bean() cache(): Cache {
    this.pool();
    return new Cache();
  }
}

@Configuration()
class AsyncCallCycle {
  @Bean({ token: "one" }) async one(): Promise<Pool> {
    await Promise.resolve();
    await this.two();
    return new Pool();
  }
  @Bean({ token: "two" }) async two(): Promise<Pool> {
    await Promise.resolve();
    await this.one();
    return new Pool();
  }
}

@Configuration()
class MixedCycle {
  @Bean() pool(_cache: Cache): Pool {
    return new Pool();
  }
  @Bean() cache(): Cache {
    this.pool(new Cache());
    return new Cache();
  }
}

@Configuration()
class NeedsAsync {
  @Bean() early(): Cache {
    this.late(undefined as never);
    return new Cache();
  }
  @Bean({ token: "late" }) late(@inject("slow") _slow: Pool): Pool {
    return new Pool();
  }
  @Bean({ token: "slow" }) async slow(): Promise<Pool> {
    return new Pool();
  }
}

@Configuration()
class UndeclaredParameter {
  @Bean() pool(_undeclared: Undeclared): Pool {
    return new Pool();
  }
}

@Configuration()
class SessionParameter {
  @Bean() pool(_session: Session): Pool {
    return new Pool();
  }
}

@singleton()
class Keeper {
  constructor(readonly session: Session) {}
}

@Configuration()
class KeeperParameter {
  @Bean() pool(_keeper: Keeper): Pool {
    return new Pool();
  }
}

@Configuration()
class ConstructorConfig {
  constructor(readonly undeclared: Undeclared) {}
  @Bean() pool(): Pool {
    return new Pool();
  }
}

@Configuration()
class Throwing {
  @Bean() pool(): Pool {
    throw new Error("no route to host");
  }
}

@Configuration()
class Rejecting {
  @Bean({ token: Pool }) async pool(): Promise<Pool> {
    throw new Error("no route to host");
  }
}

@Configuration()
class Nothing {
  @Bean() pool(): Pool {
    return undefined as never;
  }
}

@Configuration()
class NoSuchDestroy {
  @Bean({ destroyMethod: "shutdown" }) pool(): Pool {
    return new Pool();
  }
}

class StandardConfig {
  pool(): Pool {
    return new Pool();
  }
}
(Bean() as (...args: unknown[]) => void)(Reflect.get(StandardConfig.prototype, "pool"), {
  kind: "method",
  name: "pool",
});
(Configuration() as (...args: unknown[]) => void)(StandardConfig, { kind: "class", name: "StandardConfig" });

class StandardMethod {
  pool(): Pool {
    return new Pool();
  }
}
(Bean() as (...args: unknown[]) => void)(Reflect.get(StandardMethod.prototype, "pool"), {
  kind: "method",
  name: "pool",
});
Configuration()(StandardMethod);

const naming = "Name the bean: @Bean({ token: SomeClass }), or a string or symbol";
const erasure = 'an interface, a union, a primitive or an "import type" leaves no class behind';
const standard =
  'was decorated by a compiler that follows the TC39 proposal, which has no parameter types. Set "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json';
const each =
  "these beans need each other. Make one of them without the other and hand that over later, in afterSingletonsInstantiated()";
const undeclared =
  "nobody declared Undeclared, so everybody who needs it would get another one. Add @singleton() for one in the application, @scoped(Lifecycle.ContainerScoped) for one in each connection or @injectable() for one each time, or make it a @Bean";

const mistakes: readonly (readonly [name: string, configurations: readonly Class[], problems: readonly string[]])[] = [
  [
    "a class without @Configuration",
    [NoConfiguration],
    ["NoConfiguration is not a configuration: add @Configuration() to the class itself"],
  ],
  [
    "an undecorated subclass of a configuration",
    [UndecoratedChild],
    ["UndecoratedChild is not a configuration: add @Configuration() to the class itself"],
  ],
  [
    "an async bean without a token",
    [AsyncConfig],
    [`AsyncConfig.pool(): an async bean has no class for a name, its return type is Promise at run time. ${naming}`],
  ],
  [
    "an interface as return type",
    [InterfaceConfig],
    [`InterfaceConfig.store(): a bean is named by its return type, which is Object at run time: ${erasure}. ${naming}`],
  ],
  [
    "a union as return type",
    [UnionConfig],
    [`UnionConfig.store(): a bean is named by its return type, which is Object at run time: ${erasure}. ${naming}`],
  ],
  [
    "no return type",
    [UnannotatedConfig],
    [
      `UnannotatedConfig.pool(): a bean is named by its return type and this method has none at run time: it is not annotated, or the compiler emitted no decorator metadata. ${naming}`,
    ],
  ],
  [
    "a primitive as return type",
    [PrimitiveConfig],
    [`PrimitiveConfig.port(): a bean is named by its return type, which is Number at run time: ${erasure}. ${naming}`],
  ],
  [
    "two beans of one name",
    [DuplicateConfig],
    [
      "DuplicateConfig.one() and DuplicateConfig.two() are both the bean Pool: give one of them another name with @Bean({ token })",
    ],
  ],
  [
    "two beans of one name in two configurations",
    [Config, Throwing],
    ["Config.pool() and Throwing.pool() are both the bean Pool: give one of them another name with @Bean({ token })"],
  ],
  [
    "a static bean method",
    [StaticConfig],
    [
      'StaticConfig.pool(): @Bean stands on a static method, which has no configuration object to call it on. Remove "static"',
    ],
  ],
  [
    "a bean that is no method",
    [AccessorConfig],
    ["AccessorConfig.pool: @Bean stands on something that is not a method. Make it a method that returns the bean"],
  ],
  [
    "an erased parameter",
    [ErasedParameterConfig],
    [
      "ErasedParameterConfig.pool(): parameter 1 has no class to inject, its type is Object at run time. Annotate it with a class that is imported as a value, or say @inject(token) on the parameter",
    ],
  ],
  [
    "a cycle through parameters",
    [ParameterCycle],
    [`ParameterCycle.pool() -> ParameterCycle.cache() -> ParameterCycle.pool(): ${each}`],
  ],
  ["a cycle through a class", [CycleThroughClass], [`CycleThroughClass.pool() -> CycleThroughClass.pool(): ${each}`]],
  ["a cycle through calls", [CallCycle], [`CallCycle.cache() -> CallCycle.pool() -> CallCycle.cache(): ${each}`]],
  [
    "a cycle through calls of async beans",
    [AsyncCallCycle],
    [`AsyncCallCycle.two() -> AsyncCallCycle.one() -> AsyncCallCycle.two(): ${each}`],
  ],
  [
    "a cycle through a parameter and a call",
    [MixedCycle],
    [`MixedCycle.cache() -> MixedCycle.pool() -> MixedCycle.cache(): ${each}`],
  ],
  [
    "a call that would have to wait",
    [NeedsAsync],
    [
      "NeedsAsync.late() needs NeedsAsync.slow(), which is async and not there yet: whoever calls this.late() takes that bean as a parameter instead",
    ],
  ],
  [
    "a parameter of an undeclared class",
    [UndeclaredParameter],
    [`UndeclaredParameter.pool() -> Undeclared: ${undeclared}`],
  ],
  [
    "a parameter that belongs to a connection",
    [SessionParameter],
    [
      "SessionParameter.pool() -> Session: SessionParameter.pool() is a singleton and would keep the Session of one connection for all. Pass the Session to the method that needs it",
    ],
  ],
  [
    "a parameter whose class keeps what belongs to a connection",
    [KeeperParameter],
    [
      "KeeperParameter.pool() -> Keeper -> Session: Keeper is a singleton and would keep the Session of one connection for all. Pass the Session to the method that needs it, or make Keeper @scoped(Lifecycle.ContainerScoped)",
    ],
  ],
  [
    "a configuration whose constructor needs an undeclared class",
    [ConstructorConfig],
    [`ConstructorConfig -> Undeclared: ${undeclared}`],
  ],
  ["a bean that throws", [Throwing], ["Throwing.pool() failed: no route to host"]],
  ["a bean that rejects", [Rejecting], ["Rejecting.pool() failed: no route to host"]],
  ["a bean that is nothing", [Nothing], ["Nothing.pool() failed: it returned undefined, expected the bean"]],
  [
    "a destroyMethod that is not there",
    [NoSuchDestroy],
    ['NoSuchDestroy.pool(): destroyMethod "shutdown" is not a method of the bean, which is an instance of Pool'],
  ],
  ["a configuration decorated the TC39 way", [StandardConfig], [`StandardConfig ${standard}`]],
  ["a bean method decorated the TC39 way", [StandardMethod], [`StandardMethod.pool() ${standard}`]],
];

describe("beans", () => {
  it.each(mistakes)("report %s", async (_name, configurations, problems) => {
    expect(await problemsOf(...configurations)).toEqual(problems);
  });

  it("report everything that is wrong at once", async () => {
    expect(await problemsOf(AsyncConfig, StaticConfig, NoConfiguration)).toHaveLength(3);
  });
});
