import { expect } from "vitest";
import {
  DeploymentException,
  OnClose,
  OnError,
  OnMessage,
  OnOpen,
  PathParam,
  ServerEndpoint,
  Session,
  type Class,
} from "wirespring";
import { CaseList, CHANGES, type Run } from "../case-list.js";
import type { Stage } from "../stage.js";

/**
 * Variables of the path in every kind of handler: `ee/server/pathparam` (J-62 to J-67, J-191 to J-193). The original reads the values of `@OnClose`
 * through a second endpoint; here the case itself keeps them.
 */

/** Which handler is to answer, and the name of its methods in the TCK. */
const HANDLERS = ["OnMessage", "OnOpen", "OnIOE", "OnRE", "OnClose"] as const;
type Handler = (typeof HANDLERS)[number];

/** What stands for Java's `IOException` and `RuntimeException`: an error of the system and one of the program. */
const systemError = (): Error => Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
const programError = (): Error => new TypeError("not a function");

interface Variables {
  readonly path: string;
  /** Names of the parameters, in the order in which the handlers take them. */
  readonly names: readonly string[];
  readonly types: readonly unknown[];
}

/** Makes an endpoint with four handlers that all take the same variables, and tell what they were given. */
function endpointWith(
  { path, names, types }: Variables,
  tell: (handler: string, values: readonly unknown[]) => void,
): Class {
  class Told {
    opened(session: Session, ...values: unknown[]): void {
      tell("open", values);
      void session.remote.sendText(`open ${values.join("")}`);
    }
    said(text: string, ...values: unknown[]): string {
      if (text === "OnIOE") throw systemError();
      if (text === "OnRE") throw programError();
      tell("message", values);
      return `message ${values.join("")}`;
    }
    closed(...values: unknown[]): void {
      tell("close", values);
    }
    failed(session: Session, error: Error, ...values: unknown[]): void {
      tell("error", values);
      void session.remote.sendText(`${error.message} ${values.join("")}`);
    }
  }
  const declare = (
    method: "opened" | "said" | "closed" | "failed",
    before: readonly unknown[],
    decorate: ReturnType<typeof OnMessage>,
  ): void => {
    Reflect.defineMetadata("design:paramtypes", [...before, ...types], Told.prototype, method);
    names.forEach((name, index) => PathParam(name)(Told.prototype, method, before.length + index));
    const descriptor = Object.getOwnPropertyDescriptor(Told.prototype, method)!;
    decorate(Told.prototype, method, descriptor);
  };
  declare("opened", [Session], OnOpen());
  declare("said", [String], OnMessage());
  declare("closed", [], OnClose());
  declare("failed", [Session, Error], OnError());
  ServerEndpoint(path)(Told);
  return Told;
}

/** Connects, lets the handler be called, and looks at what it was given and what it answered. */
async function gives(
  stage: Stage,
  handler: Handler,
  variables: Variables,
  target: string,
  values: readonly unknown[],
): Promise<void> {
  const told = new Map<string, readonly unknown[]>();
  let closed!: () => void;
  const over = new Promise<void>((resolve) => (closed = resolve));
  const endpoint = endpointWith(variables, (name, given) => {
    told.set(name, given);
    if (name === "close") closed();
  });
  const peer = await stage.open([endpoint], target);
  const joined = values.join("");
  expect(await peer.next()).toBe(`open ${joined}`);
  expect(told.get("open")).toEqual(values);
  if (handler === "OnMessage") {
    peer.send("hello");
    expect(await peer.next()).toBe(`message ${joined}`);
    expect(told.get("message")).toEqual(values);
  } else if (handler === "OnIOE" || handler === "OnRE") {
    peer.send(handler);
    expect(await peer.next()).toBe(`${handler === "OnIOE" ? "the disk is full" : "not a function"} ${joined}`);
    expect(told.get("error")).toEqual(values);
    // The connection has survived (J-193).
    peer.send("hello");
    expect(await peer.next()).toBe(`message ${joined}`);
  } else if (handler === "OnClose") {
    peer.close(1000);
    await over;
    expect(told.get("close")).toEqual(values);
  }
}

const list = new CaseList("ee/server/pathparam");

const UNKNOWN =
  "a name that is no variable of the path is a deployment error, so that it is found at once; the value is never null";

function add(handler: Handler): void {
  const addAll = (method: string, run: Run, changed?: string): void => list.add(method, { changed }, run);
  addAll(`multipleStringParams${handler}Test`, async (stage) => {
    for (let count = 1; count <= 11; count++) {
      const names = Array.from({ length: count }, (_none, index) => `param${index + 1}`);
      const path = `/param/${names.map((name) => `{${name}}`).join("/")}`;
      const variables = { path, names, types: names.map(() => String) };
      await gives(stage, handler, variables, `/param/${names.join("/")}`, names);
    }
  });
  addAll(
    `noStringParams${handler}Test`,
    async (stage) => {
      const endpoint = endpointWith({ path: "/{a}/{b}", names: ["unused"], types: [String] }, () => {});
      const failure = stage.start([endpoint]);
      await expect(failure).rejects.toThrow(DeploymentException);
      await expect(failure).rejects.toThrow(/unused/);
    },
    UNKNOWN,
  );
  addAll(`directStringParam${handler}Test`, async (stage) => {
    const target = "/1234567890";
    await gives(stage, handler, { path: "/{a}", names: ["a"], types: [BigInt] }, target, [1_234_567_890n]);
    await gives(stage, handler, { path: "/{a}", names: ["a"], types: [Number] }, target, [1_234_567_890]);
  });
  addAll(
    `primitiveBooleanAndCharParams${handler}Test`,
    async (stage) => {
      const variables = { path: "/different/{a}/{b}", names: ["a", "b"], types: [Boolean, String] };
      await gives(stage, handler, variables, "/different/true/0", [true, "0"]);
      await gives(stage, handler, variables, "/different/no/x", [false, "x"]);
    },
    CHANGES.noChar,
  );
  addAll(`fullDoubleAndFloatParams${handler === "OnIOE" ? "OnIO" : handler}Test`, async (stage) => {
    const variables = { path: "/full/{a}/{b}", names: ["a", "b"], types: [Number, Number] };
    await gives(stage, handler, variables, "/full/12.34/56.78", [12.34, 56.78]);
  });
}

for (const handler of HANDLERS) add(handler);

export const pathParamCases = list.cases;
