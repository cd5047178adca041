/** A line of the conversation; `at` grows from line to line. */
export interface Said {
  readonly type: "said";
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

/** What the chat sends, as far as this program shows it. */
export type RoomEvent =
  | { readonly type: "welcome"; readonly room: string; readonly you: string; readonly history: readonly Said[] }
  | Said
  | { readonly type: "joined" | "left"; readonly name: string }
  | { readonly type: "problem"; readonly text: string };

/** Which fields an event of each type has beside lists, and of which type they are. */
const FIELDS: Readonly<Record<RoomEvent["type"], Readonly<Record<string, "string" | "number">>>> = {
  welcome: { room: "string", you: "string" },
  said: { from: "string", text: "string", at: "number" },
  joined: { name: "string" },
  left: { name: "string" },
  problem: { text: "string" },
};

/** Checks what came out of the JSON. */
export function parseRoomEvent(value: unknown): RoomEvent {
  const event = (value ?? {}) as Record<string, unknown>;
  const { type, history } = event;
  if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) throw new TypeError("expected an event of the chat");
  for (const [name, kind] of Object.entries(FIELDS[type as RoomEvent["type"]]))
    if (typeof event[name] !== kind) throw new TypeError(`${type}.${name} must be a ${kind}`);
  if (type === "welcome") {
    if (!Array.isArray(history)) throw new TypeError("welcome.history must be a list");
    history.forEach(parseRoomEvent);
  }
  return value as RoomEvent;
}
