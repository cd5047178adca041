import { describe, expect, it } from "vitest";
import { formatAddress, isV4, parseAddress, peerKey, sharePrefix } from "./ip-address.js";

describe("parseAddress", () => {
  it.each<[string, readonly number[]]>([
    ["0.0.0.0", [0, 0, 0, 0, 0, 0xffff, 0, 0]],
    ["192.0.2.255", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x02ff]],
    ["::", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["::1", [0, 0, 0, 0, 0, 0, 0, 1]],
    ["1::", [1, 0, 0, 0, 0, 0, 0, 0]],
    ["2001:DB8::a:1", [0x2001, 0xdb8, 0, 0, 0, 0, 0xa, 1]],
    ["1:2:3:4:5:6:7:8", [1, 2, 3, 4, 5, 6, 7, 8]],
    ["1:2:3:4:5:6:7::", [1, 2, 3, 4, 5, 6, 7, 0]],
    ["fe80::1%eth0", [0xfe80, 0, 0, 0, 0, 0, 0, 1]],
    ["::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]],
    ["::ffff:c000:201", [0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201]],
    ["64:ff9b::192.0.2.1", [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0201]],
  ])("reads %s", (text, groups) => {
    expect(parseAddress(text)).toEqual(groups);
  });

  it.each([
    "",
    "unknown",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "010.0.0.1",
    "::ffff:1.2.3.04",
    "1.2.3.4 ",
    "1.2.3.4:80",
    "[::1]",
    "1",
    ":",
    ":1",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4::5:6:7:8",
    "g::",
    "12345::",
    "192.0.2.1::",
    "a:192.0.2.1::1",
    "_hidden",
    "fe80::1%",
    "fe80::1%<b>",
    "fe80::1%eth0%eth1",
    "::1%\n",
    "1".repeat(10_000),
  ])("takes %j for none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("peerKey", () => {
  it("is the same for the spellings of one IPv4 address", () => {
    const spellings = ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:0201", "0:0:0:0:0:ffff:192.0.2.1"];
    expect(new Set(spellings.map(peerKey))).toEqual(new Set(["192.0.2.1"]));
    expect(peerKey("192.0.2.2")).toBe("192.0.2.2");
  });

  it("is the same for a network of 64 bits, and another for the next", () => {
    expect(peerKey("2001:db8:0:1::1")).toBe(peerKey("2001:db8:0:1:ffff:ffff:ffff:ffff"));
    expect(peerKey("2001:db8:0:1::1")).not.toBe(peerKey("2001:db8:0:2::1"));
  });

  it("leaves what is no address as it is", () => {
    expect(peerKey("/run/app.sock")).toBe("/run/app.sock");
  });
});

describe("formatAddress", () => {
  it("writes what is read as the same address", () => {
    for (const text of ["10.1.2.3", "255.255.255.255", "::1", "2001:db8::a:1"])
      expect(parseAddress(formatAddress(parseAddress(text)!))).toEqual(parseAddress(text));
    expect(formatAddress(parseAddress("::ffff:10.1.2.3")!)).toBe("10.1.2.3");
  });
});

describe("isV4", () => {
  it("knows IPv4 in IPv6", () => {
    expect(isV4(parseAddress("::ffff:1.2.3.4")!)).toBe(true);
    expect(isV4(parseAddress("64:ff9b::1.2.3.4")!)).toBe(false);
    expect(isV4(parseAddress("::1.2.3.4")!)).toBe(false);
  });
});

describe("sharePrefix", () => {
  it.each<[string, string, number, boolean]>([
    ["2001:db8::", "2001:db8:ffff::", 32, true],
    ["2001:db8::", "2001:db9::", 32, false],
    ["2001:db8::", "2001:db9::", 31, true],
    ["::", "ffff::", 0, true],
    ["::1", "::1", 128, true],
    ["::1", "::0", 128, false],
    ["::1", "::0", 127, true],
  ])("%s and %s in %i bits: %s", (one, other, bits, same) => {
    expect(sharePrefix(parseAddress(one)!, parseAddress(other)!, bits)).toBe(same);
  });
});
