import "reflect-metadata";
import { container as globalContainer, delay, inject, injectable, injectAll, singleton } from "tsyringe";
import { describe, expect, it } from "vitest";
import { isolateSingletons, singletonsReachedBy } from "./singleton-isolation.js";

@singleton()
class Deep {}

@singleton()
class Service {
  constructor(readonly deep: Deep) {}
}

@singleton()
class Lazy {}

@injectable()
class Between {
  constructor(
    readonly service: Service,
    @inject(delay(() => Lazy)) readonly lazy: Lazy,
    @injectAll("plugins") readonly plugins: unknown[],
  ) {}
}

globalContainer.register("plugins", { useToken: Service });
globalContainer.registerSingleton("plugins", Deep);

describe("isolateSingletons", () => {
  it("finds what is reached through classes, lists and delay(), dependencies first", () => {
    expect(singletonsReachedBy(globalContainer, [Between])).toEqual([Deep, Service, "plugins", Lazy]);
  });

  it("gives each child container its own instances, once", () => {
    const one = globalContainer.createChildContainer();
    const two = globalContainer.createChildContainer();
    expect(isolateSingletons(one, [Between])).toHaveLength(4);
    expect(isolateSingletons(one, [Between])).toEqual([]);
    isolateSingletons(two, [Between]);
    const first = one.resolve(Between);
    const second = two.resolve(Between);
    expect(one.resolve(Between).service).toBe(first.service);
    expect(first.service).not.toBe(second.service);
    expect(first.service.deep).not.toBe(second.service.deep);
    expect(first.plugins).toEqual([first.service, expect.any(Deep)]);
    expect(first.plugins[1]).not.toBe(second.plugins[1]);
    expect(globalContainer.resolve(Service)).not.toBe(first.service);
  });

  it("leaves alone what the child has registered itself", () => {
    const child = globalContainer.createChildContainer();
    const fake = new Service(new Deep());
    child.registerInstance(Service, fake);
    isolateSingletons(child, [Between]);
    expect(child.resolve(Between).service).toBe(fake);
  });
});
