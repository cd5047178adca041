import "reflect-metadata";
import {
  container as globalContainer,
  delay,
  inject,
  injectable,
  injectAll,
  Lifecycle,
  scoped,
  singleton,
  type DependencyContainer,
} from "tsyringe";
import { describe, expect, it } from "vitest";
import { RemoteEndpoint } from "../session/remote-endpoint.js";
import { Session, WebSocketContainer } from "../session/session.js";
import { CloseReason } from "../close-reason.js";
import { HandshakeRequest } from "../handshake-request.js";
import { EndpointConfig } from "./endpoint-config.js";
import { InstancePlanner } from "./instance-plan.js";

/** The dependencies of the mistakes below, named as in a user's program. */
class Repo {}

@singleton()
class Rooms {
  constructor(readonly repo: Repo) {}
}

@injectable()
class UndeclaredDeep {
  constructor(readonly rooms: Rooms) {}
}

@singleton()
class KeepsSession {
  constructor(readonly session: Session) {}
}

@injectable()
class WantsKeeper {
  constructor(readonly keeper: KeepsSession) {}
}

@scoped(Lifecycle.ContainerScoped)
class Basket {}

@injectable()
class Between {
  constructor(readonly basket: Basket) {}
}

@singleton()
class KeepsBasket {
  constructor(readonly between: Between) {}
}

@singleton()
class SingletonEndpoint {}

@injectable()
class SharedWithSession {
  constructor(readonly config: EndpointConfig) {}
}

interface Shape {
  readonly sides: number;
}

@injectable()
class TakesInterface {
  constructor(readonly shape: Shape) {}
}

@injectable()
class TakesNumber {
  constructor(
    readonly basket: Basket,
    readonly port: number,
  ) {}
}

@injectable()
class TakesToken {
  constructor(@inject("db") readonly db: unknown) {}
}

const SYMBOL = Symbol("pool");

@injectable()
class TakesSymbols {
  constructor(@injectAll(SYMBOL) readonly pools: unknown[]) {}
}

class Base {
  constructor(readonly basket: Basket) {}
}

@injectable()
class DecoratedChild extends Base {}

@injectable()
class TakesDecoratedChild {
  constructor(readonly child: DecoratedChild) {}
}

@injectable()
class Parent {
  constructor(readonly basket: Basket) {}
}

class UndecoratedChild extends Parent {}

@injectable()
class TakesUndecoratedChild {
  constructor(@inject("child") readonly child: Parent) {}
}

@injectable()
class Early {
  constructor(@inject(delay(() => Late)) readonly late: object) {}
}

@injectable()
class Late {
  constructor(readonly early: Early) {}
}

@injectable()
class A {
  constructor(readonly b: object) {}
}

@injectable()
class B {
  constructor(readonly a: A) {}
}
// What the compiler would have written, had B been declared first.
inject(B)(A, undefined, 0);
injectable()(A);

@injectable()
class C {
  constructor(readonly a: A) {}
}

@injectable()
class TakesContainer {
  constructor(readonly container: WebSocketContainer) {}
}

@injectable()
class TakesRemote {
  constructor(readonly remote: RemoteEndpoint) {}
}

@injectable()
class TakesReason {
  constructor(readonly reason: CloseReason) {}
}

/** As esbuild and tsx leave it. */
class NoMetadata {
  constructor(
    readonly basket: Basket,
    readonly other: unknown,
  ) {}
}
injectable()(NoMetadata);

class OneInject {
  constructor(
    readonly basket: unknown,
    readonly other: unknown,
  ) {}
}
inject("other")(OneInject, undefined, 1);
injectable()(OneInject);

/** As a circular import leaves it. */
class CircularImport {
  constructor(readonly other: unknown) {}
}
Reflect.defineMetadata("design:paramtypes", [undefined], CircularImport);
injectable()(CircularImport);

class NoDecorator {
  constructor(readonly basket: Basket) {}
}

type Mistake = readonly [name: string, plan: (planner: InstancePlanner) => unknown, problems: readonly string[]];

const metadata =
  'Compile with "emitDecoratorMetadata" (esbuild and tsx cannot), decorate the class that has the constructor, or say @inject(token) on the parameter';
