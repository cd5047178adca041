import type { RawUpgrade } from "@wirespring/testing";
import { expect } from "vitest";
import { linesWithout, upgradeBytes, UPGRADE_LINES } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import type { HostileServer } from "../stage.js";
import { expectRefused } from "./gate-refusal.js";

/** In which language one may come in, and who is believed: T27 to T29, T31, T32 and T34. */
export const gateAdmissionCases = new CaseList();

const ADMISSION = { program: "admission" };
const PROXIED = { program: "proxied" };
const ADMITTED = { sessionsOpened: 1, sessionsClosed: { 1006: 1 } };

/** Connects, and gives the first message of the endpoint. */
async function told(server: HostileServer, upgrade: RawUpgrade): Promise<string> {
  const client = await server.connect();
  const { status, body } = await client.upgrade(upgrade);
  expect(status, body).toBe(101);
  return (await client.nextFrame()).payload.toString();
}

for (const [offered, agreed] of [
  ["evil, chat", "chat"],
  ["superchat, chat", "chat"],
  ["superchat", "superchat"],
  ["chat,superchat", "chat"],
  ["evil", undefined],
  ["CHAT", undefined],
  ["chat2", undefined],
  [undefined, undefined],
] as const)
  gateAdmissionCases.add("T27", `${offered}: ${agreed ?? "none"}`, async (stage) => {
    const server = await stage.serve(ADMISSION);
    const client = await server.connect();
    const answer = await client.upgrade({ path: "/protocols", headers: { "Sec-WebSocket-Protocol": offered } });
    expect(answer.status).toBe(101);
    expect(answer.headers.get("sec-websocket-protocol")).toEqual(agreed === undefined ? undefined : [agreed]);
    expect((await client.nextFrame()).payload.toString()).toBe(agreed ?? "");
    expect(await server.outcome()).toEqual(ADMITTED);
  });

for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf", "length", "0"])
  for (const path of ["/protocols", "/echo"])
    gateAdmissionCases.add("T28", `${path}, ${name}: no subprotocol`, async (stage) => {
      const server = await stage.serve(ADMISSION);
      const client = await server.connect();
      const { status, headers } = await client.upgrade({ path, headers: { "Sec-WebSocket-Protocol": name } });
      expect([status, headers.get("sec-websocket-protocol")]).toEqual([101, undefined]);
      if (path === "/protocols") expect((await client.nextFrame()).payload.toString()).toBe("");
      expect(await server.outcome()).toEqual(ADMITTED);
    });

const names = (count: number): readonly string[] => Array.from({ length: count }, (_none, index) => `n${index}`);

gateAdmissionCases.add("T29", "16 subprotocols: 101", async (stage) => {
  const server = await stage.serve(ADMISSION);
  const offered = [...names(15), "chat"].join();
  expect(await told(server, { path: "/protocols", headers: { "Sec-WebSocket-Protocol": offered } })).toBe("chat");
  expect(await server.outcome()).toEqual(ADMITTED);
});

for (const [what, values] of [
  ["17 subprotocols", [names(17).join()]],
  ["17 subprotocols in as many lines", names(17)],
  ["2 500 subprotocols", [names(2_500).join()]],
  ["one twice", ["chat, chat"]],
  ["one in two lines", ["chat", "chat"]],
  ["an empty one", ["chat,,superchat"]],
  ["nothing", [""]],
  ["a comma", [","]],
  ["15 000 spaces", [`a${" ".repeat(15_000)}b`]],
  ["15 000 commas", [",".repeat(15_000)]],
  ["a space in one", ["chat superchat"]],
  ["a slash in one", ["chat/1"]],
  ["a quoted one", ['"chat"']],
  ["a letter beyond ASCII", ["ch\xe4t"]],
  ["a space that only Unicode knows", ["chat\xa0"]],
] as const)
  gateAdmissionCases.add("T29", `${what}: 400`, async (stage) => {
    const server = await stage.serve(ADMISSION);
    const lines = [...UPGRADE_LINES, ...values.map((value) => `Sec-WebSocket-Protocol: ${value}`)];
    const bytes = upgradeBytes("GET /protocols HTTP/1.1", lines);
    await expectRefused(server, { bytes, status: 400, reason: "subprotocol", endpoint: "/protocols" });
  });

