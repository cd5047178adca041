import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { DependencyContainer } from "tsyringe";
import { labelOf } from "../endpoint/dependency-problems.js";
import { isolateSingletons } from "../endpoint/singleton-isolation.js";
import { isDeclared } from "../endpoint/tsyringe-registry.js";
import { IllegalStateError } from "../errors.js";
import type { BeanToken } from "./bean.js";

/** What an application lets its context know of it. */
export interface ApplicationHandle {
  readonly container: DependencyContainer;
  readonly server: HttpServer | HttpsServer | undefined;
  readonly url: string | undefined;
  close(): Promise<void>;
}

/**
 * A running application: its beans, its server, its end. Made by `WirespringApplication.run`; a bean may take it, too.
 */
export class ApplicationContext {
  readonly #application: ApplicationHandle;

  /** @internal Made by `WirespringApplication.run`. */
  constructor(application: ApplicationHandle) {
    this.#application = application;
  }

  /** The application's own tsyringe container, a child of the global one. */
  get container(): DependencyContainer {
    return this.#application.container;
  }

  /** The server that carries the endpoints. Throws `IllegalStateError` while beans are being made. */
  get server(): HttpServer | HttpsServer {
    return this.#application.server ?? notYet("has no server");
  }

  /** Where the application is reached, as `http://localhost:8080`. Throws `IllegalStateError` while it does not listen on a port. */
  get url(): string {
    return this.#application.url ?? notYet("does not listen");
  }

  /**
   * Gives a bean, or an instance of a class that tsyringe can make, as a constructor parameter of this type would get it.
   *
   * Throws `IllegalStateError`, code `WS_NO_SUCH_BEAN`, for what nobody has declared.
   */
  get<T>(token: BeanToken<T>): T {
    const { container } = this.#application;
    const known = token as Parameters<DependencyContainer["resolve"]>[0];
    if (!container.isRegistered(known, true) && (typeof token !== "function" || isDeclared(token) === false))
      throw new IllegalStateError(
        `nothing in this application is found by ${labelOf(token)}: declare it as a @Bean, or decorate the class with @singleton() or @injectable()`,
        "WS_NO_SUCH_BEAN",
      );
    // A singleton that nothing has needed so far lies in the global container, which other applications see, too.
    isolateSingletons(container, [known]);
    return container.resolve(known) as T;
  }

  /**
   * Ends the application: accepts no connection any more, lets handlers end and closes every session with 1012, closes its own server, then
   * stops and ends the beans in reverse. Never rejects: what fails is logged. A second call gets the same promise.
   */
  close(): Promise<void> {
    return this.#application.close();
  }

  /** Closes the application, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function notYet(what: string): never {
  throw new IllegalStateError(`the application ${what} yet`);
}