const erasure =
  'an interface, a union, a primitive or an "import type" leaves no class behind. Import the class as a value, or say @inject(token) on the parameter';

const mistakes: readonly Mistake[] = [
  [
    "a class that nobody declared",
    (planner) => planner.planEndpoint(UndeclaredDeep),
    [
      "UndeclaredDeep -> Rooms -> Repo: nobody declared Repo, so everybody who needs it would get another one. Add @singleton() for one in the application, @scoped(Lifecycle.ContainerScoped) for one in each connection or @injectable() for one each time, or make it a @Bean",
    ],
  ],
  [
    "a singleton that keeps a Session",
    (planner) => planner.planEndpoint(WantsKeeper),
    [
      "WantsKeeper -> KeepsSession -> Session: KeepsSession is a singleton and would keep the Session of one connection for all. Pass the Session to the method that needs it, or make KeepsSession @scoped(Lifecycle.ContainerScoped)",
    ],
  ],
  [
    "a singleton that keeps a connection-scoped class through another",
    (planner) => planner.plan(KeepsBasket),
    [
      "KeepsBasket -> Between -> Basket: KeepsBasket is a singleton and would keep the Basket of one connection for all. Pass the Basket to the method that needs it, or make KeepsBasket @scoped(Lifecycle.ContainerScoped)",
    ],
  ],
  [
    "a singleton endpoint",
    (planner) => planner.planEndpoint(SingletonEndpoint),
    [
      'SingletonEndpoint is registered as a singleton, so all connections would share one instance. Remove @singleton() from SingletonEndpoint, or say @ServerEndpoint({ value: "/path", shared: true })',
    ],
  ],
  [
    "a shared endpoint that takes what belongs to a connection",
    (planner) => planner.planEndpoint(SharedWithSession, true),
    [
      "SharedWithSession -> EndpointConfig: SharedWithSession is shared by all connections and would keep the EndpointConfig of one. Take the EndpointConfig as a parameter of a handler, or remove shared: true",
    ],
  ],
  [
    "an interface",
    (planner) => planner.plan(TakesInterface),
    [`TakesInterface: parameter 1 of its constructor is Object at run time: ${erasure}`],
  ],
  [
    "a primitive",
    (planner) => planner.plan(TakesNumber),
    [`TakesNumber: parameter 2 of its constructor is Number at run time: ${erasure}`],
  ],
  [
    "a string token that is not registered",
    (planner) => planner.plan(TakesToken),
    [
      'TakesToken -> "db": nothing is registered under the token "db". Register it in the container, declare @Bean({ token: "db" }), or say @inject("db", { isOptional: true })',
    ],
  ],
  [
    "a symbol token of which all are wanted",
    (planner) => planner.plan(TakesSymbols),
    [
      "TakesSymbols -> Symbol(pool): nothing is registered under the token Symbol(pool). Register it in the container, declare @Bean({ token: Symbol(pool) }), or say @inject(Symbol(pool), { isOptional: true })",
    ],
  ],
  [
    "a decorated subclass of an undecorated base",
    (planner) => planner.plan(TakesDecoratedChild),
    [
      `TakesDecoratedChild -> DecoratedChild: parameter 1 of its constructor has no type at run time, because the compiler emitted no decorator metadata for it. ${metadata}`,
    ],
  ],
  [
    "an undecorated subclass that is registered",
    (planner) => planner.plan(TakesUndecoratedChild),
    [
      "TakesUndecoratedChild -> UndecoratedChild: it inherits a constructor with parameters but carries no decorator of its own: tsyringe would pass it nothing. Add @injectable() to UndecoratedChild",
    ],
  ],
  [
    "constructors that need each other",
    (planner) => planner.plan(C),
    ["A -> B -> A: these constructors need each other. Let B take @inject(delay(() => A))"],
  ],
  [
    "the container before it exists",
    (planner) => planner.plan(TakesContainer),
    [
      "TakesContainer -> WebSocketContainer: WebSocketContainer exists once the endpoints are exported, which comes later. Take it in a class that only endpoints need, or as @inject(delay(() => WebSocketContainer))",
    ],
  ],
  [
    "a RemoteEndpoint",
    (planner) => planner.plan(TakesRemote),
    ["TakesRemote -> RemoteEndpoint: a RemoteEndpoint belongs to its session. Take the Session and use session.remote"],
  ],
  [
    "another parameter of handlers",
    (planner) => planner.plan(TakesReason),
    ["TakesReason -> CloseReason: CloseReason is a parameter of handlers and cannot be injected into a constructor"],
  ],
  [
    "no metadata at all",
    (planner) => planner.plan(NoMetadata),
    [
      `NoMetadata: parameter 1 of its constructor has no type at run time, because the compiler emitted no decorator metadata for it. ${metadata}`,
    ],
  ],
  [
    "no metadata and one @inject",
    (planner) => planner.plan(OneInject),
    [
      `OneInject: parameter 1 of its constructor has no type at run time, because the compiler emitted no decorator metadata for it. ${metadata}`,
    ],
  ],
  [
    "a circular import",
    (planner) => planner.plan(CircularImport),
    [
      "CircularImport: parameter 1 of its constructor has no type at run time: its class did not exist yet when this one was declared. Break the circular import, or say @inject(delay(() => Class)) on the parameter",
    ],
  ],
  [
    "a configurator with parameters and no decorator",
    (planner) => planner.planShared(NoDecorator),
    [
      "NoDecorator: it has constructor parameters but no decorator: their types are unknown at run time. Add @injectable() to NoDecorator",
    ],
  ],
];