for (const [what, forwarded, address] of [
  ["nobody", undefined, "127.0.0.1"],
  ["a peer", "192.0.2.1", "192.0.2.1"],
  ["a peer that names another", "1.2.3.4, 192.0.2.1", "192.0.2.1"],
  ["a peer behind two proxies", "1.2.3.4, 192.0.2.1, 10.1.2.3", "192.0.2.1"],
  ["a peer that names a proxy", "10.0.0.1, 192.0.2.1", "192.0.2.1"],
  ["proxies only", "10.0.0.1, 10.0.0.2", "10.0.0.1"],
  ["a peer with a port", "192.0.2.1:4711", "192.0.2.1"],
  ["an IPv6 peer", "2001:db8::1", "2001:db8::1"],
  ["an IPv6 peer with a port", "[2001:db8::1]:4711", "2001:db8::1"],
  ["an IPv4 peer written as IPv6", "::ffff:192.0.2.1", "192.0.2.1"],
  ["a proxy written as IPv6", "192.0.2.1, ::ffff:10.0.0.1", "192.0.2.1"],
  ["an IPv6 proxy", "192.0.2.1, fd12::1", "192.0.2.1"],
  ["something that is no address", "192.0.2.1, unknown", "127.0.0.1"],
  ["markup", "<script>", "127.0.0.1"],
  ["nothing", "", "127.0.0.1"],
  ["33 hops", Array.from({ length: 33 }, () => "192.0.2.1").join(), "127.0.0.1"],
  ["3 000 hops", Array.from({ length: 3_000 }, () => "1::").join(), "127.0.0.1"],
] as const)
  gateAdmissionCases.add("T31", `a trusted proxy names ${what}: ${address}`, async (stage) => {
    const server = await stage.serve(PROXIED);
    const headers = { Host: "app.example", "X-Forwarded-For": forwarded };
    expect(await told(server, { path: "/who", headers })).toBe(`${address} plain app.example`);
    expect(await server.outcome()).toEqual(ADMITTED);
  });

gateAdmissionCases.add("T31", "10 000 hops do not even get to the gate: 431", async (stage) => {
  const server = await stage.serve(PROXIED);
  const hops = Array.from({ length: 10_000 }, () => "192.0.2.1").join();
  const bytes = upgradeBytes("GET /who HTTP/1.1", [...UPGRADE_LINES, `X-Forwarded-For: ${hops}`]);
  await expectRefused(server, { bytes, status: 431, reason: "headers" });
});

gateAdmissionCases.add("T31", "a refusal is logged for the address that a trusted proxy gives", async (stage) => {
  const server = await stage.serve(PROXIED);
  const client = await server.connect();
  await client.upgrade({ path: "/nowhere", headers: { "X-Forwarded-For": "1.2.3.4, 192.0.2.7" } });
  await server.logged({ event: "upgrade.refused", ip: "192.0.2.7" });
  expect(await server.outcome()).toEqual({ upgradesRefused: { path: 1 } });
});

gateAdmissionCases.add("T31", "nobody else is believed", async (stage) => {
  const server = await stage.serve(ADMISSION);
  const headers = {
    Host: "app.example",
    "X-Forwarded-For": "1.2.3.4",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "bank.example",
    Forwarded: "for=1.2.3.4;proto=https;host=bank.example",
    "X-Real-IP": "1.2.3.4",
  };
  expect(await told(server, { path: "/who", headers })).toBe("127.0.0.1 plain app.example");
  expect(await server.outcome()).toEqual(ADMITTED);
});

for (const [schemes, expected] of [
  ["https", "tls"],
  ["https, https", "tls"],
  ["https, http", "plain"],
  ["http, https", "plain"],
  ["http", "plain"],
  ["javascript", "plain"],
] as const)
  gateAdmissionCases.add("T31", `a trusted proxy says ${schemes}: ${expected}`, async (stage) => {
    const server = await stage.serve(PROXIED);
    const headers = { Host: "app.example", "X-Forwarded-Proto": schemes, "X-Forwarded-Host": "bank.example" };
    expect(await told(server, { path: "/who", headers })).toBe(`127.0.0.1 ${expected} app.example`);
    expect(await server.outcome()).toEqual(ADMITTED);
  });

