import { JsonEncoder, OnError, OnMessage, PathParam, ServerEndpoint, Session } from "wirespring";
// Not as a type: the decorators need the class itself.
import { Readable } from "node:stream";
import type { Receipt } from "./receipt.js";
import { endFailed } from "./upload-failure.js";
import { LARGEST_CHUNK } from "./upload-protocol.js";
import { UploadStore } from "./upload-store.js";

/**
 * Takes a file as one message of any size, which its sender has cut into frames: `/files/report.pdf`. The handler runs while the message still
 * arrives, and a frame is all there is of it in memory.
 */
@ServerEndpoint({
  value: "/files/{name}",
  encoders: [JsonEncoder],
  // A frame that says it is larger closes the connection with 1009, from its header, before a byte of it is kept.
  maxFrameSize: LARGEST_CHUNK,
})
export class StreamedEndpoint {
  constructor(private readonly store: UploadStore) {}

  @OnMessage()
  async uploaded(bytes: Readable, @PathParam("name") name: string): Promise<Receipt> {
    await using upload = await this.store.begin(name);
    // While a write is awaited nothing is read; what is not read holds the socket, and then the sender.
    for await (const chunk of bytes) await upload.write(chunk as Buffer);
    return upload.finish();
  }

  @OnError()
  async failed(error: Error, session: Session): Promise<void> {
    await endFailed(session, error);
  }
}
