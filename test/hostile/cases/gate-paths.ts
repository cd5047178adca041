import { expect } from "vitest";
import { UPGRADE_LINES, upgradeBytes } from "../../upgrade-bytes.js";
import { CaseList } from "../case-list.js";
import type { HostileServer } from "../stage.js";
import { SECRET } from "../stage.js";
import type { WorstRoute } from "../programs/routes.js";
import { expectRefused, type Refused } from "./gate-refusal.js";
import { pathsByChance, slowPaths } from "./gate-chance.js";

/** Request targets that mean something else to somebody else: T13 to T17, T22 and T23. */
export const gatePathCases = new CaseList();

const GATE = { program: "gate" };

function addRefused(id: string, target: string, row: Omit<Refused, "bytes">): void {
  gatePathCases.add(id, `${JSON.stringify(target)}: ${row.status}`, async (stage) => {
    const server = await stage.serve(GATE);
    await expectRefused(server, { bytes: upgradeBytes(`GET ${target} HTTP/1.1`), ...row });
  });
}

const TARGET = { status: 400, reason: "target" } as const;
const ENCODING = { status: 400, reason: "encoding" } as const;

for (const target of ["//", "///x", "//echo", "/echo//", "http://[", "http://", "/echo/#?", "/#", "/\\echo", "/echo\\"])
  addRefused("T13", target, TARGET);

/** Sends one request on a connection of its own. Gives the status, 0 when there was no answer. */
async function statusOf(server: HostileServer, target: string): Promise<number> {
  const client = await server.connect();
  client.write(upgradeBytes(`GET ${target} HTTP/1.1`));
  const status = await client.response().then(
    (response) => response.status,
    () => 0,
  );
  client.destroy();
  return status;
}

gatePathCases.add("T13", "1 000 targets by chance: each is answered, and the process lives", async (stage) => {
  const server = await stage.serve(GATE);
  const statuses = new Set<number>();
  for (const target of pathsByChance(1_000, 13)) statuses.add(await statusOf(server, target));
  expect([...statuses].filter((status) => ![101, 400, 404, 414].includes(status))).toEqual([]);
  expect(statuses.has(101)).toBe(true);
  expect(statuses.has(400)).toBe(true);
  await server.outcome();
});

for (const target of [
  "/rooms/%E0%A4%A",
  "/%",
  "/%zz",
  "/rooms/%",
  "/rooms/%8",
  "/rooms/%ff",
  "/rooms/%c0%af",
  "/rooms/%ed%a0%80",
  "/%C3/%28",
])
  addRefused("T14", target, ENCODING);

for (const target of [
  "/rooms/%2e%2e/admin",
  "/rooms/../admin",
  "/rooms/%2E./admin",
  "/rooms/.%2e",
  "/rooms/.",
  "/rooms/./admin",
  "/a/./b",
  "/a//b",
  "/rooms//",
  "/./echo",
  "/rooms/..",
  "/..%5cadmin\\",
])
  addRefused("T15", target, TARGET);

for (const target of [
  "/rooms/..%2f..%2fadmin",
  "/rooms/a%2Fb",
  "/rooms/a%5cb",
  "/rooms/a%00b",
  "/rooms/%2e%2e%2fadmin",
])
  addRefused("T15", target, { ...ENCODING, endpoint: "/rooms/{room}" });

for (const target of ["/Echo", "/ECHO", "/echo/", "/rooms/", "/rooms", "/echo;a=b", "/echo%20"])
  addRefused("T15", target, { status: 404, reason: "path" });

gatePathCases.add("T15", "what an endpoint allows is seen by its guard as it is: %2F", async (stage) => {
  const server = await stage.serve(GATE);
  await server.call("heard");
  await server.open("/files/a%2Fb%5Cc");
  expect(await server.call("heard")).toEqual([
    JSON.stringify(["/files/{name}", { name: "a/b\\c" }, "/files/a%2Fb%5Cc"]),
  ]);
  expect(await server.outcome()).toEqual({ sessionsOpened: 1, sessionsClosed: { 1006: 1 } });
});

gatePathCases.add("T15", "the guard sees the path that was routed, in 300 targets by chance", async (stage) => {
  const server = await stage.serve(GATE);
  await server.call("heard");
  let asked = 0;
  for (const target of pathsByChance(300, 15, "/rooms")) {
    const status = await statusOf(server, target);
    const heard = await server.call<readonly string[]>("heard");
    if (heard.length === 0) continue;
    asked++;
    expect(status).toBe(101);
    const [template, variables, pathname] = JSON.parse(heard[0]!) as [string, Record<string, string>, string];
    expect(template).toBe("/rooms/{room}");
    // What a proxy in front would have read, too.
    const [path] = target.split("?");
    expect(decodeURIComponent(path!)).toBe(`/rooms/${variables["room"]}`);
    expect(decodeURIComponent(pathname)).toBe(`/rooms/${variables["room"]}`);
  }
  expect(asked).toBeGreaterThan(20);
  const { sessionsOpened } = await server.outcome();
  expect(sessionsOpened).toBe(asked);
});