for (const [what, hosts] of [
  ["two", ["app.example", "app.example"]],
  ["two that differ", ["app.example", "evil.example"]],
  ["an empty one", [""]],
  ["two in a line", ["app.example, evil.example"]],
  ["a path", ["app.example/path"]],
  ["a user", ["user@app.example"]],
  ["a space", ["app example"]],
  ["a port that is none", ["app.example:99999"]],
  ["a broken address", ["[::1"]],
] as const)
  gateAdmissionCases.add("T32", `Host, ${what}: 400`, async (stage) => {
    const server = await stage.serve(ADMISSION);
    const lines = [...hosts.map((host) => `Host: ${host}`), ...linesWithout("Host")];
    const bytes = upgradeBytes("GET /echo HTTP/1.1", lines);
    await expectRefused(server, { bytes, status: 400, reason: "host", endpoint: "/echo" });
  });

gateAdmissionCases.add("T32", "no Host: 400", async (stage) => {
  const server = await stage.serve(ADMISSION);
  const client = await server.connect();
  client.write(upgradeBytes("GET /echo HTTP/1.1", linesWithout("Host")));
  expect((await client.response()).status).toBe(400);
  await client.untilEnded();
  const { upgradesRefused, ...rest } = await server.outcome();
  // Node may have answered by itself.
  expect([undefined, { host: 1 }]).toContainEqual(upgradesRefused);
  expect(rest).toEqual({});
});

for (const version of ["1.0", "1.2", "2.0"])
  gateAdmissionCases.add("T32", `HTTP/${version}: 400`, async (stage) => {
    const server = await stage.serve(ADMISSION);
    const client = await server.connect();
    client.write(upgradeBytes(`GET /echo HTTP/${version}`));
    expect((await client.response()).status).toBe(400);
    await client.untilEnded();
    const { upgradesRefused, ...rest } = await server.outcome();
    expect([{ host: 1 }, { syntax: 1 }]).toContainEqual(upgradesRefused);
    expect(rest).toEqual({});
  });

for (const [host, status] of [
  ["app.example", 101],
  ["App.Example:8080", 101],
  ["evil.example", 421],
  ["app.example.evil.example", 421],
  ["app.example.", 421],
  ["127.0.0.1", 421],
] as const)
  gateAdmissionCases.add("T32", `a server that knows its names, Host: ${host}: ${status}`, async (stage) => {
    const server = await stage.serve(PROXIED);
    const bytes = upgradeBytes("GET /echo HTTP/1.1", [`Host: ${host}`, ...linesWithout("Host")]);
    if (status === 421) {
      await expectRefused(server, { bytes, status, reason: "host", endpoint: "/echo" });
      return;
    }
    const client = await server.connect();
    client.write(bytes);
    expect((await client.response()).status).toBe(101);
    expect(await server.outcome()).toEqual(ADMITTED);
  });

for (const path of ["/echo", "/deflated"])
  for (const offer of [
    "constructor",
    "__proto__",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
    "permessage-deflate; __proto__",
    'permessage-deflate; x="',
    "permessage-deflate;;",
    "permessage-deflate" + "; a".repeat(3_000),
    Array.from({ length: 700 }, (_none, index) => `x${index}`).join(", "),
    "a,".repeat(700),
    ",".repeat(15_000),
  ])
    gateAdmissionCases.add(
      "T34",
      `${path}, ${offer.slice(0, 70)}, ${offer.length} bytes: nothing agreed`,
      async (stage) => {
        const server = await stage.serve(ADMISSION);
        const client = await server.connect();
        const { status, headers } = await client.upgrade({ path, headers: { "Sec-WebSocket-Extensions": offer } });
        expect([status, headers.get("sec-websocket-extensions")]).toEqual([101, undefined]);
        if (path === "/deflated") expect((await client.nextFrame()).payload.toString()).toBe("0");
        expect(await server.outcome()).toEqual(ADMITTED);
      },
    );

gateAdmissionCases.add("T34", "compression is off, however it is offered, where nobody asked for it", async (stage) => {
  const server = await stage.serve(ADMISSION);
  const offer = { headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" } };
  for (const [path, agreed] of [
    ["/echo", false],
    ["/deflated", true],
  ] as const) {
    const client = await server.connect();
    const { headers } = await client.upgrade({ path, ...offer });
    expect(headers.has("sec-websocket-extensions")).toBe(agreed);
  }
  expect(await server.outcome()).toEqual({ sessionsOpened: 2, sessionsClosed: { 1006: 2 } });
});
