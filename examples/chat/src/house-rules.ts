/** What the chat accepts from people. The page says the same in its `maxlength`, but nobody has to use the page. */
const LONGEST_NAME = 24;
const LONGEST_ROOM = 32;
export const LONGEST_LINE = 500;

// Control and format characters, among them those that turn the direction of the text that follows.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
// The joiners are format characters, too, but emoji and several scripts need them.
const JOINERS = /[\u200c\u200d]/g;
const WORDS = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u;

/** Brings a name or room into one spelling: no spaces around it, single ones inside, composed accents. */
export function tidy(text: string): string {
  return text.normalize("NFC").trim().replace(/\s+/g, " ");
}

/** Says politely what is wrong with a tidy name; undefined when it is fine. */
export function objectionToName(name: string): string | undefined {
  if (name === "") return "Please choose a name.";
  return objectionToWords("name", name, LONGEST_NAME);
}

/** Says politely what is wrong with a tidy room; undefined when it is fine. */
export function objectionToRoom(room: string): string | undefined {
  if (room === "") return "Please choose a room.";
  return objectionToWords("room", room, LONGEST_ROOM);
}

/** Says politely what is wrong with a line; undefined when it is fine. */
export function objectionToLine(text: string): string | undefined {
  if (text.trim() === "") return "An empty line says nothing.";
  if (text.length > LONGEST_LINE) return `A line has at most ${LONGEST_LINE} characters; this one has ${text.length}.`;
  if (INVISIBLE.test(text.replace(JOINERS, ""))) return "A line is one line of visible characters.";
  return undefined;
}

function objectionToWords(what: string, words: string, longest: number): string | undefined {
  if (words.length > longest) return `A ${what} has at most ${longest} characters.`;
  if (!WORDS.test(words))
    return `A ${what} starts with a letter or digit and has letters, digits, spaces, . _ and - only.`;
  return undefined;
}
