/** Says why no project could be made: what was expected, what was found, and the cure. Shown without a stack. */
export class CreateError extends Error {
  override readonly name = "CreateError";
}
