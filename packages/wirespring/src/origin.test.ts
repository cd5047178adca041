import { describe, expect, it } from "vitest";
import { admitsOrigin } from "./origin.js";

interface Row {
  readonly host?: string | undefined;
  readonly secure?: boolean;
  readonly cookie?: boolean;
  readonly allowed?: readonly string[];
}

function admits(origin: string | null, row: Row = {}): boolean {
  return admitsOrigin(origin, {
    host: "host" in row ? row.host : "app.example.com",
    isSecure: row.secure ?? false,
    allowedOrigins: row.allowed ?? [],
    headers: { has: (name) => name === "cookie" && row.cookie === true },
  });
}

describe("admitsOrigin", () => {
  it.each<[string | null, Row]>([
    ["http://app.example.com", {}],
    ["https://app.example.com", {}],
    ["https://app.example.com", { secure: true }],
    ["http://app.example.com", { secure: true }],
    ["https://app.example.com", { host: "app.example.com:443", secure: true }],
    ["http://app.example.com", { host: "app.example.com:80" }],
    ["http://app.example.com:80", {}],
    ["https://app.example.com:443", {}],
    ["https://APP.example.com", {}],
    ["https://app.example.com", { host: "App.Example.COM" }],
    ["http://localhost:8080", { host: "localhost:8080" }],
    ["http://127.0.0.1:8080", { host: "127.0.0.1:8080" }],
    ["http://[::1]:8080", { host: "[::1]:8080" }],
    ["https://shop.example", { allowed: ["https://shop.example"] }],
    ["https://shop.example", { allowed: ["https://shop.example:443"] }],
    ["https://shop.example", { allowed: ["https://other.example", "https://Shop.example"] }],
    ["file://", { allowed: ["file://"] }],
    ["app://localhost", { allowed: ["app://localhost"] }],
    ["https://anything.example", { allowed: ["*"] }],
    ["https://anything.example", { allowed: ["*"], cookie: true }],
    [null, {}],
    [null, { allowed: ["*"], cookie: true }],
  ])("admits %s to %o (T25, T26)", (origin, row) => {
    expect(admits(origin, row)).toBe(true);
  });

  it.each<[string | null, Row]>([
    ["https://evil.example", {}],
    ["https://evil.example", { cookie: true }],
    ["https://app.example.com.evil.com", {}],
    ["https://evilapp.example.com", {}],
    ["https://example.com", {}],
    ["https://sub.app.example.com", {}],
    ["https://app.example.com.", {}],
    ["https://app.example.com:8443", {}],
    ["http://app.example.com:443", {}],
    ["http://localhost:5173", { host: "localhost:8080" }],
    ["http://localhost", { host: "localhost:8080" }],
    ["http://localhost:8080", { host: "localhost" }],
    ["https://app.example.com@evil.com", {}],
    ["https://evil.com#app.example.com", {}],
    ["https://app.example.com/", {}],
    ["https://app.example.com/path", {}],
    ["https://user@app.example.com", {}],
    ["https://app.example.com, https://evil.example", {}],
    ["https://evil.example, https://app.example.com", { allowed: ["*"] }],
    ["null", {}],
    ["null", { allowed: ["*"] }],
    ["null", { allowed: ["null"] }],
    ["NULL", {}],
    ["", {}],
    ["", { allowed: ["*"] }],
    ["file://", {}],
    ["file://app.example.com", {}],
    ["chrome-extension://app.example.com", {}],
    ["app.example.com", {}],
    ["//app.example.com", {}],
    ["https:app.example.com", {}],
    ["https://", {}],
    ["http://app.example.com", { host: undefined }],
    ["http://shop.example", { allowed: ["https://shop.example"] }],
    ["https://shop.example:8443", { allowed: ["https://shop.example"] }],
    ["https://shop.example.evil.com", { allowed: ["https://shop.example"] }],
    [null, { cookie: true }],
    [null, { cookie: true, allowed: ["https://shop.example"] }],
  ])("refuses %s to %o (T11, T25, T26)", (origin, row) => {
    expect(admits(origin, row)).toBe(false);
  });
});
