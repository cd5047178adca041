import "reflect-metadata";
import {
  container as globalContainer,
  delay,
  inject,
  injectable,
  injectAll,
  injectWithTransform,
  Lifecycle,
  scoped,
  singleton,
  type DependencyContainer,
} from "tsyringe";
import { beforeEach, describe, expect, it } from "vitest";
import { HandshakeRequest } from "../handshake-request.js";
import { Session } from "../session/session.js";
import { ConnectionScope, type ScopeHome } from "./connection-scope.js";
import { EndpointConfig, ServerEndpointConfig, type Class } from "./endpoint-config.js";
import { InstancePlanner, type InstancePlan } from "./instance-plan.js";
import type { ForeignResolve } from "./dependency-graph.js";

let log: string[] = [];
let failures: Error[] = [];

@singleton()
class Rooms {
  dispose(): void {
    log.push("Rooms");
  }
}

@injectable()
class Repo {
  constructor(readonly rooms: Rooms) {}

  dispose(): void {
    log.push("Repo");
  }
}

@scoped(Lifecycle.ContainerScoped)
class Basket {
  constructor(readonly session: Session) {}

  async [Symbol.asyncDispose](): Promise<void> {
    log.push("Basket begins");
    await Promise.resolve();
    log.push("Basket ends");
  }

  dispose(): void {
    log.push("never: asyncDispose comes first");
  }
}

@injectable()
class Chat {
  constructor(
    readonly session: Session,
    readonly request: HandshakeRequest,
    readonly config: EndpointConfig,
    readonly basket: Basket,
    readonly repo: Repo,
  ) {}

  [Symbol.dispose](): void {
    log.push("Chat");
  }
}

@injectable()
class Codec {
  constructor(readonly basket: Basket) {}
}

const session = Object.create(Session.prototype) as Session;
const request = Object.create(HandshakeRequest.prototype) as HandshakeRequest;
const config = Object.create(ServerEndpointConfig.prototype) as ServerEndpointConfig;

let container: DependencyContainer;

beforeEach(() => {
  log = [];
  failures = [];
  container = globalContainer.createChildContainer();
});

/** Plans the class, and opens scopes for it as a deployment would. */
function deploy(
  type: Class,
  resolve?: ForeignResolve,
): { planner: InstancePlanner; plan: InstancePlan; open: () => ConnectionScope } {
  const planner = new InstancePlanner(container, resolve);
  const plan = planner.planEndpoint(type);
  expect(planner.problems).toEqual([]);
  plan!.warmUp();
  const home: ScopeHome = { config, endpointPlan: plan!, disposeFailed: (error) => failures.push(error) };
  return { planner, plan: plan!, open: () => new ConnectionScope(home, session, request) };
}

function retained(of: DependencyContainer): number {
  return (of as unknown as { disposables: Set<unknown> }).disposables.size;
}

