import { encodeFrame, Opcode, type PeerFrame } from "@wirespring/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExampleProgram } from "../integration/example-program.js";
import {
  answer,
  begin,
  binary,
  close,
  converse,
  cut,
  echo,
  NO_CONTEXT,
  ping,
  pong,
  rest,
  text,
  type Mode,
  type Said,
  type SaidMessage,
} from "./protocol-conversation.js";

/** The echo example under what protocol suites send, in groups numbered as Autobahn's, in processes of its own. */

const LARGEST = 16 * 1024 * 1024;

const PROTOCOL_ERROR = "close 1002";
const NOT_TEXT = "close 1007";
const TOO_BIG = "close 1009";

const programs = new Map<Mode, ExampleProgram>();

beforeAll(async () => {
  const env = { MAX_MESSAGE_SIZE: String(LARGEST) };
  programs.set("plain", await ExampleProgram.start("echo", 0, env));
  programs.set("compressed", await ExampleProgram.start("echo", 0, { ...env, COMPRESSION: "1" }));
}, 30_000);

afterAll(async () => {
  for (const program of programs.values()) await program[Symbol.asyncDispose]();
});

/** Looks random to a compressor, and is the same each time. */
function bytes(length: number): Buffer {
  const made = Buffer.alloc(length);
  for (let at = 0, seed = length + 1; at < length; at++) made[at] = (seed = (seed * 48_271) % 2_147_483_647) >> 7;
  return made;
}

const LETTERS = Buffer.from("aé€😀 ");

/** So many bytes of text, with characters of one to four bytes. */
function letters(length: number): Buffer {
  return Buffer.alloc(length, LETTERS).fill(".", length - (length % LETTERS.length));
}

function frame(opcode: number, payload: string | Uint8Array, others: Partial<PeerFrame> = {}): PeerFrame {
  return { opcode, payload, ...others };
}

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");

/** Characters at the edges: of each length, beside the surrogates, what stands for none, the last of all. */
const valid = [
  ..."00 7f c280 dfbf e0a080 ed9fbf ee8080 efbfbd efbfbe efbfbf".split(" "),
  ..."f0908080 f09fbfbe f0afbfbf f48fbfbe f48fbfbf efbbbf cebae1bdb9cf83cebcceb5".split(" "),
].map(hex);

/** What no continuation can mend: stray ones, forms that are too long, surrogates, beyond U+10FFFF, characters that others cut off. */
const invalid = [
  ..."80 bf 8080 80bf80 c0 c1bf c0af e080af e09fbf f08080af f08fbfbf".split(" "),
  ..."f8 f888808080 fc8480808080 fe ff feffff eda080 edadbf edbfbf eda080edb080 f4908080 f5808080".split(" "),
  ..."c320 e28220 f09f9820 e2c3a9".split(" "),
];

/** The beginning of a character. */
const unfinished = "c3 e2 e282 f0 f09f f09f98 cebac3".split(" ");

