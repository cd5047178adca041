import { CloseReason, Compress, OnClose, OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import type { HostileProgram } from "../hostile-program.js";

/** Endpoints for compressed messages, and for connections that do not end. */

const heard: string[] = [];
const SECRET = "csrf-token=4f2a9c";

@ServerEndpoint({ value: "/deflated", compression: true })
class Deflated {
  @OnMessage()
  said(text: string): string {
    return `${SECRET} ${text} ${"x".repeat(2_000)}`;
  }

  @OnMessage()
  sent(bytes: Uint8Array): string {
    return String(bytes.length);
  }
}

/** The same, but for what its methods say. */
@ServerEndpoint({ value: "/deflated/secret", compression: true })
class DeflatedSecret {
  @OnMessage()
  @Compress(false)
  said(text: string): string {
    return `${SECRET} ${text} ${"x".repeat(2_000)}`;
  }

  @OnMessage()
  @Compress(false)
  async sent(bytes: Buffer): Promise<string> {
    return Promise.resolve(this.said(bytes.toString()));
  }
}

/** Takes messages that are large enough for a bomb. */
@ServerEndpoint({ value: "/deflated/large", compression: true, maxBinaryMessageSize: 16 * 1_048_576 })
class DeflatedLarge {
  @OnMessage()
  sent(bytes: Uint8Array): string {
    return String(bytes.length);
  }
}

/** What it is told lies beside a secret in its reply. */
@ServerEndpoint("/plain")
class Plain {
  @OnMessage()
  said(text: string): string {
    return `${SECRET} ${text} ${"x".repeat(2_000)}`;
  }
}

@ServerEndpoint("/watched")
class Watched {
  @OnMessage()
  async said(session: Session, text: string): Promise<void> {
    heard.push(`message ${text}`);
    const [code, phrase] = JSON.parse(text) as [number, string];
    await session.close(new CloseReason(code, phrase));
    await session.close(new CloseReason(1000, "a second time"));
  }

  @OnClose()
  closed({ code }: CloseReason): void {
    heard.push(`close ${code}`);
  }
}

/** Closes with what is no code at all. */
@ServerEndpoint("/careless")
class Careless {
  @OnOpen()
  opened(session: Session): Promise<void> {
    return session.close(new CloseReason(Number(session.queryString)));
  }
}

export const program: HostileProgram = {
  endpoints: [Deflated, DeflatedLarge, DeflatedSecret, Plain, Watched, Careless],
  commands: { heard: () => heard.splice(0) },
};
