import { rules } from "./rules.js";
import { tckClasses } from "./tck-classes.js";

/** The ids that there are to be: every possible method of the TCK, and every rule that it leaves out and that applies. */
export function expectedIds(): readonly string[] {
  const methods = tckClasses
    .filter((each) => each.impossible === undefined)
    .flatMap(({ name, methods: all }) => all.map((method) => `${name} #${method}`));
  const leftOut = rules.filter(({ gap, verdict }) => gap === true && verdict !== "none");
  return [...methods, ...leftOut.map(({ number }) => `J-${number}`)];
}
