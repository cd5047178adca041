import { RawClient } from "@wirespring/testing";
import { describe, expect, it } from "vitest";
import { echo, ExhaustedProgram } from "./exhausted-program.js";

describe("an application without memory to spare (F12)", () => {
  it(
    "takes nobody in, serves those who are in, and goes on when there is memory again",
    { timeout: 30_000 },
    async () => {
      await using program = await ExhaustedProgram.start("true", "--max-old-space-size=64", "--expose-gc");
      const { client, status } = await program.upgrade();
      expect(status).toBe(101);
      await program.tell("fillHeap");
      await program.tell("skipSecond");
      for (let count = 0; count < 3; count++) {
        const refused = await program.upgrade();
        expect(refused).toMatchObject({ status: 503, body: "This server is busy. Try again later.\n" });
        expect(refused.headers.get("retry-after")).toEqual(["5"]);
      }
      expect(await echo(client, "still here")).toBe("still here");
      expect(await program.health()).toBe(200);
      await program.tell("emptyHeap");
      await program.tell("skipSecond");
      expect((await program.upgrade()).status).toBe(101);
      expect(await program.tell("refused")).toEqual({ memory: 3 });
      expect(await program.end()).toBe(0);
    },
  );
});

describe("an application without files to spare (F13)", () => {
  it("keeps room for health checks, however many sessions want in", { timeout: 30_000 }, async () => {
    await using program = await ExhaustedProgram.start("ulimit -n 256");
    expect(await program.tell("connections")).toBe(230);
    const statuses = new Map<number, number>();
    for (let count = 0; count < 215; count++) {
      const { status, headers } = await program.upgrade();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 503) expect(headers.get("retry-after")).toEqual(["5"]);
    }
    expect([...statuses]).toEqual([
      [101, 207],
      [503, 8],
    ]);
    expect(await program.health()).toBe(200);
    expect(await program.tell("refused")).toEqual({ connections: 8 });
    expect(await program.end()).toBe(0);
  });

  it("survives that there are none at all, and goes on when there are", { timeout: 30_000 }, async () => {
    await using program = await ExhaustedProgram.start("ulimit -n 256");
    const { client } = await program.upgrade();
    await program.tell("fillFiles");
    const turnedAway = await Promise.all(Array.from({ length: 20 }, () => program.health()));
    expect(turnedAway).toEqual(turnedAway.map(() => 0));
    expect(await echo(client, "still here")).toBe("still here");
    await program.tell("emptyFiles");
    expect(await program.health()).toBe(200);
    expect((await program.upgrade()).status).toBe(101);
    expect(await program.end()).toBe(0);
  });

  it(
    "drops the connections above its limit, says so, and goes on when some have left",
    { timeout: 30_000 },
    async () => {
      await using program = await ExhaustedProgram.start("ulimit -n 256");
      const idle = await Promise.all(Array.from({ length: 230 }, () => RawClient.connect({ port: program.port })));
      // In the meantime it has accepted all of them.
      await program.tell("open");
      expect(await program.health()).toBe(0);
      await expect
        .poll(() => program.logged("http.connection.dropped"))
        .toEqual([expect.stringContaining("maxConnections")]);
      for (const client of idle) client.destroy();
      await expect.poll(() => program.health()).toBe(200);
      expect(await program.end()).toBe(0);
    },
  );
});
