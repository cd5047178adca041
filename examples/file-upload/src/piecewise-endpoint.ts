import { JsonEncoder, OnClose, OnError, OnMessage, OnOpen, PathParam, ServerEndpoint, Session } from "wirespring";
import type { Receipt } from "./receipt.js";
import { endFailed } from "./upload-failure.js";
import { LARGEST_CHUNK } from "./upload-protocol.js";
import { UploadStore, type Upload } from "./upload-store.js";

/** What a piece is answered with: all bytes of the file that the server has so far. */
export interface Progress {
  readonly received: number;
}

/**
 * Takes a file in pieces, each a message of its own: `/pieces/report.pdf`. For pages, which cannot cut one message into frames. A text message, whatever
 * it says, is the end of the file.
 */
@ServerEndpoint({ value: "/pieces/{name}", encoders: [JsonEncoder], maxBinaryMessageSize: LARGEST_CHUNK })
export class PiecewiseEndpoint {
  #upload: Upload | undefined;

  constructor(private readonly store: UploadStore) {}

  @OnOpen()
  opened(session: Session): void {
    // Half a file is not kept for somebody who has fallen silent; a streamed message has `streamByteTimeout` for that.
    session.maxIdleTimeout = 30_000;
  }

  // One piece after another: the next is handled when this one's promise has settled, so they cannot get into each other's way.
  @OnMessage()
  async piece(bytes: Buffer, @PathParam("name") name: string): Promise<Progress> {
    this.#upload ??= await this.store.begin(name);
    await this.#upload.write(bytes);
    return { received: this.#upload.size };
  }

  @OnMessage()
  async ended(_text: string, @PathParam("name") name: string): Promise<Receipt> {
    await using upload = this.#upload ?? (await this.store.begin(name));
    this.#upload = undefined;
    return upload.finish();
  }

  /** Called once, however the connection ends: half a file is deleted here. */
  @OnClose()
  async closed(): Promise<void> {
    await this.#upload?.[Symbol.asyncDispose]();
  }

  @OnError()
  async failed(error: Error, session: Session): Promise<void> {
    await endFailed(session, error);
  }
}
