import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";

/** The programs the tests drive, by their Debian package. */
const programs = {
  chromium: ["chromium", "chromium-browser", "google-chrome"],
} as const;

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

function install(packages: readonly string[]): void {
  if (process.env["WIRESPRING_NO_INSTALL"] === "1") return;
  if (process.getuid?.() !== 0 || find(["apt-get"]) === undefined) return;
  console.log(
    `Installing ${packages.join(", ")} with apt-get, for the tests; WIRESPRING_NO_INSTALL=1 leaves that out.`,
  );
  const apt = (...args: string[]): void => {
    execFileSync("apt-get", ["-qq", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore",
    });
  };
  try {
    apt("update");
    apt("install", "-y", "--no-install-recommends", ...packages);
  } catch {
    // Reported below, as for any other machine without them.
  }
}

/** Runs once before all tests: finds the programs, installs the missing ones where that is allowed. */
export default function setup(project: TestProject): void {
  const entries = Object.entries(programs);
  const missing = (): string[] => entries.flatMap(([name, commands]) => (find(commands) ? [] : [name]));
  if (missing().length > 0) install(missing());
  for (const name of missing())
    console.warn(`SKIP tests with ${name}: not found. To run them: apt-get install ${name}`);
  project.provide("programs", Object.fromEntries(entries.map(([name, commands]) => [name, find(commands)])));
}
