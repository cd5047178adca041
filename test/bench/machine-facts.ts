import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, release, totalmem, type } from "node:os";
import { dirname, join } from "node:path";
import { tomcatJars } from "../machine.js";
import { peersFolder } from "./contenders.js";

/**
 * What the figures were measured on and with: nothing that names one machine. Called by `main.ts`, written by the report and the page.
 */

export interface MachineFacts {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
  /** Versions of what was compared, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Whether `ws` had its optional native part. */
  readonly bufferutil: boolean;
}

/** Reads what there is to say. */
export function readMachine(): MachineFacts {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    // Builds have names of their own behind the version.
    system: `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ""}`.trim(),
    node: process.version.slice(1),
    versions: { ws: wsVersion(), ...peerVersions(), ...tomcatVersion() },
    bufferutil: hasBufferutil(),
  };
}

const require = createRequire(import.meta.url);

function wsVersion(): string {
  // Its package.json is not exported.
  const { version } = JSON.parse(readFileSync(join(dirname(require.resolve("ws")), "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

function peerVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(peersFolder, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const names = { "Socket.IO": "socket.io", NestJS: "@nestjs/core", "WebSocket-Node": "websocket", Bun: "bun" };
  return Object.fromEntries(Object.entries(names).map(([title, name]) => [title, dependencies[name] ?? "none"]));
}

/** Debian's archives have the version in their own names, to which the short ones lead. */
function tomcatVersion(): Record<string, string> {
  try {
    const version = /-(\d[\d.]*\d)\.jar$/.exec(realpathSync(tomcatJars[0]!))?.[1];
    return version === undefined ? {} : { Tomcat: version };
  } catch {
    // It is not there, and was not compared.
    return {};
  }
}

function hasBufferutil(): boolean {
  try {
    createRequire(require.resolve("ws"))("bufferutil");
    return true;
  } catch {
    return false;
  }
}