describe.each<Mode>(["plain", "compressed"])("the echo example, %s", { timeout: 60_000 }, (mode) => {
  /** What is heard after all this; `chop`: written in pieces of so many bytes. */
  const after = (says: readonly Said[], chop = Infinity, patient = false): Promise<string[]> =>
    converse({ port: programs.get(mode)!.port, mode, chop, patient }, says);

  /** Says these messages, hears them all again, and says good-bye. */
  async function expectEchoes(messages: readonly SaidMessage[], chop?: number): Promise<void> {
    expect(await after([...messages, close(1000)], chop, true)).toEqual([...messages.map(echo), "close 1000"]);
  }

  /** Is closed with this for what it says last, after an answer to what it said first. */
  async function expectEnd(says: readonly Said[], end: string): Promise<void> {
    expect(await after([text("first"), ...says])).toEqual(["text first", end]);
  }

  describe("1: framing", () => {
    it.each([0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537])("echoes %i bytes of text and of binary", (size) =>
      expectEchoes([text(letters(size)), binary(bytes(size))]),
    );

    it.each([1, 997])("echoes what comes in pieces of %i bytes", (chop) =>
      expectEchoes([text(letters(chop * 100)), binary(bytes(chop * 100)), text("")], chop),
    );

    it("takes a length that is written longer than it has to be", async () => {
      const short = encodeFrame(frame(Opcode.TEXT, "hello"));
      const long = (length: Buffer): Buffer => Buffer.concat([short.subarray(0, 1), length, short.subarray(2)]);
      const says = [long(hex("fe 0005")), long(hex("ff 0000000000000005")), close(1000)];
      expect(await after(says)).toEqual(["text hello", "text hello", "close 1000"]);
    });

    it("refuses a frame that is not masked", () =>
      expectEnd([frame(Opcode.TEXT, "x", { mask: false })], PROTOCOL_ERROR));
  });

  describe("2: pings and pongs", () => {
    it.each([1, Infinity])("answers each ping with what it carried, in pieces of %d bytes", async (chop) => {
      const payloads = [
        "",
        "hello",
        hex("00 ff fe fd fc fb 00"),
        Buffer.alloc(125, 0xfe),
        ..."1 2 3 4 5 6 7 8 9".split(" "),
      ];
      const pings = payloads.map((payload) => ping(payload));
      expect(await after([...pings, close(1000)], chop)).toEqual([...pings.map(answer), "close 1000"]);
    });

    it("takes pongs that nobody has asked for", async () => {
      const says = [pong(), pong("unasked"), ping("ping"), text("hello"), close(1000)];
      expect(await after(says)).toEqual(["pong ping", "text hello", "close 1000"]);
    });

    it.each([Opcode.PING, Opcode.PONG])("refuses a frame of opcode %i that is too long", (opcode) =>
      expectEnd([frame(opcode, Buffer.alloc(126))], PROTOCOL_ERROR),
    );
  });

  describe("3: reserved bits", () => {
    const bits = [1, 2, 3, 4, 5, 6, 7];

    it.each(bits.filter((rsv) => mode === "plain" || rsv !== 4))(
      "refuses %i on a text and a binary frame",
      async (rsv) => {
        await expectEnd([frame(Opcode.TEXT, "x", { rsv }), ping()], PROTOCOL_ERROR);
        await expectEnd([frame(Opcode.BINARY, "x", { rsv }), ping()], PROTOCOL_ERROR);
      },
    );

    it.each(bits)("refuses %i on a continuation and on control frames", async (rsv) => {
      await expectEnd([begin(text("x")), frame(Opcode.CONTINUATION, "y", { rsv })], PROTOCOL_ERROR);
      for (const opcode of [Opcode.PING, Opcode.PONG]) await expectEnd([frame(opcode, "x", { rsv })], PROTOCOL_ERROR);
      await expectEnd([{ ...close(1000), rsv }], PROTOCOL_ERROR);
    });
  });

  describe("4: opcodes", () => {
    it.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("refuses %i, empty or not", async (opcode) => {
      await expectEnd([frame(opcode, ""), ping()], PROTOCOL_ERROR);
      await expectEnd([frame(opcode, "reserved"), ping()], PROTOCOL_ERROR);
    });
  });

  describe("5: fragments", () => {
    it("echoes messages in fragments as one", () =>
      expectEchoes([
        text("frag", "ment"),
        binary("frag", "ment", "s"),
        text("", "middle", ""),
        binary("", "", ""),
        text(cut(letters(50), 1)),
        text(cut(letters(10_000), 999)),
        binary(cut(bytes(100_000), 7_919)),
      ]));

    it.each([1, Infinity])("answers pings between fragments at once, in pieces of %d bytes", async (chop) => {
      const says = [begin(text("one")), ping("a"), rest(" two"), ping("b"), begin(binary("1", "2"))];
      const ended = [pong("unasked"), ping("c"), ping("d"), rest("3", "4"), close(1000)];
      expect(await after([...says, ...ended], chop)).toEqual([
        "pong a",
        "text one two",
        "pong b",
        "pong c",
        "pong d",
        "binary 1234",
        "close 1000",
      ]);
    });

    it.each([Opcode.PING, Opcode.PONG, Opcode.CLOSE])("refuses a control frame of opcode %i in fragments", (opcode) =>
      expectEnd([frame(opcode, "x", { fin: false }), frame(Opcode.CONTINUATION, "y")], PROTOCOL_ERROR),
    );

    it.each([true, false])("refuses a continuation of nothing, final: %s", async (fin) => {
      await expectEnd([frame(Opcode.CONTINUATION, "nothing", { fin }), text("hello")], PROTOCOL_ERROR);
      expect(await after([text("a", "b"), frame(Opcode.CONTINUATION, "", { fin })])).toEqual([
        "text ab",
        PROTOCOL_ERROR,
      ]);
    });

    it.each([text("new"), binary("new"), begin(text("new"))])("refuses a message inside another", (message) =>
      expectEnd([begin(text("one")), message], PROTOCOL_ERROR),
    );
  });

  describe("6: UTF-8", () => {
    it("echoes every edge of the code space, whole and byte by byte", () =>
      expectEchoes(valid.flatMap((each) => [text(each), text(cut(each, 1)), text("κόσμε", each, "edited")])));

    it.each(invalid)("refuses %s in a text, whole or byte by byte", async (digits) => {
      const broken = hex(digits);
      await expectEnd([text(broken)], NOT_TEXT);
      await expectEnd([text(Buffer.concat([Buffer.from("κόσμε"), broken, Buffer.from("edited")]))], NOT_TEXT);
      await expectEnd([text(cut(broken, 1))], NOT_TEXT);
    });

    it.each(invalid)("refuses %s before the message has ended", async (digits) => {
      await expectEnd([begin(text("κόσμε", hex(digits)))], NOT_TEXT);
      await expectEnd([begin(text("κόσμε", cut(hex(digits), 1)))], NOT_TEXT);
    });

    it.each(unfinished)("refuses a text that ends in the middle of a character, after %s", async (digits) => {
      await expectEnd([text(hex(digits))], NOT_TEXT);
      await expectEnd([text("κόσμε", cut(hex(digits), 1))], NOT_TEXT);
      await expectEnd([text("κόσμε", hex(digits), "")], NOT_TEXT);
    });

    it("takes anything in a binary message, and forgets a character that was cut", () =>
      expectEchoes([
        ...invalid.map((digits) => binary(hex(digits))),
        text("κόσμε", hex("e2"), hex("82ac")),
        text("€"),
      ]));
  });

  describe("7: closing", () => {
    const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];

    it.each(codes)("answers %i with itself", async (code) => {
      expect(await after([text("hello"), close(code)])).toEqual(["text hello", `close ${code}`]);
      expect(await after([close(code, "that is it")])).toEqual([`close ${code} that is it`]);
    });

    it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])("refuses %i", async (code) => {
      await expectEnd([close(code)], PROTOCOL_ERROR);
      await expectEnd([close(code, "that is it")], PROTOCOL_ERROR);
    });

    it("answers an empty close frame with one", async () => {
      expect(await after([close()])).toEqual(["close"]);
    });

    it("takes a reason of up to 123 bytes", async () => {
      const reason = letters(123).toString();
      expect(await after([close(1000, reason)])).toEqual([`close 1000 ${reason}`]);
      await expectEnd([close(1000, letters(124))], PROTOCOL_ERROR);
    });

    it("refuses half a code, and a reason that is not UTF-8", async () => {
      await expectEnd([frame(Opcode.CLOSE, "x")], PROTOCOL_ERROR);
      for (const digits of [...invalid, ...unfinished]) await expectEnd([close(1000, hex(digits))], NOT_TEXT);
    });

    it("hears nothing that comes behind a close frame", async () => {
      for (const behind of [close(1001), ping(), text("late"), binary("late"), frame(3, ""), rest("late")])
        expect(await after([text("hello"), close(1000), behind])).toEqual(["text hello", "close 1000"]);
    });

    it("closes in the middle of a message, and after a long one", async () => {
      expect(await after([begin(text("never")), close(1000), rest("ended")])).toEqual(["close 1000"]);
      const long = text(letters(256 * 1024));
      expect(await after([long, close(1000), ping()])).toEqual([echo(long), "close 1000"]);
    });
  });

  describe("9: long messages", () => {
    it.each([256 * 1024, 1024 * 1024, LARGEST])(
      "echoes %i bytes, text and binary, one right behind the other",
      (size) => expectEchoes([text(letters(size)), binary(bytes(size)), text("behind")]),
    );

    it.each([64, 1_024, 65_536])("echoes long messages in fragments of %i bytes", (size) => {
      const length = Math.min(4 * 1024 * 1024, size * (mode === "plain" ? 65_536 : 1_024));
      return expectEchoes([text(cut(letters(length), size)), binary(cut(bytes(length), size))]);
    });

    it("echoes a long message that comes in pieces of 64 KiB", () =>
      expectEchoes([binary(bytes(4 * 1024 * 1024))], 65_536));

    it("refuses one byte more", async () => {
      await expectEnd([binary(Buffer.alloc(LARGEST + 1))], TOO_BIG);
      await expectEnd([begin(text(Buffer.alloc(LARGEST, "x"))), rest("x")], TOO_BIG);
    });

    it.each([0, 16, 16_384])("echoes a thousand messages of %i bytes in order", (size) =>
      expectEchoes(Array.from({ length: 1_000 }, (_, index) => text(`${index} `, letters(size)))),
    );
  });

  describe("10: other fragments", () => {
    it("echoes 65 536 bytes in fragments of 1 300", () => expectEchoes([text(cut(Buffer.alloc(65_536, "*"), 1_300))]));
  });
});

