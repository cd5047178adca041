import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { ManualClock, settled } from "./fake-endpoint.test.fixture.js";
import { Refusal, writeRefusal } from "./refusal.js";

/** A socket whose peer never ends its side. */
function openSocket(): { readonly socket: Duplex; written(): string } {
  const chunks: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { socket, written: () => Buffer.concat(chunks).toString() };
}

describe("Refusal", () => {
  it("is the same answer when it becomes an endpoint's", () => {
    const refusal = new Refusal(405, "method", { headers: [["Allow", "GET"]] });
    expect(refusal.endpoint).toBeUndefined();
    expect(refusal.of("/chat/{room}")).toEqual(
      new Refusal(405, "method", { headers: [["Allow", "GET"]], endpoint: "/chat/{room}" }),
    );
  });
});

describe("a Refusal for now only", () => {
  it.each([429, 503])("says with %i when to come again, unless the application does", (status) => {
    expect(new Refusal(status, "refused").headers).toEqual([["Retry-After", "1"]]);
    const own = [["retry-after", "60"]] as const;
    expect(new Refusal(status, "refused", { headers: own }).headers).toEqual(own);
    expect(new Refusal(status, "refused").of("/a").headers).toEqual([["Retry-After", "1"]]);
  });

  it("is not what any other status is", () => {
    for (const status of [400, 403, 426, 500]) expect(new Refusal(status, "refused").headers).toEqual([]);
  });
});

describe("writeRefusal", () => {
  it("writes status, headers and a text that is ours", () => {
    const { socket, written } = openSocket();
    writeRefusal(socket, new Refusal(405, "method", { headers: [["Allow", "GET"]] }), new ManualClock());
    expect(written()).toBe(
      [
        "HTTP/1.1 405 Method Not Allowed",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 32",
        "Allow: GET",
        "",
        "An upgrade request is a GET.\n",
      ]
        .join("\r\n")
        .replace("32", String(Buffer.byteLength("An upgrade request is a GET.\n"))),
    );
    expect(socket.writableEnded).toBe(true);
  });

  it("counts the bytes of a text, and knows a phrase for any status", () => {
    const { socket, written } = openSocket();
    writeRefusal(socket, new Refusal(599, "refused", { body: "zu spät" }), new ManualClock());
    expect(written()).toMatch(/^HTTP\/1\.1 599 Refused\r\n/);
    expect(written()).toContain("Content-Length: 8\r\n");
  });

  it("destroys the socket after a second when the peer keeps its side open", () => {
    const clock = new ManualClock();
    const { socket } = openSocket();
    writeRefusal(socket, new Refusal(404, "path"), clock);
    clock.advance(999);
    expect(socket.destroyed).toBe(false);
    clock.advance(1);
    expect(socket.destroyed).toBe(true);
  });

  it("throws away what the peer still sends, and keeps no timer once the socket is closed", async () => {
    const clock = new ManualClock();
    const { socket } = openSocket();
    writeRefusal(socket, new Refusal(404, "path"), clock);
    socket.push("early");
    socket.push(null);
    await settled();
    await settled();
    expect(socket.readableLength).toBe(0);
    expect(socket.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("survives an error of the socket (T18)", async () => {
    const { socket } = openSocket();
    writeRefusal(socket, new Refusal(404, "path"), new ManualClock());
    socket.destroy(new Error("ECONNRESET"));
    await settled();
    expect(socket.destroyed).toBe(true);
  });

  it("writes nothing on a socket that is gone", () => {
    const { socket, written } = openSocket();
    socket.destroy();
    writeRefusal(socket, new Refusal(404, "path"), new ManualClock());
    expect(written()).toBe("");
  });
});
