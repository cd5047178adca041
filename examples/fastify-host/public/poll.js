// Votes go out over the socket, new options over HTTP; what becomes of both comes back, to every open page, over the socket.
const question = document.querySelector("#question");
const state = document.querySelector("#state");
const list = document.querySelector("#options");
const form = document.querySelector("#new");
const field = document.querySelector("#option");

let socket;
let choice;
const buttons = new Map();

function connect(attempt = 0) {
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/poll`);
  let failures = attempt;
  socket.addEventListener("open", () => {
    failures = 0;
    state.textContent = "Connected. Choose one.";
  });
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    if (message.type === "problem") state.textContent = message.text;
    if (message.type === "choice") choose(message.option);
    if (message.type === "poll") question.textContent = message.question;
    if (message.tallies) show(message.tallies);
  });
  socket.addEventListener("close", (event) => {
    state.textContent = "Not connected. Trying again soon.";
    // A server that restarts spreads its peers' return; otherwise each waits a random time, so that not all come back at once.
    const retry = /^retry=(\d+)$/.exec(event.reason)?.[1];
    const delay = retry === undefined ? Math.random() * Math.min(30_000, 500 * 2 ** failures) : Number(retry);
    setTimeout(connect, delay, failures + 1);
  });
}

function choose(option) {
  choice = option;
  for (const [name, { button }] of buttons) button.setAttribute("aria-pressed", String(name === choice));
}

function show(tallies) {
  const all = tallies.reduce((sum, { votes }) => sum + votes, 0);
  for (const { option, votes } of tallies) {
    const { count, meter } = buttons.get(option) ?? add(option);
    count.textContent = String(votes);
    meter.max = Math.max(all, 1);
    meter.value = votes;
  }
}

function add(option) {
  const button = document.createElement("button");
  const name = document.createElement("span");
  const count = document.createElement("b");
  const meter = document.createElement("meter");
  name.textContent = option;
  meter.setAttribute("aria-label", `share of ${option}`);
  button.append(name, count, meter);
  button.setAttribute("aria-pressed", String(option === choice));
  button.addEventListener("click", () => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ option }));
  });
  const item = document.createElement("li");
  item.append(button);
  list.append(item);
  const made = { button, count, meter };
  buttons.set(option, made);
  return made;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const response = await fetch("options", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ option: field.value.trim() }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message ?? answer.error);
    field.value = "";
  } catch (error) {
    state.textContent = `Not added: ${error.message}`;
  }
});

connect();
