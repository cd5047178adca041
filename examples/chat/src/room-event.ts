/** One line of the conversation. `at` is in milliseconds and grows from line to line, so a page can tell what it has shown already. */
export interface Said {
  readonly type: "said";
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** The first thing a guest hears. `you` is the name they got, which differs from the one they asked for when that was taken. */
export interface Welcome {
  readonly type: "welcome";
  readonly room: string;
  readonly you: string;
  readonly people: readonly string[];
  readonly history: readonly Said[];
}

/** Somebody came or went; `people` are those who are here now. */
export interface CameOrWent {
  readonly type: "joined" | "left";
  readonly name: string;
  readonly people: readonly string[];
}

/** Why the last line was not taken, in words for its author. */
export interface Problem {
  readonly type: "problem";
  readonly text: string;
}

/** Everything that a page is sent. */
export type RoomEvent = Welcome | Said | CameOrWent | Problem;
