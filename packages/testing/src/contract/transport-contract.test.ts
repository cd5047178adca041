import { describe, expect, it } from "vitest";
import { CloseReason, isSendable, Prepared, type Transport, type TransportSink } from "wirespring/spi";
import { memoryConnection } from "./memory-connection.js";
import type { MakeConnection } from "./subject.js";
import { runCase, transportCases } from "./transport-contract.js";

/** A way to break a good transport: members that take the place of its own, or of its sink's. */
interface Fault {
  readonly transport?: (inner: Transport, sink: () => TransportSink) => Partial<Transport>;
  readonly sink?: (inner: TransportSink, transport: Transport) => Partial<TransportSink>;
}

/** Real time that a broken transport has to do what it never does. */
const PATIENCE = 100;

/** What a case says when it finds a fault: an assertion, a wait in vain, or what the transport threw. */
const FOUND = /expected|waited for|was not called|too large|invalid code/;

const lost = new CloseReason(1006);

const faults = {
  "calls the sink within listen": {
    transport: (inner) => ({
      listen: (sink) => {
        sink.pong(Buffer.alloc(0));
        inner.listen(sink);
      },
    }),
  },
  "mixes up text and bytes": { sink: (inner) => ({ message: (data, binary) => inner.message(data, !binary) }) },
  "gives the first frame as the message": {
    sink: (inner) => ({ message: (data, binary) => inner.message(data.subarray(0, 1), binary) }),
  },
  "knows no parts": {
    sink: (inner) => ({ begin: (binary, complete) => ({ ...inner.begin(binary, complete), parts: false }) }),
  },
  "decodes each part by itself": {
    sink: (inner) => ({ part: (data, binary, last) => inner.part(Buffer.from(data.toString()), binary, last) }),
  },
  "uses its buffer again": {
    sink: (inner) => {
      let before: Buffer | undefined;
      return {
        message: (data, binary) => {
          before?.fill(0);
          before = data;
          inner.message(data, binary);
        },
      };
    },
  },
  "takes maxBytes for too small": {
    sink: (inner) => ({
      begin: (binary, complete) => ({
        ...inner.begin(binary, complete),
        maxBytes: inner.begin(binary, complete).maxBytes - 1,
      }),
    }),
  },
  "has no limit": {
    sink: (inner) => ({ begin: (binary, complete) => ({ ...inner.begin(binary, complete), maxBytes: Infinity }) }),
  },
  "reports 1006 for everything": { sink: (inner) => ({ closed: (_reason, clean) => inner.closed(lost, clean) }) },
  "reports 1006 for its own refusals": {
    sink: (inner) => ({ closed: (reason, clean) => inner.closed(clean ? reason : lost, clean) }),
  },
  "keeps pings to itself": { sink: () => ({ ping: () => {} }) },
  "keeps pongs to itself": { sink: () => ({ pong: () => {} }) },
  "keeps errors to itself": { sink: () => ({ failed: () => {} }) },
  "does not pause": { transport: () => ({ pause: () => {} }) },
  "calls the sink within resume": {
    transport: (inner, sink) => ({
      resume: () => {
        sink().pong(Buffer.alloc(0));
        inner.resume();
      },
    }),
  },
  "resumes ten times only": {
    transport: (inner) => {
      let count = 0;
      return { resume: () => (count++ < 10 ? inner.resume() : undefined) };
    },
  },
  "forgets what it held": { transport: (inner) => ({ resume: () => inner.terminate() }) },
  "believes in every send": {
    transport: (inner) => ({
      send: (message, options, done) => {
        inner.send(message, options);
        if (done) process.nextTick(done);
      },
    }),
  },
  "sends text as bytes": {
    transport: (inner) => ({
      send: (message, options, done) =>
        inner.send(typeof message === "string" ? Buffer.from(message) : message, options, done),
    }),
  },
  "sends joined messages as one": {
    transport: (inner) => ({
      send: (message, options, done) => {
        const joined = message instanceof Prepared ? message.messages : undefined;
        inner.send(joined ? Buffer.concat(joined.map(({ bytes }) => bytes)) : message, options, done);
      },
    }),
  },
  "calls done for each of the joined messages": {
    transport: (inner) => ({
      send: (message, options, done) => {
        if (message instanceof Prepared && message.messages !== undefined)
          for (const each of message.messages) inner.send(each, options, done);
        else inner.send(message, options, done);
      },
    }),
  },
  "sends prepared text as bytes": {
    transport: (inner) => ({
      send: (message, options, done) =>
        inner.send(message instanceof Prepared ? message.bytes : message, options, done),
    }),
  },
  "cuts at 65 535 bytes": {
    transport: (inner) => ({
      send: (message, options, done) =>
        inner.send(message instanceof Prepared ? message : message.slice(0, 65_535), options, done),
    }),
  },
  "sends pings later": {
    transport: (inner) => ({ ping: (data, done) => void setImmediate(() => inner.ping(data, done)) }),
  },
  "ignores fin": {
    transport: (inner) => ({ send: (message, _options, done) => inner.send(message, undefined, done) }),
  },
  "calls done at once": {
    transport: (inner) => ({
      send: (message, options, done) => {
        inner.send(message, options);
        done?.();
      },
    }),
  },
  "calls done twice": {
    transport: (inner) => ({
      send: (message, options, done) =>
        inner.send(message, options, (error) => {
          done?.(error);
          done?.(error);
        }),
    }),
  },
  "forgets done when it fails": {
    transport: (inner) => ({
      send: (message, options, done) => inner.send(message, options, (error) => void (error ?? done?.())),
    }),
  },
  "writes each message by itself": {
    transport: (inner) => ({
      send: (message, options, done) => {
        inner.send(message, options, done);
        inner.flush();
      },
    }),
  },
  "does not flush": { transport: () => ({ flush: () => {} }) },
  "buffers nothing, it says": { transport: () => ({ bufferedAmount: 0 }) },
  "counts characters": {
    transport: (inner) => {
      let characters = 0;
      return {
        send: (message, options, done) => {
          characters += typeof message === "string" ? message.length : 0;
          inner.send(message, options, done);
        },
        get bufferedAmount() {
          return inner.bufferedAmount === 0 ? 0 : characters;
        },
      };
    },
  },
  "cuts pings": {
    transport: (inner) => ({ ping: (data, done) => inner.ping(data?.subarray(0, 125), done) }),
  },
  "throws for large pings": {
    transport: (inner) => ({
      ping: (data, done) => {
        if (data && data.length > 125) throw new RangeError("too large");
        inner.ping(data, done);
      },
    }),
  },
  "calls closed twice": {
    sink: (inner) => ({
      closed: (reason, clean) => {
        inner.closed(reason, clean);
        inner.closed(reason, clean);
      },
    }),
  },
  "takes every end for a good one": { sink: (inner) => ({ closed: (reason) => inner.closed(reason, true) }) },
  "takes every end for a bad one": { sink: (inner) => ({ closed: (reason) => inner.closed(reason, false) }) },
  "closes without a close frame": { transport: (inner) => ({ close: () => inner.terminate() }) },
  "throws for codes that cannot be sent": {
    transport: (inner) => ({
      close: (reason) => {
        if (!isSendable(reason.code)) throw new TypeError("invalid code");
        inner.close(reason);
      },
    }),
  },
  "closes with 1000 always": { transport: (inner) => ({ close: () => inner.close(new CloseReason(1000)) }) },
  "heeds the last close": {
    transport: (inner) => {
      let last: CloseReason;
      return {
        close: (reason) => {
          last = reason;
          setImmediate(() => inner.close(last));
        },
      };
    },
  },
  "drops what comes after close": afterClose((sink) => ({ message: () => void sink })),
  "stays paused after close": afterClose(() => ({ message: () => {}, closed: () => {} })),
  "waits for ever": {
    sink: (inner) => ({ closed: (reason, clean) => (clean ? inner.closed(reason, clean) : undefined) }),
  },
  "waits for no answer": {
    transport: (inner) => ({
      close: (reason) => {
        inner.close(reason);
        setImmediate(() => inner.terminate());
      },
    }),
  },
  "does not terminate": { transport: () => ({ terminate: () => {} }) },
  "goes on after closed": {
    sink: (inner) => ({
      closed: (reason, clean) => {
        inner.closed(reason, clean);
        process.nextTick(() => inner.message(Buffer.from("late"), false));
      },
    }),
  },
  "hears at its birth only": {
    transport: (inner) => {
      let first: number | undefined;
      return {
        get heardAt() {
          return (first ??= inner.heardAt);
        },
      };
    },
  },
  "hears itself": {
    transport: (inner) => {
      let later = 0;
      return {
        send: (message, options, done) => {
          later += 500;
          inner.send(message, options, done);
        },
        get heardAt() {
          return inner.heardAt + later;
        },
      };
    },
  },
  "hears whole messages only": {
    ...wholeOnly((inner) => inner.heardAt, "heardAt"),
  },
  "counts no byte that it reads": { transport: () => ({ bytesRead: 0 }) },
  "counts whole messages only": { ...wholeOnly((inner) => inner.bytesRead, "bytesRead") },
  "takes what it was given for written": {
    transport: (inner) => ({
      get bytesWritten() {
        return inner.bytesWritten + inner.bufferedAmount;
      },
    }),
  },
  "writes nothing, it says": { transport: () => ({ bytesWritten: 0 }) },
  "takes each message for complete": { sink: (inner) => ({ begin: (binary) => inner.begin(binary, true) }) },
  "takes no message for complete": { sink: (inner) => ({ begin: (binary) => inner.begin(binary, false) }) },
} satisfies Record<string, Fault>;