for (const target of [
  "http://evil.example/echo",
  "http://localhost/echo",
  "//evil.example/echo",
  "*",
  "#echo",
  "/echo#x",
  "echo",
  "ws://localhost/echo",
  "localhost:80",
  "?",
])
  gatePathCases.add("T16", `${JSON.stringify(target)}: 400`, async (stage) => {
    const server = await stage.serve(GATE);
    const client = await server.connect();
    client.write(upgradeBytes(`GET ${target} HTTP/1.1`));
    expect((await client.response()).status).toBe(400);
    await client.untilEnded();
    await server.logged({ event: "upgrade.refused", status: 400 });
    const { upgradesRefused, ...rest } = await server.outcome();
    // Node's parser does not even take some of them for HTTP.
    expect([{ target: 1 }, { syntax: 1 }]).toContainEqual(upgradesRefused);
    expect(rest).toEqual({});
  });

gatePathCases.add("T17", "the worst of 10 000 hostile paths at 1 000 endpoints takes 1 ms at most", async (stage) => {
  const server = await stage.serve({ program: "routes" });
  const paths = slowPaths(10_000);
  expect(Math.max(...paths.map(({ length }) => length))).toBeGreaterThan(16_000);
  const { milliseconds, path } = await server.call<WorstRoute>("worstOf", paths);
  expect(milliseconds, `${path.slice(0, 40)}, ${path.length} bytes`).toBeLessThan(1);
  // The yardstick measures: the endpoints are there, and a good path leads to one.
  expect(await server.call("leadsTo", "/area7/17/part7")).toBe("/area7/{x7}/part7");
  expect(await server.outcome()).toEqual({});
});

gatePathCases.add(
  "T17",
  "a target of 16 000 slashes is refused, and so is one that is nearly a path",
  async (stage) => {
    const server = await stage.serve({ program: "routes" });
    expect(await statusOf(server, "/".repeat(16_000))).toBe(400);
    expect(await statusOf(server, `/area7/${"a".repeat(1_900)}!/part8`)).toBe(404);
    expect(await server.outcome()).toEqual({ upgradesRefused: { target: 1, path: 1 } });
  },
);

gatePathCases.add("T22", "a second exporter on a server is told so, and the first goes on", async (stage) => {
  const server = await stage.serve(GATE);
  const client = await server.open("/echo");
  for (const command of ["exportAgain", "runAgain"])
    expect(await server.call(command)).toMatch(/^DeploymentException: .*cannot export on this server/);
  expect(await statusOf(server, "/nowhere")).toBe(404);
  client.frame({ opcode: 1, payload: "still here" });
  expect((await client.nextFrame()).payload.toString()).toBe("still here");
  client.frame({ opcode: 8 });
  await client.nextClose();
  // Nobody has written a second answer into the stream.
  expect(client.frames).toHaveLength(2);
  expect(await server.outcome()).toEqual({
    sessionsOpened: 1,
    sessionsClosed: { 1005: 1 },
    upgradesRefused: { path: 1 },
  });
});

for (const path of ["/nowhere", "/echo/more", `/${SECRET}`, `/users/${SECRET}/inbox`])
  gatePathCases.add("T23", `${path}: 404, and neither log nor metrics say where`, async (stage) => {
    const server = await stage.serve(GATE);
    const bytes = upgradeBytes(`GET ${path} HTTP/1.1`, [...UPGRADE_LINES, `Cookie: id=${SECRET}`]);
    const { body } = await expectRefused(server, { bytes, status: 404, reason: "path" });
    expect(body).toBe("There is no endpoint at this path.\n");
    const [line] = await server.lines();
    expect(line).not.toContain(path);
    expect(JSON.stringify(await server.metrics())).not.toContain(path);
  });

gatePathCases.add(
  "T23",
  "another listener of the server gets what is its own, and the rest is 404 after 10 s",
  async (stage) => {
    const server = await stage.serve(GATE);
    await server.call("addOther");
    try {
      expect(await statusOf(server, "/other")).toBe(200);
      const client = await server.connect();
      client.write(upgradeBytes("GET /nowhere HTTP/1.1"));
      // It came first, so it was seen when a later one is answered.
      await server.open("/echo");
      await server.skip(10_000);
      expect((await client.response()).status).toBe(404);
      expect(await server.outcome()).toMatchObject({ upgradesRefused: { path: 1 }, sessionsOpened: 1 });
    } finally {
      await server.call("removeOther");
    }
  },
);
