import { describe, expect, it } from "vitest";
import { formatExtensions, parseExtensions } from "../extension.js";
import { agreeOnDeflate, windowsOf } from "./deflate-offer.js";

function agreed(...offers: string[]): string | undefined {
  const extension = agreeOnDeflate(parseExtensions(offers)!);
  return extension && formatExtensions([extension]);
}

const OURS = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10";

describe("agreeOnDeflate", () => {
  it("answers our settings to an offer that leaves them open", () => {
    expect(agreed("permessage-deflate")).toBe(OURS);
    expect(agreed("permessage-deflate; server_max_window_bits=15")).toBe(OURS);
    expect(agreed("x-other, permessage-deflate; server_no_context_takeover")).toBe(OURS);
  });

  it("asks for a small window of a client that knows of it, and for none larger than it has", () => {
    expect(agreed("permessage-deflate; client_max_window_bits")).toBe(`${OURS}; client_max_window_bits=10`);
    expect(agreed("permessage-deflate; client_max_window_bits=15")).toBe(`${OURS}; client_max_window_bits=10`);
    expect(agreed("permessage-deflate; client_max_window_bits=9")).toBe(`${OURS}; client_max_window_bits=9`);
  });

  it("uses a smaller window where it is asked for one", () => {
    expect(agreed("permessage-deflate; server_max_window_bits=9")).toBe(OURS.replace("10", "9"));
  });

  it("goes on to the next offer when it cannot take one, and gives undefined when it can take none", () => {
    expect(agreed("permessage-deflate; server_max_window_bits=8, permessage-deflate")).toBe(OURS);
    expect(agreed("permessage-deflate; server_max_window_bits=8")).toBeUndefined();
    expect(agreed("x-other")).toBeUndefined();
  });

  it.each([
    "unknown",
    "server_max_window_bits",
    "server_max_window_bits=16",
    "client_max_window_bits=07",
    "server_no_context_takeover=1",
    "client_no_context_takeover; client_no_context_takeover",
  ])("declines an offer with %s", (parameter) => {
    expect(agreed(`permessage-deflate; ${parameter}`)).toBeUndefined();
  });
});

describe("windowsOf", () => {
  it.each([
    ["permessage-deflate", { server: 10, client: undefined }],
    ["permessage-deflate; server_max_window_bits=9; client_max_window_bits", { server: 9, client: 10 }],
  ])("gives what was agreed on after %s", (offer, windows) => {
    expect(windowsOf(agreeOnDeflate(parseExtensions([offer])!)!)).toEqual(windows);
  });
});
