import type { RawResponse } from "@wirespring/testing";
import { expect } from "vitest";
import type { RefusalReason } from "wirespring/spi";
import type { HostileServer } from "../stage.js";

/** What the cases about the gate say of a request that was refused. */

/** A request, and how it is refused. */
export interface Refused {
  /** As it is written. */
  readonly bytes: string;
  readonly status: number;
  readonly reason: RefusalReason;
  /** The template of the endpoint; undefined when none is known yet. */
  readonly endpoint?: string;
}

/** Sends a request on a connection of its own, which the server has to end with this answer, a line in the log, and one count. */
export async function expectRefused(
  server: HostileServer,
  { bytes, status, reason, endpoint }: Refused,
): Promise<RawResponse> {
  const client = await server.connect();
  client.write(bytes);
  const response = await client.response();
  await client.untilEnded();
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toEqual(["text/plain; charset=utf-8"]);
  const temporary = status === 429 || status === 503;
  expect(response.headers.has("retry-after")).toBe(temporary);
  const told = { event: "upgrade.refused", reason, status, ip: "127.0.0.1" };
  await server.logged(endpoint === undefined ? told : { ...told, endpoint });
  expect(await server.outcome()).toEqual({ upgradesRefused: { [reason]: 1 } });
  expect(await server.log()).toHaveLength(1);
  return response;
}