describe("ConnectionScope", () => {
  it("injects what belongs to the connection, and one scoped instance for endpoint and codecs", () => {
    const { planner, plan, open } = deploy(Chat);
    const codecPlan = planner.plan(Codec)!;
    const scope = open();
    const chat = scope.create(plan) as Chat;
    expect(chat.session).toBe(session);
    expect(chat.request).toBe(request);
    expect(chat.config).toBe(config);
    expect((scope.create(codecPlan) as Codec).basket).toBe(chat.basket);
    expect((open().create(plan) as Chat).basket).not.toBe(chat.basket);
    expect((open().create(plan) as Chat).repo.rooms).toBe(chat.repo.rooms);
  });

  it("disposes what it constructed, last first, one after another, never singletons", async () => {
    const { plan, open } = deploy(Chat);
    const scope = open();
    scope.create(plan);
    await Promise.all([scope.dispose(), scope.dispose()]);
    expect(log).toEqual(["Chat", "Repo", "Basket begins", "Basket ends"]);
    expect(failures).toEqual([]);
  });

  it("begins with the rest where one does not end, once each", async () => {
    const disposed: string[] = [];
    let end: (() => void) | undefined;
    @injectable()
    class First {
      dispose(): void {
        disposed.push("First");
      }
    }
    @injectable()
    class Endless {
      constructor(readonly first: First) {}

      dispose(): Promise<void> {
        disposed.push("Endless");
        return new Promise((resolve) => (end = resolve));
      }
    }
    const { plan, open } = deploy(Endless);
    const scope = open();
    scope.create(plan);
    const disposal = scope.dispose();
    expect(disposed).toEqual(["Endless"]);
    scope.disposeRest();
    expect(disposed).toEqual(["Endless", "First"]);
    end!();
    await disposal;
    expect(disposed).toEqual(["Endless", "First"]);

    // Whoever was before them all may not end: nothing has begun then.
    const unbegun = open();
    unbegun.create(plan);
    unbegun.disposeRest();
    await unbegun.dispose();
    expect(disposed).toEqual(["Endless", "First", "Endless", "First"]);
  });

  it("reports an instance that fails to be disposed and disposes the rest", async () => {
    @injectable()
    class Faulty {
      dispose(): void {
        throw new Error("still in use");
      }
    }
    @injectable()
    class Rejecting {
      constructor(
        readonly repo: Repo,
        readonly faulty: Faulty,
      ) {}

      async dispose(): Promise<void> {
        await Promise.reject(new Error("cannot end"));
      }
    }
    const { plan, open } = deploy(Rejecting);
    const scope = open();
    scope.create(plan);
    await scope.dispose();
    expect(failures.map((error) => error.message)).toEqual(["cannot end", "still in use"]);
    expect(log).toEqual(["Repo"]);
  });

  it("disposes what was made before a constructor threw", async () => {
    @injectable()
    class Throws {
      constructor(readonly repo: Repo) {
        throw new Error("no");
      }
    }
    const { plan, open } = deploy(Throws);
    const scope = open();
    expect(() => scope.create(plan)).toThrow("no");
    await scope.dispose();
    expect(log).toEqual(["Repo"]);
  });

  it("leaves nothing in the container, over 1000 connections", async () => {
    @injectable()
    class Endpoint {
      constructor(
        readonly repo: Repo,
        readonly basket: Basket,
        @inject(delay(() => Repo)) readonly later: Repo,
      ) {}
    }
    const { plan, open } = deploy(Endpoint);
    const before = [retained(container), retained(globalContainer)];
    for (let count = 0; count < 1000; count++) {
      const scope = open();
      expect((scope.create(plan) as Endpoint).later.rooms).toBe(container.resolve(Rooms));
      await scope.dispose();
    }
    expect([retained(container), retained(globalContainer)]).toEqual(before);
    expect(log.filter((name) => name === "Repo")).toHaveLength(2000);
  });

  it("makes no child container and keeps nothing, where nobody asks for it", () => {
    @injectable()
    class Plain {
      constructor(readonly rooms: Rooms) {}
    }
    const { plan, open } = deploy(Plain);
    container.createChildContainer = () => {
      throw new Error("no child container is needed");
    };
    const scope = open();
    expect((scope.create(plan) as Plain).rooms).toBe(container.resolve(Rooms));
    expect(scope.isEmpty).toBe(true);
    scope.release();
    expect(scope.request).toBeUndefined();
  });

  it("needs no child container for scoped classes either, and keeps the request for them", () => {
    const { plan, open } = deploy(Chat);
    container.createChildContainer = () => {
      throw new Error("no child container is needed");
    };
    const scope = open();
    scope.create(plan);
    expect(scope.isEmpty).toBe(false);
    scope.release();
    expect(scope.request).toBe(request);
  });

  it("gives a container that knows the connection and its instances", async () => {
    const { plan, open } = deploy(Chat);
    const scope = open();
    const chat = scope.create(plan) as Chat;
    const child = scope.container;
    expect(child.resolve(Session as never)).toBe(session);
    expect(child.resolve(HandshakeRequest)).toBe(request);
    expect(child.resolve(EndpointConfig as never)).toBe(config);
    expect(child.resolve(ServerEndpointConfig as never)).toBe(config);
    expect(child.resolve(Basket)).toBe(chat.basket);
    expect(child.resolveAll(Basket)).toEqual([chat.basket]);
    const another = child.resolve(Chat);
    expect(another).not.toBe(chat);
    await scope.dispose();
    expect(log.filter((name) => name === "Chat")).toHaveLength(2);
    expect(scope.container).toBe(child);
  });

  it("follows values, aliases, factories, lists, transforms and optional tokens", () => {
    class Upper {
      transform(text: string, suffix: string): string {
        return text.toUpperCase() + suffix;
      }
    }
    injectable()(Upper);
    @injectable()
    class Everything {
      constructor(
        @inject("value") readonly value: unknown,
        @inject("alias") readonly alias: unknown,
        @inject("factory") readonly factory: unknown,
        @injectAll("many") readonly many: unknown[],
        @injectWithTransform("value", Upper, "!") readonly upper: unknown,
        @inject("nothing", { isOptional: true }) readonly nothing: unknown,
        @injectAll("none", { isOptional: true }) readonly none: unknown[],
      ) {}
    }
    container.registerInstance("value", "v");
    container.register("alias", { useToken: Rooms });
    container.register("factory", { useFactory: (asked) => asked === container });
    container.register("many", { useClass: Rooms }, { lifecycle: Lifecycle.Singleton });
    container.registerInstance("many", 2);
    container.register("many", { useClass: Repo });
    const { plan, open } = deploy(Everything);
    const made = open().create(plan) as Everything;
    expect(made).toMatchObject({ value: "v", factory: true, upper: "V!", nothing: undefined, none: [] });
    expect(made.alias).toBe(container.resolve(Rooms));
    expect(made.many).toEqual([expect.any(Rooms), 2, expect.any(Repo)]);
    const second = open().create(plan) as Everything;
    expect(second.many[0]).toBe(made.many[0]);
    expect(second.many[2]).not.toBe(made.many[2]);
  });

  it("gives factories the connection's container where the graph needs the connection", () => {
    @injectable()
    class Scoped {
      constructor(
        readonly session: Session,
        @inject("factory") readonly made: unknown,
      ) {}
    }
    container.register("factory", { useFactory: (asked) => asked.resolve(Session as never) });
    const { plan, open } = deploy(Scoped);
    expect((open().create(plan) as Scoped).made).toBe(session);
  });

  it("makes one resolution-scoped instance for each creation", () => {
    @scoped(Lifecycle.ResolutionScoped)
    class Once {}
    @injectable()
    class Half {
      constructor(readonly once: Once) {}
    }
    @injectable()
    class Whole {
      constructor(
        readonly once: Once,
        readonly half: Half,
      ) {}
    }
    const { plan, open } = deploy(Whole);
    const scope = open();
    const first = scope.create(plan) as Whole;
    expect(first.half.once).toBe(first.once);
    expect((scope.create(plan) as Whole).once).not.toBe(first.once);
  });

  it("breaks a cycle at delay()", () => {
    @injectable()
    class Left {
      constructor(@inject(delay(() => Right)) readonly right: { readonly name: string; left(): unknown }) {}
    }
    @injectable()
    class Right {
      readonly name = "right";
      constructor(readonly session: Session) {}

      left(): unknown {
        return this.session;
      }
    }
    const { plan, open } = deploy(Left);
    expect(plan.isConnectionScoped).toBe(true);
    const left = open().create(plan) as Left;
    expect(left.right.name).toBe("right");
    expect(left.right.left()).toBe(session);
  });

  it("disposes at once what a delay() makes after the end", async () => {
    @injectable()
    class Lazy {
      constructor(@inject(delay(() => Repo)) readonly repo: Repo) {}
    }
    const { plan, open } = deploy(Lazy);
    const scope = open();
    const lazy = scope.create(plan) as Lazy;
    expect(scope.isEmpty).toBe(false);
    await scope.dispose();
    expect(lazy.repo.rooms).toBeDefined();
    expect(log).toEqual(["Repo"]);
  });

  it("takes from another container what tsyringe does not know, for singletons, too", () => {
    class Cats {}
    @singleton()
    class Shelter {
      constructor(readonly cats: Cats) {}
    }
    @injectable()
    class Endpoint {
      constructor(
        readonly shelter: Shelter,
        readonly cats: Cats,
      ) {}
    }
    const cats = new Cats();
    const resolve: ForeignResolve = (token) => {
      if (token === Cats) return cats;
      throw new Error("unknown");
    };
    const { plan, open } = deploy(Endpoint, resolve);
    const endpoint = open().create(plan) as Endpoint;
    expect(endpoint.cats).toBe(cats);
    expect(endpoint.shelter.cats).toBe(cats);
  });
});

