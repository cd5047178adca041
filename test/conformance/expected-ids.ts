import { rules } from "./rules.js";
import { tckClasses } from "./tck-classes.js";

/** The ids that there are to be: every possible method of the TCK, and every rule that it leaves out. */
export function expectedIds(): readonly string[] {
  const methods = tckClasses
    .filter((each) => each.impossible === undefined)
    .flatMap(({ name, methods: all }) => all.map((method) => `${name} #${method}`));
  return [...methods, ...rules.filter(({ gap }) => gap === true).map(({ number }) => `J-${number}`)];
}
