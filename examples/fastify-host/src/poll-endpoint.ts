import { Broadcaster, json, JsonEncoder, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import { Poll, type Tally } from "./poll.js";
import { parseVote, Vote } from "./vote.js";
import { VoterCookie } from "./voter-cookie.js";

/** What the server sends. */
export type PollEvent =
  | { readonly type: "poll"; readonly question: string; readonly tallies: readonly Tally[] }
  | { readonly type: "tallies"; readonly tallies: readonly Tally[] }
  | { readonly type: "choice"; readonly option: string }
  | { readonly type: "problem"; readonly text: string };

/** The topic of everybody who looks at the poll. */
export const TALLIES = "tallies";

/** Shows its peer the poll and every change of it, and takes the votes of those who have a cookie of the page. */
@ServerEndpoint({
  value: "/poll",
  configurator: VoterCookie,
  decoders: [json(Vote, parseVote)],
  encoders: [JsonEncoder],
  maxTextMessageSize: 1_024,
})
export class PollEndpoint {
  constructor(
    private readonly poll: Poll,
    private readonly broadcaster: Broadcaster,
  ) {}

  @OnOpen()
  opened(session: Session): void {
    // A session that ends is in no topic any more: there is nothing to undo.
    this.broadcaster.subscribe(session, TALLIES);
    const { question, tallies } = this.poll;
    void session.remote.sendObject({ type: "poll", question, tallies } satisfies PollEvent);
    const option = session.userPrincipal ? this.poll.choiceOf(session.userPrincipal.name) : undefined;
    if (option !== undefined) void session.remote.sendObject({ type: "choice", option } satisfies PollEvent);
  }

  @OnMessage()
  voted({ option }: Vote, session: Session): PollEvent {
    const voter = session.userPrincipal?.name;
    if (voter === undefined) return { type: "problem", text: "Who votes comes by the page: there was no cookie." };
    if (!this.poll.vote(voter, option)) return { type: "problem", text: "There is no such option." };
    return { type: "choice", option };
  }
}
