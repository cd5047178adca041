import { describe, it } from "vitest";
import { allCases } from "./all-cases.js";
import type { Carrier } from "./case-list.js";
import { Stage } from "./stage.js";

const carriers: readonly Carrier[] = ["none", "ws", "memory"];

describe.each(carriers)("carried by %s", (carrier) => {
  for (const { id, run } of allCases.filter((each) => each.carriers.includes(carrier)))
    it(id, async () => {
      await using stage = new Stage(carrier);
      await run(stage);
    });
});
