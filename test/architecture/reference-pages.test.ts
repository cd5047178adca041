import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultContainerLimits, defaultLimits } from "../../packages/wirespring/src/limits.js";
import { root } from "./repository.js";

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const sources = "packages/wirespring/src";

/** The members that users meet of a class or interface at the top of a source: not private, static or internal. */
function membersOf(source: string, type: string): readonly string[] {
  const opening = new RegExp(`^export (?:abstract )?(?:class|interface) ${type}\\b[\\s\\S]*?\\{\\n`, "m").exec(source);
  if (opening === null) throw new Error(`there is no ${type}`);
  const body = source.slice(opening.index + opening[0].length).split(/^\}/m)[0]!;
  const visible = body.replace(/ {2}\/\*\*(?:(?!\*\/)[\s\S])*@internal[\s\S]*?\*\/\n.*\n/g, "");
  const member = /^ {2}(?:abstract |readonly |override |async |get |set )*([a-z]\w*)[?(<:]/gm;
  const names = [...visible.matchAll(member)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => name !== "constructor");
}

/** Whether a page speaks of a name in code, or has it for a heading; examples do not count. */
function isNamed(page: string, name: string): boolean {
  const prose = page.replace(/^```[\s\S]*?^```$/gm, "");
  const named = [...prose.matchAll(/`([^`\n]+)`|^#+ (.+)$/gm)].map(([, code, heading]) => code ?? heading!);
  return named.some((text) => new RegExp(`\\b${name}\\b`).test(text));
}

describe("the reference", () => {
  it.each([
    ["session.md", "session/session.ts", "Session"],
    ["remote-endpoint.md", "session/remote-endpoint.ts", "RemoteEndpoint"],
    ["broadcaster.md", "broadcast/broadcaster.ts", "Broadcaster"],
    ["broadcaster.md", "broadcast/broadcaster.ts", "PublishOptions"],
    ["configuration.md", "session/session.ts", "WebSocketContainer"],
    ["configuration.md", "server-container.ts", "ServerContainer"],
    ["configuration.md", "endpoint/endpoint-config.ts", "EndpointConfig"],
    ["configuration.md", "endpoint/endpoint-config.ts", "ServerEndpointConfig"],
    ["configuration.md", "endpoint/endpoint-config.ts", "ServerEndpointConfigurator"],
    ["configuration.md", "endpoint/client-endpoint-config.ts", "ClientEndpointConfig"],
    ["configuration.md", "endpoint/client-options.ts", "ClientEndpointConfigurator"],
    ["configuration.md", "endpoint/endpoint.ts", "Endpoint"],
    ["configuration.md", "endpoint/application-config.ts", "ServerApplicationConfig"],
    ["configuration.md", "handshake-request.ts", "HandshakeRequest"],
    ["configuration.md", "handshake-response.ts", "HandshakeResponse"],
    ["configuration.md", "received-response.ts", "ReceivedResponse"],
    ["configuration.md", "endpoint-exporter.ts", "EndpointExporterOptions"],
    ["configuration.md", "client/web-socket-container.ts", "WebSocketContainerOptions"],
    ["decorators.md", "endpoint/endpoint-config.ts", "EndpointOptions"],
    ["decorators.md", "endpoint/endpoint-config.ts", "ServerEndpointOptions"],
    ["decorators.md", "endpoint/client-options.ts", "ClientEndpointOptions"],
    ["decorators.md", "endpoint/decorators.ts", "OnMessageOptions"],
    ["decorators.md", "context/bean.ts", "BeanOptions"],
    ["codecs.md", "codec/decoder.ts", "Text"],
    ["codecs.md", "codec/encoder.ts", "TextStream"],
  ])("%s names every member of %s %s", (page, path, type) => {
    const text = read(`docs/reference/${page}`);
    const members = membersOf(read(`${sources}/${path}`), type);
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter((member) => !isNamed(text, member))).toEqual([]);
  });

  it.each([
    ["test-application.ts", "TestApplication"],
    ["test-application.ts", "SessionOptions"],
    ["test-deployment.ts", "TestApplicationOptions"],
    ["test-client.ts", "TestClient"],
    ["memory-client.ts", "MemoryClient"],
    ["memory-client.ts", "MessageOptions"],
    ["virtual-clock.ts", "VirtualClock"],
    ["waiting.ts", "WaitOptions"],
    ["handshake-refused.ts", "HandshakeRefused"],
    ["upgrade-request.ts", "UpgradeRequestOptions"],
  ])("testing.md names every member of %s %s", (path, type) => {
    const text = read("docs/reference/testing.md");
    const members = membersOf(read(`packages/testing/src/${path}`), type);
    expect(members.length).toBeGreaterThan(0);
    expect(members.filter((member) => !isNamed(text, member))).toEqual([]);
  });

  it("has a section for every decorator", () => {
    const text = read("docs/reference/decorators.md");
    const exported = ["endpoint/decorators", "codec/codec-decorators", "context/bean", "context/configuration"];
    const decorators = exported.flatMap((path) =>
      [...read(`${sources}/${path}.ts`).matchAll(/^export function ([A-Z]\w*)\b/gm)].map(([, name]) => name!),
    );
    expect(decorators).toHaveLength(13);
    const headings = text.match(/^## @.*$/gm)!.join(" ");
    expect(decorators.filter((decorator) => !new RegExp(`@${decorator}\\b`).test(headings))).toEqual([]);
  });

  it("has the defaults of all limits", () => {
    const text = read("docs/reference/decorators.md");
    const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d[\d ]*\d|\d)\b[^|]*\|/gm)].map(
      ([, name, value]) => [name!, Number(value!.replaceAll(" ", ""))] as const,
    );
    const documented = Object.fromEntries(rows.filter(([name]) => name in defaultLimits));
    expect(documented).toEqual(defaultLimits);
    for (const [name, value] of Object.entries(defaultContainerLimits)) {
      const said = new RegExp(`\`${name}\`, (\\d[\\d ]*\\d|\\d)`).exec(text)?.[1];
      expect([name, Number(said?.replaceAll(" ", ""))]).toEqual([name, value]);
    }
  });
});

describe("membersOf", () => {
  it("leaves out what is private, static or internal", () => {
    const source = `export abstract class A<T = unknown> extends B {
  static readonly mark = 1;
  readonly #hidden = 2;
  abstract readonly id: string;
  data: T;
  /** Sends it (J-1). */
  abstract send<C>(type: C): void;
  /** @internal */
  connect(): void {}
  /**
   * Gives it.
   *
   * @internal Called by somebody.
   */
  get inner(): number {
    return 1;
  }
  get size(): number {
    return 2;
  }
  constructor(value: string) {
    super();
  }
  optional?(text: string): void;
}
export class After {
  later = 1;
}
`;
    expect(membersOf(source, "A")).toEqual(["id", "data", "send", "size", "optional"]);
    expect(() => membersOf(source, "B")).toThrow("there is no B");
  });
});

describe("isNamed", () => {
  it("wants the whole name, in code", () => {
    expect(isNamed("`sendText(text, last?)`", "sendText")).toBe(true);
    expect(isNamed("`sendTexts` sendText `x`", "sendText")).toBe(false);
    expect(isNamed("```ts\nsendText;\n```\n", "sendText")).toBe(false);
  });
});
