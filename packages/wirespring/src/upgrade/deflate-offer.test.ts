import { describe, expect, it } from "vitest";
import { formatExtensions, parseExtensions } from "../extension.js";
import { agreeOnDeflate, clientWindowBits } from "./deflate-offer.js";

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

  it("goes on to the next offer when it cannot take one, and gives undefined when it can take none", () => {
    expect(agreed("permessage-deflate; server_max_window_bits=9, permessage-deflate")).toBe(OURS);
    expect(agreed("permessage-deflate; server_max_window_bits=9")).toBeUndefined();
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

describe("clientWindowBits", () => {
  it("gives what was agreed on", () => {
    expect(clientWindowBits(agreeOnDeflate(parseExtensions(["permessage-deflate; client_max_window_bits"])!)!)).toBe(
      10,
    );
    expect(clientWindowBits(agreeOnDeflate(parseExtensions(["permessage-deflate"])!)!)).toBeUndefined();
  });
});