/** Which faults a case must find: the first entry whose pattern its name matches. */
const finds: readonly (readonly [RegExp, ...(keyof typeof faults)[]])[] = [
  [/^keeps what the peer sent before listen/, "calls the sink within listen"],
  [/^delivers whole messages/, "mixes up text and bytes"],
  [/^joins the frames/, "gives the first frame as the message"],
  [/^gives one part|^gives a part/, "knows no parts"],
  [/^accepts a text part that ends inside/, "decodes each part by itself"],
  [/^leaves the bytes/, "uses its buffer again"],
  [/^accepts a message of exactly|^applies maxBytes/, "takes maxBytes for too small"],
  [/^refuses .* over maxBytes/, "has no limit", "reports 1006 for its own refusals"],
  [/^refuses sends after close/, "believes in every send"],
  [/^refuses /, "reports 1006 for its own refusals", "keeps errors to itself"],
  [/^answers a ping|^holds pings and pongs|^holds behind a ping/, "keeps pings to itself"],
  [/^tells of a pong/, "keeps pongs to itself"],
  [/^holds the|^holds what|^stays paused/, "does not pause"],
  [/^never calls the sink from within resume/, "calls the sink within resume"],
  [/^bears pause and resume/, "resumes ten times only"],
  [/^delivers what was held/, "forgets what it held"],
  [/^notices a lost peer/, "believes in every send", "forgets what it held"],
  [/^sends text, bytes/, "sends text as bytes"],
  [/^sends messages of every size/, "cuts at 65 535 bytes"],
  [/^keeps the order/, "sends pings later"],
  [/^sends parts|^sends a prepared message that is the end/, "ignores fin"],
  [/^sends a prepared message any/, "sends prepared text as bytes"],
  [/^sends joined prepared/, "sends joined messages as one", "calls done for each of the joined messages"],
  [/^never calls done/, "calls done at once"],
  [/^calls each done once/, "calls done twice", "calls done at once"],
  [/^lets what one tick/, "writes each message by itself"],
  [/^lets flush/, "does not flush", "writes each message by itself"],
  [/^counts what it buffers/, "buffers nothing, it says", "counts characters"],
  [/^holds back done/, "believes in every send", "buffers nothing, it says"],
  [/^fails each send/, "forgets done when it fails", "calls done twice", "believes in every send"],
  [/^tells done of a ping/, "cuts pings", "throws for large pings"],
  [
    /^tells of the peer's close code|^tells of an empty/,
    "reports 1006 for everything",
    "takes every end for a bad one",
  ],
  [/^tells of the peer's close frame at once/, "calls closed twice"],
  [/^tells of a connection that ends/, "takes every end for a good one"],
  [/^tells of a lost/, "keeps errors to itself", "takes every end for a good one"],
  [/^sends what waits/, "closes without a close frame", "closes with 1000 always"],
  [/^sends (1000|an empty)/, "throws for codes that cannot be sent", "closes with 1000 always"],
  [/^sends a code of/, "closes with 1000 always"],
  [/^heeds the first/, "heeds the last close"],
  [/^delivers what arrives between/, "drops what comes after close"],
  [/^reads the answer/, "stays paused after close"],
  [/^ends a connection whose/, "waits for ever", "waits for no answer"],
  [/^ends a connection in time/, "waits for ever", "waits for no answer"],
  [/^terminates/, "does not terminate"],
  [/^calls nothing after/, "goes on after closed", "calls closed twice"],
  [/^throws in no state/, "throws for large pings"],
  [/^tells by its clock/, "hears at its birth only", "hears itself"],
  [/^hears the peer/, "hears whole messages only", "hears at its birth only"],
  [/^counts the bytes it has read/, "counts no byte that it reads", "counts whole messages only"],
  [/^counts the bytes that the network/, "takes what it was given for written", "writes nothing, it says"],
  [/^says whether all/, "takes each message for complete", "takes no message for complete"],
];

const holdsPauses = /^holds (pings and pongs|behind a ping)/;

describe("transportCases", () => {
  it("have names of their own", () => {
    expect(new Set(transportCases.map(({ name }) => name)).size).toBe(transportCases.length);
  });

  const rows = transportCases.flatMap((each) => {
    const [, ...names] = finds.find(([pattern]) => pattern.test(each.name)) ?? [/./];
    if (holdsPauses.test(each.name)) names.push("does not pause");
    return names.map((name) => [each.name, name, each] as const);
  });

  it("are all shown to find a fault", () => {
    const shown = new Set(rows.map(([name]) => name));
    expect(transportCases.filter(({ name }) => !shown.has(name)).map(({ name }) => name)).toEqual([]);
    const used = new Set(rows.map(([, fault]) => fault));
    expect(Object.keys(faults).filter((name) => !used.has(name as never))).toEqual([]);
  });

  it.for(transportCases.map((each) => [each.name, each] as const))(
    "%s: behind a wrapper that breaks nothing",
    async ([, each]) => {
      const make: MakeConnection = (opening) =>
        memoryConnection({
          early: opening.early,
          opened: (transport) => opening.opened(breakTransport(transport, {})),
        });
      expect(await runCase(each, make)).toBe("passed");
    },
  );

  it.concurrent.for(rows)("%s: found in a transport that %s", async ([, fault, each]) => {
    await expect(runCase(each, broken(faults[fault]), PATIENCE)).rejects.toThrow(FOUND);
  });
});

function broken(fault: Fault): MakeConnection {
  return (opening) =>
    memoryConnection(
      { early: opening.early, opened: (transport) => opening.opened(breakTransport(transport, fault)) },
      PATIENCE,
    );
}

function breakTransport(good: Transport, fault: Fault): Transport {
  let sink: TransportSink;
  const listening = over(good, {
    listen: (given) => {
      sink = fault.sink === undefined ? given : over(given, fault.sink(given, good));
      good.listen(sink);
    },
  });
  return fault.transport === undefined
    ? listening
    : over(
        listening,
        fault.transport(listening, () => sink),
      );
}

/** An object as the given one, except for some members. */
function over<T extends object>(inner: T, members: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      if (key in members) return Reflect.get(members, key) as unknown;
      const value = Reflect.get(target, key, target) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A measure that moves with whole messages only. */
function wholeOnly(measure: (inner: Transport) => number, name: "heardAt" | "bytesRead"): Fault {
  let value: number | undefined;
  return {
    transport: (inner) => ({
      get [name]() {
        return (value ??= measure(inner));
      },
    }),
    sink: (inner, transport) => ({
      message: (data, binary) => {
        value = measure(transport);
        inner.message(data, binary);
      },
    }),
  };
}

/** A fault of the sink that begins with the first `close`. */
function afterClose(members: (sink: TransportSink) => Partial<TransportSink>): Fault {
  let closing = false;
  return {
    transport: (inner) => ({
      close: (reason) => {
        closing = true;
        inner.close(reason);
      },
    }),
    sink: (inner) => {
      const after = members(inner);
      return over(inner, {
        message: (data, binary) => (closing ? after.message! : inner.message.bind(inner))(data, binary),
        closed: (reason, clean) => (closing && after.closed ? after.closed : inner.closed.bind(inner))(reason, clean),
      });
    },
  };
}
