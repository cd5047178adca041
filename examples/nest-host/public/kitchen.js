// Orders go to Nest's controller over HTTP. They come back, to every open page, over the socket, on which the kitchen says what is ready.
const state = document.querySelector("#state");
const list = document.querySelector("#orders");
const form = document.querySelector("#guest");
const table = document.querySelector("#table");
const dish = document.querySelector("#dish");

let socket;

function connect(attempt = 0) {
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/kitchen`);
  let failures = attempt;
  socket.addEventListener("open", () => {
    failures = 0;
    // All that are open come again.
    list.replaceChildren();
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

function show(order) {
  if (order.state === "ready") {
    document.getElementById(`order-${order.id}`)?.remove();
    state.textContent = `Ready for table ${order.table}: ${order.dish}`;
    return;
  }
  const number = document.createElement("b");
  const text = document.createElement("span");
  const button = document.createElement("button");
  number.textContent = `Table ${order.table}`;
  text.textContent = order.dish;
  button.textContent = "Ready";
  button.addEventListener("click", () => {
    if (socket.readyState === WebSocket.OPEN) socket.send(String(order.id));
  });
  const item = document.createElement("li");
  item.id = `order-${order.id}`;
  item.append(number, text, button);
  list.append(item);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const response = await fetch("orders", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ dish: dish.value, table: table.valueAsNumber }),
    });
    if (!response.ok) throw new Error((await response.json()).message);
    dish.value = "";
  } catch (error) {
    state.textContent = `Not ordered: ${error.message}`;
  }
});

connect();
