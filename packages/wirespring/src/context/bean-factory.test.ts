import "reflect-metadata";
import { container as globalContainer, inject, injectable, injectAll, singleton } from "tsyringe";
import { beforeEach, describe, expect, it } from "vitest";
import { isolateSingletons } from "../endpoint/singleton-isolation.js";
import type { Class } from "../endpoint/endpoint-config.js";
import { Bean } from "./bean.js";
import { readDefinitions } from "./bean-definition.js";
import { BeanFactory } from "./bean-factory.js";
import { BeanGraph } from "./bean-graph.js";
import { Configuration } from "./configuration.js";
import { MadeObjects } from "./made-objects.js";

let journal: string[] = [];
let logged: unknown[] = [];
beforeEach(() => {
  journal = [];
  logged = [];
});

const logger = { debug() {}, info() {}, warn() {}, error: (record: unknown) => void logged.push(record) };

function prepare(...configurations: Class[]) {
  const container = globalContainer.createChildContainer();
  const problems: string[] = [];
  const definitions = readDefinitions(configurations, problems);
  isolateSingletons(
    container,
    definitions.flatMap((each) => [each.configuration, ...each.parameters]),
  );
  const graph = new BeanGraph(container, definitions);
  expect([...problems, ...graph.problems]).toEqual([]);
  const made = new MadeObjects(container, logger);
  return { container, made, factory: new BeanFactory(container, definitions, graph, made) };
}

class Pool {
  constructor(readonly name: string) {}
}

class Named {
  constructor(readonly name: string) {}

  start(): void {
    journal.push(`start ${this.name}`);
  }

  async stop(): Promise<void> {
    await Promise.resolve();
    journal.push(`stop ${this.name}`);
  }

