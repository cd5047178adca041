/** Lines of one guest that follow each other within this time stand under one name, in milliseconds. */
const TOGETHER = 5 * 60_000;
/** What the page keeps on screen. */
const MOST_ENTRIES = 500;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** The list of lines and notes on the page. Text goes in as text, never as HTML. */
export class Conversation {
  #log;
  #silence;
  #last;
  /** Whether the end of the conversation is in sight; who reads further up is left there. */
  #atEnd = true;

  constructor(log, silence) {
    this.#log = log;
    this.#silence = silence;
    log.addEventListener("scroll", () => {
      this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
    });
    // A phone's keyboard makes the log smaller: the last line stays in sight.
    new ResizeObserver(() => this.#follow()).observe(log);
  }

  clear() {
    this.#log.replaceChildren(this.#silence);
    this.#last = undefined;
    this.#atEnd = true;
  }

  /** Adds a line. `own` lines stand on the other side. */
  say({ from, text, at }, own) {
    const follows = this.#last?.from === from && at - this.#last.at < TOGETHER;
    const entry = element("div", { className: own ? "said own" : "said" });
    if (!follows) entry.append(avatar(from), header(from, at, own));
    entry.classList.toggle("follows", follows);
    entry.append(element("p", { className: "text", textContent: text, dir: "auto" }));
    this.#last = { from, at };
    this.#add(entry);
  }

  /** Adds a note of the page itself: who came, who went, what went wrong. */
  note(text, kind = "news") {
    this.#last = undefined;
    this.#add(element("p", { className: `note ${kind}`, textContent: text }));
  }

  #add(entry) {
    this.#silence.remove();
    this.#log.append(entry);
    if (this.#log.childElementCount > MOST_ENTRIES) this.#log.firstElementChild.remove();
    if (entry.classList.contains("own")) this.#atEnd = true;
    this.#follow();
  }

  #follow() {
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

/** Makes the round picture of a name: its first letter on a colour of its own. */
export function avatar(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) % 65_536;
  const circle = element("span", { className: "avatar", textContent: [...name][0].toUpperCase(), ariaHidden: "true" });
  circle.style.setProperty("--hue", (sum * 137) % 360);
  return circle;
}

export function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function header(from, at, own) {
  const line = element("p", { className: "by" });
  const time = element("time", { dateTime: new Date(at).toISOString(), textContent: clock.format(at) });
  line.append(element("b", { textContent: own ? "You" : from }), " ", time);
  return line;
}
