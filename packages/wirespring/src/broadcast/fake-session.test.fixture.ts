import type { LiveSession } from "../session/live-session.js";
import { Prepared } from "../session/transport.js";

/** Sessions that keep what they are given, in short: `a`, `a+b` for two as one. For the tests of topics and publications. */

export interface FakeSession {
  readonly session: LiveSession;
  readonly given: string[];
  /** It takes nothing any more. */
  closed: boolean;
  /** It takes nothing joined. */
  busy: boolean;
}

export function fakeSession(encode: (message: unknown) => unknown, encoders: object = encode): FakeSession {
  const given: string[] = [];
  const fake: FakeSession = { session: undefined!, given, closed: false, busy: false };
  const text = ({ bytes, messages }: Prepared): string =>
    messages === undefined ? Buffer.from(bytes).toString() : messages.map(text).join("+");
  const published = {
    deliver(content: Prepared | Promise<Prepared>): boolean {
      if (fake.closed) return false;
      if (content instanceof Prepared) given.push(text(content));
      else
        void content.then(
          (prepared) => given.push(`later ${text(prepared)}`),
          (error: Error) => given.push(`failed ${error.message}`),
        );
      return true;
    },
    deliverAll(joined: Prepared): boolean {
      if (fake.closed || fake.busy) return false;
      given.push(text(joined));
      return true;
    },
    refused: (error: Error) => void given.push(`refused ${error.message}`),
  };
  const session = {
    remote: { encoders, encode, published, limits: { outboxHighMark: 1_000 } },
  } as unknown as LiveSession;
  return Object.assign(fake, { session });
}
