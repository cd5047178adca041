import {
  ClientEndpoint,
  CloseReason,
  json,
  OnClose,
  OnError,
  OnMessage,
  SessionException,
  WebSocketContainer,
} from "wirespring";
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseReceipt, Receipt } from "./receipt.js";
import { LARGEST_CHUNK } from "./upload-protocol.js";

/** The other side of `StreamedEndpoint`: waits for the receipt, or for the reason why there is none. */
@ClientEndpoint({ decoders: [json(Receipt, parseReceipt)] })
class Uploader {
  readonly receipt: Promise<Receipt>;
  #received!: (receipt: Receipt) => void;
  #refused!: (error: Error) => void;

  constructor() {
    this.receipt = new Promise((resolve, reject) => {
      this.#received = resolve;
      this.#refused = reject;
    });
    // Nobody may be waiting for it: a file that cannot be read ends the upload first.
    this.receipt.catch(() => {});
  }

  @OnMessage()
  answered(receipt: Receipt): void {
    this.#received(receipt);
  }

  @OnClose()
  closed(reason: CloseReason): void {
    this.#refused(new Error(`the server has ended the upload: ${reason.reasonPhrase || reason.code}`));
  }

  @OnError()
  failed(error: Error): void {
    // Of a lost connection `closed` tells more.
    if (!(error instanceof SessionException)) this.#refused(error);
  }
}

/**
 * Uploads a file as one message in frames of at most `LARGEST_CHUNK` bytes, without ever holding more than a few of them.
 *
 * Rejects when the file cannot be read, when there is no such server, with the server's reason when it ends the upload, and when what it has
 * received is something else than what was sent.
 *
 * @param server As `ws://127.0.0.1:8080`.
 * @param progress Told of each frame that was given to the network.
 */
export async function upload(
  path: string,
  server: string,
  progress: (sent: number, size: number) => void = () => {},
): Promise<Receipt> {
  await using file = await open(path);
  const { size } = await file.stat();
  await using sockets = new WebSocketContainer();
  const uploader = new Uploader();
  const session = await sockets.connectToServer(
    uploader,
    new URL(`/files/${encodeURIComponent(basename(path))}`, server),
  );
  const hash = createHash("sha256");

  async function* measured(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let sent = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
      progress((sent += chunk.length), size);
    }
  }

  try {
    // Each chunk that is written leaves as one frame, so the size of a chunk is the size of a frame. An empty file has no chunk and a writer that nobody
    // wrote to sends nothing: an empty message says it.
    if (size === 0) await session.remote.sendBinary(Buffer.alloc(0));
    else
      await pipeline(
        file.createReadStream({ highWaterMark: LARGEST_CHUNK, autoClose: false }),
        measured,
        session.remote.binaryWriter(),
      );
  } catch (error) {
    // The server may have ended it, and then has said why.
    if (!(error instanceof SessionException)) throw error;
  }
  const receipt = await uploader.receipt;
  if (receipt.sha256 !== hash.digest("hex")) throw new Error("what the server has is not what was sent");
  return receipt;
}
