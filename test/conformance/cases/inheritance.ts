import { expect } from "vitest";
import { ClientEndpoint, CloseReason, OnClose, OnError, OnMessage, OnOpen, Session, type Class } from "wirespring";
import { CaseList } from "../case-list.js";
import type { Stage } from "../stage.js";
import { expectConnected, expectNotConnected } from "./client-refused.js";

/** What an endpoint class has from the class it extends: `spec/annotation/inheritance` (J-24 to J-26), on a client as in the original. */

const ECHO = "Echo message";

/** What was called in the running case, and by which class. */
let called: string[] = [];

/** An endpoint class, too: its decorators of methods are all that is inherited. */
@ClientEndpoint()
class Base {
  @OnOpen()
  opened(): void {
    called.push("Base.opened");
  }
  @OnMessage()
  async said(text: string): Promise<string> {
    called.push("Base.said");
    if (text === "throw") throw new Error("as asked");
    return `Base ${text}`;
  }
  @OnError()
  async failed(error: Error, session: Session): Promise<void> {
    called.push("Base.failed");
    await session.remote.sendText(error.message);
  }
  @OnClose()
  closed({ reasonPhrase }: CloseReason): void {
    called.push(`Base.closed ${reasonPhrase}`);
  }
}

/** Plays one connection through, with everything that is handled. */
async function play(stage: Stage, endpoint: Class): Promise<readonly string[]> {
  called = [];
  const answers: string[] = [];
  const { peer, sockets } = await stage.connect(endpoint);
  for (const sent of [ECHO, "throw"]) {
    peer.send(sent);
    answers.push(String(await peer.next()));
  }
  peer.close(1000, "over");
  await peer.closed;
  // The last handlers have run then.
  await sockets.close();
  return answers;
}

const list = new CaseList("spec/annotation/inheritance");

list.add("annotationOnMethodIsInheritedTest", async (stage) => {
  @ClientEndpoint()
  class Inherits extends Base {}
  expect(await play(stage, Inherits)).toEqual([`Base ${ECHO}`, "as asked"]);
  expect(called).toEqual(["Base.opened", "Base.said", "Base.said", "Base.failed", "Base.closed over"]);
});

list.add("annotationOnMethodIsOverridenTest", async (stage) => {
  @ClientEndpoint()
  class Overrides extends Base {
    @OnOpen()
    override opened(): void {
      called.push("Overrides.opened");
    }
    @OnMessage()
    override async said(text: string): Promise<string> {
      called.push("Overrides.said");
      if (text === "throw") throw new Error("as asked");
      return `Overrides ${text}`;
    }
    @OnError()
    override async failed(error: Error, session: Session): Promise<void> {
      called.push("Overrides.failed");
      await session.remote.sendText(error.message);
    }
    @OnClose()
    override closed({ reasonPhrase }: CloseReason): void {
      called.push(`Overrides.closed ${reasonPhrase}`);
    }
  }
  expect(await play(stage, Overrides)).toEqual([`Overrides ${ECHO}`, "as asked"]);
  expect(called).toEqual([
    "Overrides.opened",
    "Overrides.said",
    "Overrides.said",
    "Overrides.failed",
    "Overrides.closed over",
  ]);
  // Without decorators, what overrides is no handler any more.
  @ClientEndpoint()
  class SwitchesOff extends Base {
    override opened(): void {
      called.push("SwitchesOff.opened");
    }
    override closed(): void {
      called.push("SwitchesOff.closed");
    }
  }
  expect(await play(stage, SwitchesOff)).toEqual([`Base ${ECHO}`, "as asked"]);
  expect(called).toEqual(["Base.said", "Base.said", "Base.failed"]);
});

const STRONGER = { changed: "the report is looked at, where the original cannot fail" };

/** The inherited handler and one of the class itself, for the same. */
function twice(method: string, both: Class, words: readonly string[], one: Class): void {
  list.add(method, STRONGER, async (stage) => {
    await expectNotConnected(stage, both, words);
    await expectConnected(stage, one);
  });
}

@ClientEndpoint()
class AlsoSaid extends Base {
  @OnMessage()
  saidHere(_text: string): void {}
}
@ClientEndpoint()
class OnlySaid extends AlsoSaid {
  override async said(): Promise<string> {
    return "";
  }
}
twice("annotationOnMessageIsTwiceTest", AlsoSaid, ["saidHere and said", "text"], OnlySaid);

@ClientEndpoint()
class AlsoOpened extends Base {
  @OnOpen()
  openedHere(): void {}
}
@ClientEndpoint()
class OnlyOpened extends AlsoOpened {
  override opened(): void {}
}
twice("annotationOnOpenIsTwiceTest", AlsoOpened, ["openedHere and opened", "@OnOpen"], OnlyOpened);

@ClientEndpoint()
class AlsoClosed extends Base {
  @OnClose()
  closedHere(): void {}
}
@ClientEndpoint()
class OnlyClosed extends AlsoClosed {
  override closed(): void {}
}
twice("annotationOnCloseIsTwiceTest", AlsoClosed, ["closedHere and closed", "@OnClose"], OnlyClosed);

@ClientEndpoint()
class AlsoFailed extends Base {
  @OnError()
  failedHere(_error: Error): void {}
}
@ClientEndpoint()
class OnlyFailed extends AlsoFailed {
  override async failed(): Promise<void> {}
}
twice("annotationOnErrorIsTwiceTest", AlsoFailed, ["failedHere and failed", "@OnError"], OnlyFailed);

export const inheritanceCases = list.cases;
