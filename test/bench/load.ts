import { createInterface } from "node:readline";
import { loadBroadcast } from "./load-broadcast.js";
import { loadEcho } from "./load-echo.js";
import { closeConnections, openConnections, type LoadConnection } from "./load-connection.js";
import { beginWindow } from "./load-window.js";
import type { ConnectWork, Measured, Order } from "./work.js";

/**
 * The load: a process of its own, pinned apart from the servers, the same for all of them. Takes an `Order` a line on standard input and answers
 * each with a line, `Measured` as JSON or `failed` and a reason. Started by `load-program.ts`.
 */

/** Handshakes under way while idle sessions are opened. */
const AT_ONCE = 64;

/** Connections that are held until the next line. */
let held: readonly LoadConnection[] = [];

async function obey(order: Order): Promise<Measured> {
  const { work } = order;
  switch (work.kind) {
    case "echo":
      return loadEcho(order, work);
    case "broadcast":
      return loadBroadcast(order, work);
    case "connect":
      return loadConnects(order, work);
    case "idle":
      held = await openConnections(order, work.sessions, AT_ONCE);
      return {};
  }
}

/** Measures handshakes; what closing costs is not in it. */
async function loadConnects(order: Order, work: ConnectWork): Promise<Measured> {
  const end = beginWindow(order.pid);
  const connections = await openConnections(order, work.handshakes, work.inFlight);
  const measured = end(connections.length);
  await closeConnections(connections);
  return measured;
}

process.on("uncaughtException", (error) => {
  console.log(`failed ${error.message}`);
  process.exit(1);
});

for await (const line of createInterface(process.stdin)) {
  await closeConnections(held);
  held = [];
  console.log(line === "release" ? "{}" : JSON.stringify(await obey(JSON.parse(line) as Order)));
}
process.exit(0);
