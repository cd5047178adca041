// First of all: the decorators of programs need the metadata that this loads.
import { Bean, Configuration, EndpointExporter, ServerContainer, WirespringApplication } from "wirespring";
import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { Command, HostileProgram, Running, ServeOptions } from "./hostile-program.js";
import { SkippingClock } from "./skipping-clock.js";

/**
 * The process that cases are hostile to: an application as its users run it, with the log where it is by default, that answers questions of the
 * suite over the channel between parent and child. It has no handler for what is uncaught: its exit code is the verdict. Started by
 * server-process.ts.
 */

/** A question of the suite. */
interface Question {
  readonly number: number;
  readonly command: string;
  readonly argument: unknown;
}

/** How long a server may take to be back at its start, milliseconds. */
const PATIENCE = 8_000;

const { program: name = "plain", limits = {} } = JSON.parse(process.argv[2]!) as ServeOptions;
const { program } = (await import(`./programs/${name}.js`)) as { readonly program: HostileProgram };
@Configuration()
class Hostile {
  @Bean()
  endpointExporter(): EndpointExporter {
    return new EndpointExporter(program.exporter);
  }
}

const clock = new SkippingClock();
const context = await WirespringApplication.run(Hostile, {
  ...program.options,
  endpoints: program.endpoints,
  port: 0,
  host: "127.0.0.1",
  limits,
  clock,
});
const running: Running = { context, sockets: context.get(ServerContainer), clock };

const sockets = new Set<Socket>();
context.server.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.once("close", () => {
    sockets.delete(socket);
    look();
  });
});
subscribe("wirespring:session.closed", look);
clock.changed = look;

/** Called when something has ended that a case may wait for. */
let looking: (() => void) | undefined;

function look(): void {
  looking?.();
}

/** What Node has to do, by kind, and how often. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const lag = monitorEventLoopDelay({ resolution: 1 });

/** What there is more of than at the start; nothing when all of it has ended. */
function leftOver(): Record<string, number> {
  const left: Record<string, number> = {};
  const count = (kind: string, now: number, start = 0): void => {
    if (now > start) left[kind] = now - start;
  };
  count("sessions", running.sockets.metrics().sessionsOpen);
  count("sockets", sockets.size);
  count("timers", clock.pending, atStart.timers);
  for (const [kind, now] of Object.entries(resources())) count(kind, now, atStart.resources[kind]);
  return left;
}

/** Waits until nothing is left of what the clients did, and gives what is left when patience is over. */
async function settle(): Promise<Record<string, number>> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    // What was just closed is Node's to do for some turns yet.
    for (let turn = 0; turn < 20; turn++) {
      if (Object.keys(leftOver()).length === 0) return {};
      await setImmediate();
    }
    const patience = until - performance.now();
    if (patience <= 0) return leftOver();
    await new Promise<void>((resolve) => {
      // Kinds of resources end without an event: they are looked at again now and then.
      const timer = setTimeout(resolve, Math.min(100, patience));
      looking = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    looking = undefined;
  }
}

const commands: Readonly<Record<string, Command>> = {
  metrics: () => running.sockets.metrics(),
  settle,
  skip: (_running, milliseconds) => clock.skip(milliseconds as number),
  mark: (_running, mark) => void process.stderr.write(`${String(mark)}\n`),
  memory: async () => {
    // The memory of buffers is given back beside, a moment after each collection.
    for (let round = 0; round < 3; round++) {
      (globalThis as { gc?: () => void }).gc!();
      await setImmediate();
    }
    return process.memoryUsage();
  },
  measureLag: () => {
    lag.reset();
    lag.enable();
  },
  /** Milliseconds. */
  longestLag: () => {
    lag.disable();
    return lag.max / 1e6;
  },
  close: async () => {
    await context.close();
    // With nothing left to do, the process ends by itself.
    setTimeout(() => process.disconnect(), 0);
  },
};

process.on("message", ({ number, command, argument }: Question) => {
  const called = (program.commands?.[command] ?? commands[command])!;
  Promise.resolve()
    .then(() => called(running, argument))
    .then(
      (value) => process.send!({ number, value }),
      (error: unknown) => process.send!({ number, problem: String(error instanceof Error ? error.stack : error) }),
    );
});

// Behind everything that is there for good: the log, which may have been silent so far, and the channel to the suite.
process.stderr.write("");
const atStart = { timers: clock.pending, resources: resources() };
process.send!({ port: ((context.server as Server).address() as AddressInfo).port });
