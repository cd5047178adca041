import { memoryPair, upgradeRequest } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { OnOpen, ServerEndpoint, Session } from "wirespring";
import { Refusal } from "wirespring/spi";
import { serve } from "./served.js";

@ServerEndpoint("/rooms/{room}/seats/{seat}")
class Seat {
  static session: Session | undefined;

  @OnOpen()
  opened(session: Session): void {
    Seat.session = session;
  }
}

describe("what a session knows of its request", () => {
  it("is there in the path's order, and cannot be changed by anybody (J-122, J-124)", async () => {
    await using served = await serve([Seat]);
    const admission = await served.sockets.router.admit(upgradeRequest({ path: "/rooms/blue/seats/7?a=1&b=2&a=3" }));
    if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
    const { transport, client } = memoryPair();
    admission.open(transport);
    const { pathParameters, requestParameterMap } = Seat.session!;
    expect([...pathParameters]).toEqual([
      ["room", "blue"],
      ["seat", "7"],
    ]);
    expect([...requestParameterMap]).toEqual([
      ["a", ["1", "3"]],
      ["b", ["2"]],
    ]);
    for (const map of [pathParameters, requestParameterMap])
      for (const method of ["set", "delete", "clear"]) expect(map).not.toHaveProperty(method);
    client.close(1000);
    await client.closed;
  });

  it("is drained when it was admitted before the container began to close", async () => {
    const served = await serve([Seat]);
    const admission = await served.sockets.router.admit(upgradeRequest({ path: "/rooms/blue/seats/8" }));
    if (admission instanceof Refusal) throw new Error(`refused: ${admission.status}`);
    const closing = served.sockets.close();
    const { transport, client } = memoryPair();
    admission.open(transport);
    expect(await client.closed).toMatchObject({ code: 1012 });
    await closing;
    await served[Symbol.asyncDispose]();
  });
});
