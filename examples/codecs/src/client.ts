import { WebSocketContainer } from "wirespring";
import { WrittenLogbook } from "./logbook.js";
import { Reading } from "./reading.js";
import { Samples } from "./samples.js";
import { Station } from "./station.js";

const [server = "ws://127.0.0.1:8080"] = process.argv.slice(2);

/** What is said about each, and what is sent: an object goes through its encoder, a string as it is. */
const questions = [
  ["a reading, by the text encoder", new Reading(21.5)],
  ["another unit, which the decoder asks `Units` for", "70 F"],
  ["JSON, which the first decoder leaves to the second", '{"celsius":19}'],
  ["three readings in six bytes", new Samples([18.25, 17.9, -3].map((celsius) => new Reading(celsius)))],
  ["a unit that nobody knows", "300 R"],
  ["neither form", "quite warm"],
  ["and the connection is still there", new Reading(20)],
] as const;

await using sockets = new WebSocketContainer();
const station = new Station();
const session = await sockets.connectToServer(station, new URL("/station", server));
for (const [remark, question] of questions) {
  const answer = await station.ask(session, question);
  console.log(`${remark}: ${JSON.stringify(answer)}`);
}

function* year(): Generator<Reading> {
  for (let hour = 0; hour < 365 * 24; hour++)
    yield new Reading(Math.round(100 * (10 - 12 * Math.cos(hour / 1_394))) / 100);
}

const clerk = new Station();
const archive = await sockets.connectToServer(clerk, new URL("/logbook", server));
console.log(
  `a year, hour by hour, in one message: ${JSON.stringify(await clerk.ask(archive, new WrittenLogbook(year())))}`,
);
