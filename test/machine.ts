import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";

/** The archives of Tomcat's WebSocket client and server, as `libtomcat10-java` installs them. */
export const tomcatJars = [
  "annotations-api",
  "api",
  "catalina",
  "coyote",
  "el-api",
  "jaspic-api",
  "jni",
  "juli",
  "servlet-api",
  "util",
  "util-scan",
  "websocket",
  "websocket-api",
  "websocket-client-api",
].map((name) => `/usr/share/java/tomcat10-${name}.jar`);

/** Something that a Debian package brings. */
interface Need {
  readonly package: string;
  /** Where it is; undefined where it is missing. */
  readonly find: () => string | undefined;
}

/** The programs the tests drive: what starts each, and what it needs besides. */
const programs = {
  chromium: [{ package: "chromium", find: () => find(["chromium", "chromium-browser", "google-chrome"]) }],
  haproxy: [{ package: "haproxy", find: () => find(["haproxy"]) }],
  nginx: [{ package: "nginx", find: () => find(["nginx"]) }],
  // Debian's own interpreter, which is not always the first on the path, is the one that its packages are for.
  python: [
    { package: "python3", find: () => existing(["/usr/bin/python3"]) },
    { package: "python3-websockets", find: () => existing(["/usr/lib/python3/dist-packages/websockets"]) },
  ],
  // Where there is a compiler, java starts a source file as it is.
  tomcat: [
    { package: "default-jdk-headless", find: () => find(["javac"]) && find(["java"]) },
    { package: "libtomcat10-java", find: () => existing(tomcatJars) },
  ],
} as const satisfies Record<string, readonly Need[]>;

export type Programs = Partial<Record<keyof typeof programs, string>>;

declare module "vitest" {
  interface ProvidedContext {
    programs: Programs;
  }
}

const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];

function find(names: readonly string[]): string | undefined {
  return folders
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function existing(paths: readonly string[]): string | undefined {
  return paths.every((path) => existsSync(path)) ? paths[0] : undefined;
}

/** The packages that a program lacks. */
function lacks(needs: readonly Need[]): string[] {
  return needs.filter((need) => need.find() === undefined).map((need) => need.package);
}

function install(missing: readonly (readonly Need[])[]): void {
  if (process.env["WIRESPRING_NO_INSTALL"] === "1") return;
  if (process.getuid?.() !== 0 || find(["apt-get"]) === undefined) return;
  console.log(
    `Installing ${missing.flatMap(lacks).join(", ")} with apt-get, for the tests; WIRESPRING_NO_INSTALL=1 leaves that out.`,
  );
  const apt = (...args: string[]): void => {
    try {
      execFileSync("apt-get", ["-qq", ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
        stdio: "ignore",
      });
    } catch {
      // Reported below, as for any other machine without them.
    }
  };
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...missing.flatMap(lacks));
  // One package that cannot be had keeps back the others of its call: what is still missing gets one of its own.
  for (const packages of missing.map(lacks))
    if (packages.length > 0) apt("install", "-y", "--no-install-recommends", ...packages);
}

/** Runs once before all tests: finds the programs, installs the missing ones where that is allowed. */
export default function setup(project: TestProject): void {
  const entries = Object.entries<readonly Need[]>(programs);
  const missing = entries.filter(([, needs]) => lacks(needs).length > 0);
  if (missing.length > 0) install(missing.map(([, needs]) => needs));
  for (const [name, needs] of missing) {
    const packages = lacks(needs);
    if (packages.length > 0)
      console.warn(`SKIP tests with ${name}: not found. To run them: apt-get install ${packages.join(" ")}`);
  }
  const found = entries.filter(([, needs]) => lacks(needs).length === 0);
  project.provide("programs", Object.fromEntries(found.map(([name, needs]) => [name, needs[0]?.find()])));
}
