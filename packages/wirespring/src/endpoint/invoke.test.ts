import { describe, expect, it } from "vitest";
import type { HandlerContext } from "./handler.js";
import { compile, type Resolver } from "./invoke.js";

class Endpoint {
  readonly name = "one";
  all(...args: unknown[]): unknown[] {
    return [this.name, ...args];
  }
}

describe("compile", () => {
  it.each([0, 1, 2, 3, 4, 5, 11])("calls a method with %d arguments in their order, on the instance", (count) => {
    const resolvers = Array.from(
      { length: count },
      (_, index): Resolver =>
        (_context, payload) =>
          `${String(payload)}${index}`,
    );
    const invoke = compile("all", resolvers);
    const context = { instance: new Endpoint() } as unknown as HandlerContext;
    expect(invoke(context, "p")).toEqual(["one", ...resolvers.map((_, index) => `p${index}`)]);
  });

  it("looks the method up on the instance of each call", () => {
    const invoke = compile("all", []);
    class Loud extends Endpoint {
      override all(): unknown[] {
        return ["loud"];
      }
    }
    expect(invoke({ instance: new Loud() } as unknown as HandlerContext, undefined)).toEqual(["loud"]);
    expect(invoke({ instance: { all: () => "plain" } } as unknown as HandlerContext, undefined)).toBe("plain");
  });

  it("lets what a resolver or the method throws through, and calls nothing then", () => {
    let called = false;
    const instance = { said: () => (called = true) };
    const invoke = compile("said", [
      () => {
        throw new Error("no value");
      },
    ]);
    expect(() => invoke({ instance } as unknown as HandlerContext, undefined)).toThrow("no value");
    expect(called).toBe(false);
  });

  it("calls a method that is named by a symbol", () => {
    const said = Symbol("said");
    const instance = { [said]: (text: string) => text };
    expect(compile(said, [(_context, payload) => payload])({ instance } as unknown as HandlerContext, "x")).toBe("x");
  });
});
