import { WebSocketContainer } from "wirespring";
import { createInterface } from "node:readline";
import { ChatGuest } from "./chat-guest.js";
import { keepReturning } from "./returning.js";

const [address = "ws://127.0.0.1:8080/chat/lobby?name=Terminal"] = process.argv.slice(2);

// Once each: who presses Ctrl-C a second time means it, and ends the program as Node would by itself.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const guest = new ChatGuest((line) => console.log(line));
const keyboard = createInterface({ input: process.stdin });
keyboard.on("line", (line) => {
  if (line.trim() !== "" && !guest.say(line)) console.log("! not connected: please say it again later");
});
// Ctrl-D.
keyboard.on("close", () => stop.abort());

try {
  await using sockets = new WebSocketContainer();
  await keepReturning(() => guest.visit(sockets, address, stop.signal), {
    signal: stop.signal,
    waiting: (milliseconds, why) => console.log(`! ${why}; next attempt in ${milliseconds} ms`),
  });
} catch (error) {
  console.error(`not connected: ${(error as Error).message}`);
  process.exitCode = 1;
}
// The keyboard is all that could keep the process alive.
keyboard.close();
