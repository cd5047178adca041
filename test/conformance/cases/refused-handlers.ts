import { CloseReason, OnClose, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint } from "wirespring";
import type { ConformanceCase } from "../case-list.js";
import { Echo, refused, StringHolder } from "./refused-application.js";

/** Faulty paths and faulty `@OnOpen`, `@OnClose` and `@OnError`: `negdep`, all but messages (J-29, J-32, J-44 to J-47, J-62). */

const cases: ConformanceCase[] = [];

@ServerEndpoint("/invalid/{arg}")
export class HolderOnClose {
  @OnClose()
  closed(@PathParam("arg") _holder: StringHolder): void {}
}

@ServerEndpoint("/invalid/{arg}")
export class HolderOnError {
  @OnError()
  failed(_error: Error, @PathParam("arg") _holder: StringHolder): void {}
}

@ServerEndpoint("/invalid/{arg}")
export class HolderOnMessage {
  @OnMessage()
  said(_text: string, @PathParam("arg") _holder: StringHolder): void {}
}

@ServerEndpoint("/invalid/{arg}")
export class HolderOnOpen {
  @OnOpen()
  opened(@PathParam("arg") _holder: StringHolder): void {}
}

for (const [kind, method, holder] of [
  ["Close", "closed", HolderOnClose],
  ["Error", "failed", HolderOnError],
  ["Message", "said", HolderOnMessage],
  ["Open", "opened", HolderOnOpen],
] as const)
  cases.push(
    ...refused(
      `negdep/invalidpathparamtype/srv/on${kind.toLowerCase()}`,
      [`invalidTypeOn${kind}UndeployOtherEndpointTest`, `invalidTypeOn${kind}Test`],
      [holder],
      method,
      "StringHolder",
    ),
  );

@ServerEndpoint("")
class Pathless extends Echo {}
cases.push(...refused("negdep/malformedpath", ["mallformedPathTest"], [Pathless], /path/));

@ServerEndpoint("/samepath")
class SamePath1 extends Echo {}
@ServerEndpoint("/samepath")
class SamePath2 extends Echo {}
cases.push(
  ...refused(
    "negdep/multiplepaths",
    ["twoEndpointsWithTheSamePathTest", "twoEndpointsWithTheSamePathThirdEndpointTest"],
    [SamePath1, SamePath2],
    "SamePath2",
    "/samepath",
  ),
);

@ServerEndpoint("/invalid")
class TwoOnClose {
  @OnClose()
  closed(): void {}
  @OnClose()
  closedAgain(): void {}
}
cases.push(
  ...refused(
    "negdep/onclose/srv/duplicate",
    ["multipleOnCloseTest", "multipleOnCloseRemovesAllEndpointsTest"],
    [TwoOnClose],
    "closedAgain",
  ),
);

@ServerEndpoint("/invalid")
class OnCloseWithError {
  @OnClose()
  closed(_reason: CloseReason, _error: Error): void {}
}
cases.push(
  ...refused(
    "negdep/onclose/srv/toomanyargs",
    ["tooManyArgumentsOnCloseTest", "tooManyArgumentsOnCloseRemovesAllEndpointsTest"],
    [OnCloseWithError],
    "closed",
    "Error",
  ),
);

@ServerEndpoint("/invalid")
class TwoOnError {
  @OnError()
  failed(_error: Error): void {}
  @OnError()
  failedAgain(_error: Error): void {}
}
cases.push(
  ...refused(
    "negdep/onerror/srv/duplicate",
    ["multipleOnErrorTest", "multipleOnErrorRemovesAllEndpointsTest"],
    [TwoOnError],
    "failedAgain",
  ),
);

@ServerEndpoint("/invalid")
class OnErrorWithReason {
  @OnError()
  failed(_error: Error, _reason: CloseReason): void {}
}
cases.push(
  ...refused(
    "negdep/onerror/srv/toomanyargs",
    ["tooManyArgsOnErrorTest", "tooManyArgsOnErrorRemovesAllEndpointsTest"],
    [OnErrorWithReason],
    "failed",
    "CloseReason",
  ),
);

@ServerEndpoint("/invalid")
class TwoOnOpen {
  @OnOpen()
  opened(): void {}
  @OnOpen()
  openedAgain(): void {}
}
cases.push(
  ...refused(
    "negdep/onopen/srv/duplicate",
    ["duplicateOfOnOpenTest", "duplicateOfOnOpenUndeployOtherEndpointTest"],
    [TwoOnOpen],
    "openedAgain",
  ),
);

@ServerEndpoint("/invalid")
class OnOpenWithText {
  @OnOpen()
  opened(_text: string): void {}
}
cases.push(
  ...refused(
    "negdep/onopen/srv/toomanyargs",
    ["tooManyArgumentsOnOpenTest", "tooManyArgumentsOnOpenUndeployOtherEndpointTest"],
    [OnOpenWithText],
    "opened",
    "String",
  ),
);

export const refusedHandlerCases: readonly ConformanceCase[] = cases;
