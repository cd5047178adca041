// News goes out over HTTP and comes back, to every open page, over the socket.
const state = document.querySelector("#state");
const list = document.querySelector("#news");
const form = document.querySelector("#desk");
const headline = document.querySelector("#headline");

function connect(attempt = 0) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/news`);
  let failures = attempt;
  socket.addEventListener("open", () => {
    failures = 0;
    state.textContent = "Connected.";
  });
  socket.addEventListener("message", (event) => show(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    state.textContent = "Not connected. Trying again soon.";
    // A server that restarts spreads its peers' return; otherwise each waits a random time, so that not all come back at once.
    const retry = /^retry=(\d+)$/.exec(event.reason)?.[1];
    const delay = retry === undefined ? Math.random() * Math.min(30_000, 500 * 2 ** failures) : Number(retry);
    setTimeout(connect, delay, failures + 1);
  });
}

function show({ headline: text, at }) {
  // The newest is sent again to those who come back.
  if (list.firstElementChild?.dataset.at === at) return;
  const time = document.createElement("time");
  time.dateTime = at;
  time.textContent = new Date(at).toLocaleTimeString();
  const item = document.createElement("li");
  item.dataset.at = at;
  item.append(time, ` ${text}`);
  list.prepend(item);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const response = await fetch("news", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ headline: headline.value }),
    });
    if (!response.ok) throw new Error((await response.json()).error);
    headline.value = "";
  } catch (error) {
    state.textContent = `Not published: ${error.message}`;
  }
});

connect();
