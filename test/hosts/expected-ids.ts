/**
 * The fields of the table, by name: hosts down, cases across. Used by the suite and its totals. It imports nothing, so that the table can be counted
 * before anything is installed.
 */

/** The rows. */
export const hostNames = [
  "node:http",
  "node:https",
  "Express 5",
  "Fastify 5",
  "Koa 3",
  "Hono 4",
  "NestJS 12",
  "Vite 8 as middleware",
  "Vite 8's own server",
] as const;

export type HostName = (typeof hostNames)[number];

/** The columns, and the rows that one is about where those are not all. */
const columns = {
  "routes and endpoints share a port": hostNames,
  "paths that no endpoint has are left alone": hostNames,
  "another WebSocket server keeps its own path": hostNames,
  "the handshake knows the HTTP session and the cookie": hostNames,
  "what has begun is finished when the host is closed": hostNames,
  "endpoints have the very providers of its controllers": ["NestJS 12"],
  "Vite's own socket lives beside ours, and longer": ["Vite 8 as middleware", "Vite 8's own server"],
} as const satisfies Record<string, readonly HostName[]>;

export type Column = keyof typeof columns;

/** What holds on a host. */
export function columnsOf(host: HostName): readonly Column[] {
  return Object.entries<readonly HostName[]>(columns)
    .filter(([, rows]) => rows.includes(host))
    .map(([column]) => column as Column);
}

/** Names a field. */
export function idOf(host: HostName, column: Column): string {
  return `${host}: ${column}`;
}

/** All fields. */
export const expectedIds: readonly string[] = hostNames.flatMap((host) =>
  columnsOf(host).map((column) => idOf(host, column)),
);