  afterSingletonsInstantiated(): void {
    journal.push(`after ${this.name}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    journal.push(`dispose ${this.name}`);
    return Promise.resolve();
  }
}

describe("BeanFactory", () => {
  it("calls each method once, also when others call it, with private fields of the configuration at hand", async () => {
    @Configuration()
    class Config {
      readonly #size = 3;
      @Bean({ token: "a" }) a(): { pool: Pool; size: number } {
        return { pool: this.pool(), size: this.#size };
      }
      @Bean({ token: "b" }) b(): { pool: Pool } {
        return { pool: this.pool() };
      }
      @Bean() pool(): Pool {
        journal.push("pool");
        return new Pool("p");
      }
    }
    const { container, factory } = prepare(Config);
    await factory.makeAll();
    expect(journal).toEqual(["pool"]);
    const pool = container.resolve(Pool as never);
    expect(container.resolve("a")).toEqual({ pool, size: 3 });
    expect(container.resolve<{ pool: Pool }>("b").pool).toBe(pool);
    expect(container.resolve(Config).pool()).toBe(pool);
    expect(container.resolveAll(Pool as never)).toEqual([pool]);
  });

  it("gives the promise of an async bean to a call, and the bean to a parameter", async () => {
    @Configuration()
    class Config {
      @Bean({ token: "first" }) async first(): Promise<{ pool: Pool }> {
        return { pool: await this.pool() };
      }
      @Bean({ token: "second" }) second(pool: Pool): { pool: Pool } {
        return { pool };
      }
      @Bean({ token: Pool }) async pool(): Promise<Pool> {
        await Promise.resolve();
        return new Pool("async");
      }
    }
    const { container, factory } = prepare(Config);
    await factory.makeAll();
    const pool = container.resolve(Pool as never);
    expect(pool).toBeInstanceOf(Pool);
    expect(container.resolve("first")).toEqual({ pool });
    expect(container.resolve<{ pool: Pool }>("second").pool).toBe(pool);
  });

  it("makes an async bean before a class that needs it is constructed", async () => {
    @singleton()
    class Service {
      constructor(@inject("pool") readonly pool: Pool) {}
    }
    @injectable()
    class Between {
      constructor(readonly service: Service) {}
    }
    @Configuration()
    class Config {
      @Bean({ token: "user" }) user(between: Between, service: Service): { pool: Pool; same: boolean } {
        return { pool: between.service.pool, same: between.service === service };
      }
      @Bean({ token: "pool" }) async pool(): Promise<Pool> {
        await Promise.resolve();
        return new Pool("async");
      }
    }
    const { container, factory } = prepare(Config);
    await factory.makeAll();
    expect(container.resolve("user")).toEqual({ pool: container.resolve("pool"), same: true });
    expect(container.resolve<{ pool: unknown }>("user").pool).toBeInstanceOf(Pool);
  });

  it("injects by @inject and @injectAll, each method its own", async () => {
    @Configuration()
    class Config {
      @Bean({ token: "one" }) one(@inject("name") name: unknown): unknown {
        return { name };
      }
      @Bean({ token: "two" }) two(pool: Pool, @injectAll("name") names: unknown[]): unknown {
        return { pool, names };
      }
      @Bean() pool(@inject("nowhere", { isOptional: true }) name: string): Pool {
        return new Pool(String(name));
      }
      @Bean({ token: "name" }) name(): string {
        return "n";
      }
    }
    const { container, factory } = prepare(Config);
    await factory.makeAll();
    expect(container.resolve("one")).toEqual({ name: "n" });
    expect(container.resolve("two")).toEqual({ pool: { name: "undefined" }, names: ["n"] });
  });

  it("injects into the constructor of a configuration, beans of another one included", async () => {
    @Configuration()
    class Second {
      constructor(@inject("pool") readonly pool: Pool) {}
      @Bean({ token: "name" }) name(): string {
        return this.pool.name;
      }
    }
    @Configuration()
    class First {
      @Bean({ token: "pool" }) async pool(): Promise<Pool> {
        return new Pool("from First");
      }
    }
    const { container, factory } = prepare(Second, First);
    await factory.makeAll();
    expect(container.resolve("name")).toBe("from First");
  });

  it("inherits bean methods; one that is overridden without @Bean is off", async () => {
    class Base {
      @Bean({ token: "kept" }) kept(): string {
        return `kept of ${this.name()}`;
      }
      @Bean({ token: "off" }) off(): string {
        return "never";
      }
      name(): string {
        return "Base";
      }
    }
    @Configuration()
    class Derived extends Base {
      override off(): string {
        return "off";
      }
      override name(): string {
        return "Derived";
      }
    }
    const { container, factory } = prepare(Derived);
    await factory.makeAll();
    expect(container.resolve("kept")).toBe("kept of Derived");
    expect(container.isRegistered("off", true)).toBe(false);
  });

  it("waits for what is on its way when a bean has failed, so that it can be ended", async () => {
    let release: (() => void) | undefined;
    @Configuration()
    class Config {
      @Bean({ token: "fails" }) fails(): unknown {
        void this.slow();
        throw new Error("broken");
      }
      @Bean({ token: "slow" }) async slow(): Promise<Named> {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return new Named("slow");
      }
    }
    const { made, factory } = prepare(Config);
    const failed = factory.makeAll().catch((error: Error) => error.message);
    await Promise.resolve();
    release!();
    expect(await failed).toBe("Config.fails() failed: broken [WS_DEPLOYMENT_FAILED]");
    await made.end();
    expect(journal).toEqual(["dispose slow"]);
  });
});

describe("MadeObjects", () => {
  it("announces and starts in order, stops and ends in reverse, singletons of the application included", async () => {
    @singleton()
    class Service {
      constructor(@inject("one") readonly one: Named) {}
      dispose(): void {
        journal.push("dispose Service");
      }
    }
    @Configuration()
    class Config {
      @Bean({ token: "one" }) one(): Named {
        return new Named("one");
      }
      @Bean({ token: "two", destroyMethod: "halt" }) two(_service: Service): unknown {
        return Object.assign(new Named("two"), { halt: () => void journal.push("halt two") });
      }
      @Bean({ token: "again" }) again(): Named {
        return this.one();
      }
    }
    const { made, factory } = prepare(Config);
    await factory.makeAll();
    await made.announce();
    await made.start();
    expect(journal.splice(0)).toEqual(["after one", "after two", "start one", "start two"]);
    await made.end();
    await made.end();
    expect(journal).toEqual(["stop two", "stop one", "halt two", "dispose Service", "dispose one"]);
  });

  it("stops only what was started, and logs what fails on the way", async () => {
    @Configuration()
    class Config {
      @Bean({ token: "one" }) one(): Named {
        return Object.assign(new Named("one"), { stop: () => Promise.reject(new Error("stuck")) });
      }
      @Bean({ token: "two" }) two(): Named {
        return Object.assign(new Named("two"), {
          start: () => {
            throw new Error("port taken");
          },
        });
      }
    }
    const { made, factory } = prepare(Config);
    await factory.makeAll();
    await expect(made.start()).rejects.toThrow("start() of the bean Config.two() failed: port taken");
    await made.end();
    expect(journal).toEqual(["start one", "dispose two", "dispose one"]);
    expect(logged).toEqual([{ event: "bean.stop.failed", bean: "Config.one()", error: new Error("stuck") }]);
  });
});
