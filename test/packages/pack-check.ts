import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll, pnpm } from "./packed.js";

/**
 * The program behind `npm run packcheck`: packs the packages as a release does and lets others judge what came out. It closes with a line
 * `N passed, N failed, N skipped`, and ends with 1 when one failed.
 */

/** What judges a packed file. `attw` is called as the manager of packages is: fetched where it is not there yet, kept out of the workspace. */
const judges = [
  { name: "publint", command: ["npx", "publint", "--strict"] },
  { name: "attw", command: ["npm", "run", "--silent", "attw", "--", "--profile", "esm-only", "--format", "ascii"] },
] as const;

const destination = mkdtempSync(join(tmpdir(), "wirespring-packcheck-"));
let [passed, failed] = [0, 0];

function judge(what: string, output: string | undefined): void {
  if (output === undefined) {
    passed++;
    console.log(`ok      ${what}`);
  } else {
    failed++;
    console.log(`FAILED  ${what}\n${output}`);
  }
}

try {
  for (const { name, filename, size } of (await packAll(destination)).values()) {
    console.log(`${name}: ${(size / 1000).toFixed(0)} kB`);
    for (const { name: judgeName, command } of judges) {
      const [program, ...args] = command;
      const { status, stdout, stderr } = spawnSync(program, [...args, filename], { encoding: "utf8" });
      judge(`${judgeName} ${name}`, status === 0 ? undefined : `${stdout}${stderr}`);
    }
  }
  const published = await pnpm("-r", "publish", "--dry-run", "--no-git-checks").then(
    () => undefined,
    (error: unknown) => String(error),
  );
  judge("publish, as a dry run", published);
} finally {
  rmSync(destination, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
if (failed > 0) process.exitCode = 1;