function freshContainer(): DependencyContainer {
  const container = globalContainer.createChildContainer();
  container.register("child", { useClass: UndecoratedChild });
  return container;
}

describe("DependencyGraph", () => {
  it.each(mistakes)("reports %s", (_name, plan, problems) => {
    const planner = new InstancePlanner(freshContainer());
    expect(plan(planner)).toBeUndefined();
    expect(planner.problems).toEqual(problems);
  });

  it("reports a fault once, however many classes lead to it, and plans none of them", () => {
    @injectable()
    class Other {
      constructor(readonly rooms: Rooms) {}
    }
    const planner = new InstancePlanner(freshContainer());
    expect(planner.planEndpoint(UndeclaredDeep)).toBeUndefined();
    expect(planner.planEndpoint(Other)).toBeUndefined();
    expect(planner.problems).toHaveLength(1);
  });

  it("finds a captive behind delay()", () => {
    @singleton()
    class Lazy {
      constructor(@inject(delay(() => Basket)) readonly basket: object) {}
    }
    const planner = new InstancePlanner(freshContainer());
    expect(planner.plan(Lazy)).toBeUndefined();
    expect(planner.problems).toEqual([expect.stringContaining("Lazy -> Basket: Lazy is a singleton")]);
  });

  it("accepts what delay() breaks, what is optional, and a base class that is not the user's", () => {
    @injectable()
    class Optional {
      constructor(@inject("nowhere", { isOptional: true }) readonly maybe: unknown) {}
    }
    @singleton()
    class Bus extends Error {}
    const planner = new InstancePlanner(freshContainer());
    for (const type of [Late, Early, Optional, Bus]) expect(planner.plan(type)).toBeDefined();
    expect(planner.problems).toEqual([]);
  });

  it("accepts a configurator that nothing declares", () => {
    class Plain {}
    const planner = new InstancePlanner(freshContainer());
    expect(planner.planShared(Plain)?.instance).toBeInstanceOf(Plain);
  });

  it("tells which classes need their connection", () => {
    @injectable()
    class WithRequest {
      constructor(readonly request: HandshakeRequest) {}
    }
    const planner = new InstancePlanner(freshContainer());
    expect(planner.plan(WithRequest)?.isConnectionScoped).toBe(true);
    expect(planner.plan(Between)?.isConnectionScoped).toBe(true);
    expect(planner.plan(Basket)?.isConnectionScoped).toBe(true);
    @injectable()
    class Plain {}
    expect(planner.plan(Plain)?.isConnectionScoped).toBe(false);
  });
});
