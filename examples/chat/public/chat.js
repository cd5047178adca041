import { Connection } from "./connection.js";
import { avatar, Conversation, element } from "./conversation.js";

const byId = (id) => document.getElementById(id);
const conversation = new Conversation(byId("log"), byId("silence"));

let connection;
/** What was asked for: `{ name, room }`. */
let wanted;
/** The name the server has given; differs from the wanted one when that was taken. */
let you;
/** Time of the last line shown, by which the history that comes on every return is told from what is on screen already. */
let lastAt = 0;
/** Lines that were sent and have not come back yet. */
let unconfirmed = [];
let unread = 0;
let countdown;

function join(name, room) {
  leave();
  wanted = { name, room };
  you = undefined;
  lastAt = 0;
  sessionStorage.setItem("chat", JSON.stringify(wanted));
  history.replaceState(null, "", `#${encodeURIComponent(room)}`);
  conversation.clear();
  showPeople([]);
  byId("place-name").textContent = room;
  byId("you").textContent = name;
  show("place");
  byId("text").focus();

  const url = new URL(`chat/${encodeURIComponent(room)}?name=${encodeURIComponent(name)}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  connection = new Connection(url, {
    connecting: () => showState("connecting", "Connecting…"),
    message: (event) => hear[event.type]?.(event),
    waiting: (milliseconds, { code }) => {
      giveBack();
      const what = code === 1012 ? "The server restarts." : "The connection is lost.";
      showState("waiting", "Reconnecting…");
      showBanner(`${what} Trying again`, milliseconds);
    },
    refused: (reason) => {
      leave();
      showObjection(reason);
    },
  });
}

/** What the server says, by `type`. */
const hear = {
  welcome(event) {
    const isReturn = you !== undefined;
    you = event.you;
    showState("connected", "Connected");
    byId("place-name").textContent = event.room;
    byId("you").textContent = you;
    showPeople(event.people);
    for (const said of event.history) if (said.at > lastAt) hear.said(said);
    if (isReturn) conversation.note("You are back.");
    if (you !== wanted.name) conversation.note(`“${wanted.name}” is taken: here you are “${you}”.`);
  },
  said(event) {
    lastAt = Math.max(lastAt, event.at);
    const own = event.from === you;
    if (own) unconfirmed.shift();
    conversation.say(event, own);
    if (document.hidden && !own) showUnread(unread + 1);
  },
  joined(event) {
    conversation.note(`${event.name} came in`);
    showPeople(event.people);
  },
  left(event) {
    conversation.note(`${event.name} left`);
    showPeople(event.people);
  },
  problem(event) {
    giveBack();
    conversation.note(event.text, "problem");
  },
};

function leave() {
  connection?.end();
  connection = undefined;
  giveBack();
  showState("idle", "Offline");
  show("entrance");
}

/** What never came back is put into the field again, for its author to decide. */
function giveBack() {
  const text = unconfirmed.join(" ");
  unconfirmed = [];
  if (byId("text").value === "") byId("text").value = text;
}

function show(section) {
  byId("entrance").hidden = section !== "entrance";
  byId("place").hidden = section !== "place";
  byId("objection").hidden = true;
  document.title = section === "place" ? `${wanted.room} – Wirespring chat` : "Wirespring chat";
}

function showObjection(text) {
  byId("objection").textContent = text;
  byId("objection").hidden = false;
  byId("name").focus();
}

function showState(state, text) {
  clearInterval(countdown);
  byId("state").dataset.state = byId("place").dataset.state = state;
  byId("state").textContent = text;
  byId("banner").hidden = true;
  byId("send").disabled = state !== "connected";
}

function showBanner(text, milliseconds) {
  const end = Date.now() + milliseconds;
  const tick = () => {
    byId("countdown").textContent = `in ${Math.max(1, Math.ceil((end - Date.now()) / 1000))} s`;
  };
  tick();
  countdown = setInterval(tick, 250);
  byId("banner-text").textContent = text;
  byId("banner").hidden = false;
}

function showPeople(names) {
  byId("people-count").textContent = names.length === 0 ? "" : names.length;
  byId("people").replaceChildren(
    ...names.map((name) => {
      const item = element("li", {});
      item.append(avatar(name), element("span", { textContent: name === you ? `${name} (you)` : name }));
      return item;
    }),
  );
}

function showUnread(count) {
  unread = count;
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = count === 0 ? title : `(${count}) ${title}`;
}

function roomOfAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    // Somebody typed a lone % there.
    return "";
  }
}

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  join(byId("name").value.trim(), byId("room").value.trim());
});

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value;
  if (text.trim() === "" || !connection?.send({ text })) return;
  unconfirmed.push(text);
  byId("text").value = "";
});

byId("leave").addEventListener("click", () => {
  leave();
  sessionStorage.removeItem("chat");
  byId("name").focus();
});

byId("retry").addEventListener("click", () => connection?.retryNow());
addEventListener("online", () => connection?.retryNow());
document.addEventListener("visibilitychange", () => document.hidden || showUnread(0));
addEventListener("hashchange", () => {
  const room = roomOfAddress();
  byId("room").value = room;
  if (connection && room !== "" && room !== wanted.room) join(wanted.name, room);
});

const pick = (words) => words[Math.floor(Math.random() * words.length)];
const before = JSON.parse(sessionStorage.getItem("chat") ?? "null");
byId("name").value =
  before?.name ??
  `${pick(["Brave", "Calm", "Clever", "Gentle", "Happy", "Kind", "Quick", "Quiet"])} ${pick(["Badger", "Falcon", "Fox", "Hare", "Heron", "Otter", "Owl", "Robin"])}`;
byId("room").value = roomOfAddress() || before?.room || "lobby";
// A tab that was reloaded goes on where it was.
if (before) join(before.name, byId("room").value);
else byId("name").select();
