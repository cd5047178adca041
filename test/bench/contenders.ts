import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tomcatJars } from "../machine.js";
import type { DialectName, Mode } from "./work.js";

/**
 * The servers that are compared: how each is started, how it is spoken to, what it can do. Called by `main.ts` and the measurement.
 */

export interface Contender {
  readonly id: string;
  /** As tables and plots name it. */
  readonly title: string;
  /** Whether `--peers` can leave it out. */
  readonly isPeer: boolean;
  readonly dialect: DialectName;
  /** What it can do; what it cannot is left out of its rows. */
  readonly modes: readonly Mode[];
  /** The program and its arguments, to which the mode is added. */
  readonly command: readonly [program: string, ...given: string[]];
}

/** The folder of the peers' project; the programs here are built, that one is not. */
export const peersFolder = fileURLToPath(new URL("../../bench/peers/", import.meta.url));

const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = (path: string): readonly [string, ...string[]] => [process.execPath, "--expose-gc", path];
const peer = (file: string): string => join(peersFolder, file);

const everything: readonly Mode[] = ["echo", "text", "async", "json", "topic", "deflate"];
const synchronous = everything.filter((mode) => mode !== "async");
const own = { isPeer: false, dialect: "ws" } as const;

/** What Java chooses by itself on a machine with one core, which is what a pinned process sees. */
const java = ["-XX:+UseSerialGC", "-Xshare:auto"];

/** The base of all ratios, and the same again: what the two differ by is noise. */
export const BASE = "ws";
export const CONTROL = "ws-again";
export const WIRESPRING = "wirespring";

/** All of them, in the order of tables and plots. */
export const contenders: readonly Contender[] = [
  { id: WIRESPRING, title: "Wirespring", ...own, modes: everything, command: node(built("servers/wirespring.js")) },
  { id: BASE, title: "ws", ...own, modes: everything, command: node(built("servers/raw-ws.js")) },
  { id: CONTROL, title: "ws again (control)", ...own, modes: everything, command: node(built("servers/raw-ws.js")) },
  {
    id: "net",
    title: "node:net (floor)",
    isPeer: false,
    dialect: "net",
    modes: ["echo", "topic"],
    command: node(built("servers/raw-net.js")),
  },
  {
    id: "socket.io",
    title: "Socket.IO",
    isPeer: true,
    dialect: "socket.io",
    modes: synchronous,
    command: node(peer("socket-io.js")),
  },
  {
    id: "nest",
    title: "NestJS platform-ws",
    isPeer: true,
    dialect: "nest",
    modes: synchronous,
    command: node(peer("nest.js")),
  },
  {
    id: "websocket-node",
    title: "WebSocket-Node",
    isPeer: true,
    dialect: "ws",
    // It cannot compress.
    modes: synchronous.filter((mode) => mode !== "deflate"),
    command: node(peer("websocket-node.js")),
  },
  {
    id: "bun",
    title: "Bun",
    isPeer: true,
    dialect: "ws",
    modes: synchronous,
    command: [peer("node_modules/.bin/bun"), peer("bun-server.js")],
  },
  {
    id: "tomcat",
    title: "Tomcat 10",
    isPeer: true,
    dialect: "ws",
    // Its archives have no JSON codec.
    modes: synchronous.filter((mode) => mode !== "json"),
    command: ["java", ...java, "-cp", tomcatJars.join(delimiter), peer("TomcatServer.java")],
  },
];

/** What looks paths up, in the case that has no servers. */
export const routeMatchers: readonly Pick<Contender, "id" | "title">[] = [
  { id: WIRESPRING, title: "Wirespring" },
  { id: "expressions", title: "list of expressions" },
];

/** Why a peer cannot run here; undefined when it can. */
export function obstacleOf({ id, command }: Contender): string | undefined {
  if (id === "tomcat") {
    if (!tomcatJars.every((jar) => existsSync(jar)))
      return "its archives are missing: apt-get install libtomcat10-java";
    const isThere = spawnSync("javac", ["-version"], { stdio: "ignore" }).status === 0;
    return isThere ? undefined : "there is no Java compiler: apt-get install default-jdk-headless";
  }
  if (id === "bun") {
    const { status } = spawnSync(command[0], ["--version"], { stdio: "ignore" });
    return status === 0 ? undefined : "its program does not run here";
  }
  return undefined;
}
