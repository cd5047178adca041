/** What a voter sends: `{"option":"Tea"}`. */
export class Vote {
  constructor(readonly option: string) {}
}

/** Makes a vote of what JSON gave. Throws for anything else. */
export function parseVote(value: unknown): Vote {
  const option = (value as { option?: unknown } | null)?.option;
  if (typeof option !== "string") throw new TypeError('expected { "option": "..." }');
  return new Vote(option);
}
