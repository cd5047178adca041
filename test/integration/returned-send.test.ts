import { OnMessage, OnOpen, ServerEndpoint, Session } from "wirespring";
import { on, once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { serve } from "./served.js";

@ServerEndpoint("/greeting")
class Greeting {
  @OnOpen()
  opened(session: Session): void {
    session.addMessageHandler(Buffer, (bytes) => session.remote.sendBinary(bytes));
  }
  @OnMessage()
  text(name: string, session: Session): unknown {
    const sending = session.remote.sendText(`hello ${name}`);
    return name.startsWith("!") ? sending : undefined;
  }
}

it("a returned promise of a send is a reply, and says what became of it; of an added handler it is not", async () => {
  await using served = await serve([Greeting]);
  const client = new WebSocket(`ws://127.0.0.1:${served.port}/greeting`);
  const messages = on(client, "message");
  await once(client, "open");
  for (const message of ["Ada", "!Bob", Buffer.from("bytes"), "Cleo"]) client.send(message);
  const heard: string[] = [];
  for (let count = 0; count < 5; count++) heard.push(String(((await messages.next()).value as [Buffer])[0]));
  expect(heard).toEqual(["hello Ada", "hello !Bob", "sent", "bytes", "hello Cleo"]);
});