describe("the echo example with permessage-deflate", { timeout: 60_000 }, () => {
  const port = (): number => programs.get("compressed")!.port;
  const mode = "compressed";

  describe("12: sizes", () => {
    it.each([16, 64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072])(
      "echoes %i bytes again and again",
      async (size) => {
        const kinds = [text(letters(size)), binary(bytes(size)), text(cut(letters(size), Math.ceil(size / 8)))];
        const says = Array.from({ length: 20 }, () => kinds).flat();
        expect(await converse({ port: port(), mode }, [...says, close(1000)])).toEqual([
          ...says.map(echo),
          "close 1000",
        ]);
      },
    );
  });

  describe("13: parameters", () => {
    const [ours, asked] = ["server_max_window_bits=10", "client_max_window_bits=10"];

    it.each([
      ["", ours, 10, 10],
      ["; client_max_window_bits", `${ours}; ${asked}`, 10, 10],
      ["; client_no_context_takeover; client_max_window_bits", `${ours}; ${asked}`, 10, 10],
      ["; server_no_context_takeover; client_max_window_bits", `${ours}; ${asked}`, 10, 10],
      ["; client_max_window_bits=9", `${ours}; client_max_window_bits=9`, 9, 10],
      ["; client_max_window_bits=15; server_max_window_bits=15", `${ours}; ${asked}`, 10, 10],
      ["; server_max_window_bits=9; client_max_window_bits", `server_max_window_bits=9; ${asked}`, 10, 9],
      ["; server_no_context_takeover; server_max_window_bits=9", "server_max_window_bits=9", 15, 9],
      ["; server_max_window_bits=8, permessage-deflate", ours, 15, 10],
      ["; unknown, permessage-deflate; client_max_window_bits", `${ours}; ${asked}`, 10, 10],
    ])('agrees on "permessage-deflate%s"', async (parameters, answer, client, server) => {
      const offer = `permessage-deflate${parameters}`;
      const options = {
        port: port(),
        mode,
        offer,
        agreed: `${NO_CONTEXT}; ${answer}`,
        windows: { client, server },
      } as const;
      const says = [text(letters(20_000)), binary(bytes(2_000)), text(letters(20_000)), text("short")];
      expect(await converse(options, [...says, close(1000)])).toEqual([...says.map(echo), "close 1000"]);
    });

    it.each(["permessage-deflate; server_max_window_bits=8", "permessage-deflate; unknown", "x-webkit-deflate-frame"])(
      "does without %s",
      async (offer) => {
        const options = { port: port(), mode, offer, agreed: undefined } as const;
        const hello = frame(Opcode.TEXT, "hello");
        expect(await converse(options, [hello, close(1000)])).toEqual(["text hello", "close 1000"]);
        expect(await converse(options, [{ ...hello, rsv: 4 }])).toEqual([PROTOCOL_ERROR]);
      },
    );

    it("takes every block that RFC 7692 section 7.2.3 shows, and messages that are not compressed", async () => {
      const compressed = (digits: string): PeerFrame => frame(Opcode.TEXT, hex(digits), { rsv: 4 });
      const says = [
        compressed("f2 48 cd c9 c9 07 00"),
        { ...compressed("f2 48 cd"), fin: false },
        frame(Opcode.CONTINUATION, hex("c9 c9 07 00")),
        compressed("00 05 00 fa ff 48 65 6c 6c 6f 00"),
        compressed("f3 48 cd c9 c9 07 00 00"),
        compressed("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"),
        frame(Opcode.TEXT, "Hello"),
        close(1000),
      ];
      const hello = Array.from({ length: 6 }, () => "text Hello");
      expect(await converse({ port: port(), mode }, says)).toEqual([...hello, "close 1000"]);
    });

    it("refuses what cannot be inflated with 1007, and what grows beyond the limit with 1009", async () => {
      const broken = frame(Opcode.TEXT, hex("ff ff ff ff"), { rsv: 4 });
      expect(await converse({ port: port(), mode }, [broken])).toEqual([NOT_TEXT]);
      expect(await converse({ port: port(), mode }, [binary(Buffer.alloc(2 * LARGEST))])).toEqual([TOO_BIG]);
    });
  });
});

describe("the echo example without settings", { timeout: 20_000 }, () => {
  it("takes 64 KiB, and compresses nothing", async () => {
    await using program = await ExampleProgram.start("echo");
    const options = { port: program.port, mode: "compressed", agreed: undefined } as const;
    const most = frame(Opcode.BINARY, bytes(65_536));
    expect(await converse({ ...options, mode: "plain" }, [most, close(1000)])).toHaveLength(2);
    expect(await converse(options, [frame(Opcode.BINARY, bytes(65_537))])).toEqual([TOO_BIG]);
  });
});

describe("the echo example after all that", () => {
  it.each<Mode>(["plain", "compressed"])(
    "%s, ends with 0, and has warned of its peers and logged no error",
    async (mode) => {
      const { code, stderr } = await programs.get(mode)!.stop();
      expect({ code, errors: stderr.match(/^.*(?:"level":"error"|Error:).*$/gm) }).toEqual({ code: 0, errors: null });
    },
  );
});