describe("InstancePlan", () => {
  it("makes singletons once, when it is warmed up, and names the one that fails", () => {
    let made = 0;
    @singleton()
    class Slow {
      constructor() {
        made++;
      }
    }
    @singleton()
    class Broken {
      constructor(readonly slow: Slow) {
        throw new TypeError("no such file");
      }
    }
    @injectable()
    class Endpoint {
      constructor(readonly broken: Broken) {}
    }
    const planner = new InstancePlanner(container);
    const plan = planner.planEndpoint(Endpoint)!;
    expect(made).toBe(0);
    expect(() => plan.warmUp()).toThrow("Endpoint -> ... -> Broken: Broken could not be made: no such file");
    expect(made).toBe(1);
  });

  it("shares one instance where it was told to, also of a class that is no singleton", () => {
    @injectable()
    class Shared {
      constructor(readonly rooms: Rooms) {}
    }
    const planner = new InstancePlanner(container);
    const plan = planner.planEndpoint(Shared, true)!;
    const home: ScopeHome = { config, endpointPlan: plan, disposeFailed: () => {} };
    const scope = new ConnectionScope(home, session, request);
    expect(scope.create(plan)).toBe(plan.instance);
    expect(scope.create(plan)).toBeInstanceOf(Shared);
    expect(scope.isEmpty).toBe(true);
    expect(planner.planEndpoint(Rooms, true)?.instance).toBe(container.resolve(Rooms));
  });

  it("leaves out what it cannot know, where the container is not tsyringe's own", () => {
    const opaque = new Proxy(container, {
      get(target, name) {
        if (name === "_registry" || name === "parent") return undefined;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    container.registerInstance("value", "v");
    @injectable()
    class Endpoint {
      constructor(
        readonly rooms: Rooms,
        @inject("value") readonly value: unknown,
      ) {}
    }
    const plan = new InstancePlanner(opaque).planEndpoint(Endpoint)!;
    const scope = new ConnectionScope({ config, endpointPlan: plan, disposeFailed: () => {} }, session, request);
    expect(scope.create(plan)).toMatchObject({ rooms: container.resolve(Rooms), value: "v" });
  });
});
