import { expect } from "vitest";
import { OnMessage, ServerEndpoint, Session, type Class } from "wirespring";
import { CaseList } from "../case-list.js";

/** Which of overlapping templates serves a request: `spec/configuration/urimatching` (J-34 to J-36). */

/** An endpoint that answers with its template, its variables and what it was told. */
function endpointAt(path: string): Class {
  @ServerEndpoint(path)
  class Named {
    @OnMessage()
    said(session: Session, text: string): string {
      return [path, ...session.pathParameters.values(), text].join(" ");
    }
  }
  return Named;
}

/** One, two and three segments, every combination of literal and variable. */
const PATHS = [
  "/a",
  "/{a}",
  "/c/{d}",
  "/c/d",
  "/{c}/d",
  "/{c}/{d}",
  "/a/c/d",
  "/a/{c}/{d}",
  "/{a}/c/{d}",
  "/{a}/{c}/d",
  "/{a}/{c}/{d}",
  "/a/c/{d}",
  "/a/{c}/d",
  "/{a}/c/d",
];

const list = new CaseList("spec/configuration/urimatching");
const matches: readonly (readonly [method: string, target: string, answer: string])[] = [
  ["match1ExactTest", "/a", "/a"],
  ["match1ParamTest", "/c", "/{a} c"],
  ["match2CParamDTest", "/c/one", "/c/{d} one"],
  ["match2CDExactTest", "/c/d", "/c/d"],
  ["match2ParamCExactDTest", "/one/d", "/{c}/d one"],
  ["match2ParamCDTest", "/one/two", "/{c}/{d} one two"],
  ["match3ACDExactTest", "/a/c/d", "/a/c/d"],
  ["match3AParamCDTest", "/a/one/two", "/a/{c}/{d} one two"],
  ["match3CParamADTest", "/one/c/two", "/{a}/c/{d} one two"],
  ["match3DParamACTest", "/one/two/d", "/{a}/{c}/d one two"],
  ["match3ParamACDTest", "/one/two/three", "/{a}/{c}/{d} one two three"],
  ["match3ACParamDTest", "/a/c/three", "/a/c/{d} three"],
  ["match3ADParamCTest", "/a/two/d", "/a/{c}/d two"],
  ["match3CDParamATest", "/two/c/d", "/{a}/c/d two"],
];

for (const [method, target, answer] of matches)
  list.add(method, async (stage) => {
    const peer = await stage.open(PATHS.map(endpointAt), target);
    peer.send("hello");
    expect(await peer.next()).toBe(`${answer} hello`);
  });

list.add(
  "noMatch4ACDETest",
  { changed: "the status is looked at, 404, where the original cannot fail" },
  async (stage) => {
    const application = await stage.start(PATHS.map(endpointAt));
    expect(await application.refusal("/a/c/d/e")).toBe(404);
  },
);

export const uriMatchingCases = list.cases;
