import "reflect-metadata";
import { once } from "node:events";
import { container as globalContainer, singleton } from "tsyringe";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { OnMessage, ServerEndpoint } from "../endpoint/decorators.js";
import { EndpointExporter } from "../endpoint-exporter.js";
import { ServerContainer } from "../server-container.js";
import { ApplicationContext } from "./application-context.js";
import { WirespringApplication } from "./application.js";
import { Bean } from "./bean.js";
import { Configuration } from "./configuration.js";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const options = { port: 0, host: "127.0.0.1", signals: false, logger: silent };

@singleton()
class Ledger {
  readonly entries: string[] = [];
}

class Store {
  readonly journal: string[] = [];
  ended = false;
  stop(): void {
    this.ended = true;
    this.journal.push("stop");
  }
}

@ServerEndpoint("/slow")
class Slow {
  static release: (() => void) | undefined;
  constructor(readonly store: Store) {}

  @OnMessage()
  async said(text: string): Promise<string> {
    await new Promise<void>((resolve) => (Slow.release = resolve));
    this.store.journal.push(`handled, store ended: ${this.store.ended}`);
    return text;
  }
}

@ServerEndpoint("/late")
class Late {
  constructor(readonly ledger: Ledger) {}
}

@Configuration()
class ExporterConfig {
  @Bean() exporter(): EndpointExporter {
    return new EndpointExporter();
  }
}

@Configuration()
class StoreConfig {
  @Bean() store(): Store {
    return new Store();
  }
}

class Impatient {
  constructor(readonly context: ApplicationContext) {}
  start(): Promise<void> {
    return this.context.close();
  }
}

@Configuration()
class ImpatientConfig {
  @Bean() impatient(context: ApplicationContext): Impatient {
    return new Impatient(context);
  }
}

describe("an application that ends", () => {
  it("stops its beans only when the handlers that use them have ended", async () => {
    const context = await WirespringApplication.run([ExporterConfig, StoreConfig], { ...options, endpoints: [Slow] });
    const store = context.get(Store);
    const client = new WebSocket(`${context.url!.replace("http", "ws")}/slow`);
    await once(client, "open");
    client.send("x");
    await expect.poll(() => Slow.release).toBeDefined();
    const closed = once(client, "close");
    const closing = context.close();
    Slow.release?.();
    const [code, reason] = (await closed) as [number, Buffer];
    await closing;
    expect(store.journal).toEqual(["handled, store ended: false", "stop"]);
    expect(code).toBe(1012);
    expect(String(reason)).toMatch(/^retry=\d+$/);
  });

  it("while it starts goes no further: nothing listens, what was made is ended", async () => {
    const context = await WirespringApplication.run([ExporterConfig, StoreConfig, ImpatientConfig], {
      ...options,
      endpoints: [Slow],
    });
    expect(context.server.listening).toBe(false);
    expect(() => context.url).toThrowError("the application does not listen");
  });
});

describe("two applications", () => {
  it("share no singleton of an endpoint that is added later either", async () => {
    await using one = await WirespringApplication.run([ExporterConfig, StoreConfig], { ...options, endpoints: [Slow] });
    await using two = await WirespringApplication.run([ExporterConfig, StoreConfig], { ...options, endpoints: [Slow] });
    for (const { container } of [one, two]) container.resolve(ServerContainer).addEndpoint(Late);
    expect(one.container.resolve(Ledger)).not.toBe(two.container.resolve(Ledger));
    expect(one.container.resolve(Ledger)).not.toBe(globalContainer.resolve(Ledger));
  });
});

describe("run", () => {
  it("exports nothing that it was not given: an empty list is none, not all that were imported", async () => {
    await expect(WirespringApplication.run(ExporterConfig, { ...options, endpoints: [] })).rejects.toThrowError(
      /^there is nothing to export: \{ endpoints: \[\] \} is empty/,
    );
  });

  it("refuses an option it does not know, and an endpoint that is no class", async () => {
    await expect(WirespringApplication.run(ExporterConfig, { ...options, prot: 1 } as never)).rejects.toThrowError(
      /^run has no option "prot"; there are allowedHosts, beans, /,
    );
    await expect(
      WirespringApplication.run(ExporterConfig, { ...options, endpoints: [undefined as never] }),
    ).rejects.toThrowError(
      "endpoints[0] is undefined, expected a class with @ServerEndpoint. Do two modules import each other?",
    );
  });
});
