import { describe, it } from "vitest";
import { allHosts } from "./all-hosts.js";
import { cases } from "./cases.js";
import { columnsOf, hostNames, idOf } from "./expected-ids.js";
import { Stage } from "./stage.js";

describe.each(hostNames)("%s", (name) => {
  for (const column of columnsOf(name))
    it(idOf(name, column), { timeout: 20_000 }, async () => {
      const host = allHosts[name];
      await using stage = await Stage.start(host);
      await cases[column](stage, host);
    });
});
