/** Largest piece, as the server takes it, and bytes that may be under way without an answer. */
const PIECE = 262_144;
const AHEAD = 4 * PIECE;

/**
 * Sends a file in pieces, and gives the server's receipt, `{ name, size, sha256 }`. A page cannot cut one message into frames, and what it gives to
 * `send` lies in memory until the network takes it: so each piece is a message, and no more than `AHEAD` bytes go before the server has said how far it is.
 *
 * Rejects with a sentence for the person when the server ends it, the connection or the file fails, or `signal` is aborted.
 *
 * @param file A `File` or `Blob`; it is read piece by piece.
 * @param progress Told how many bytes the server has.
 */
export function sendFile(file, url, { progress = () => {}, signal } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let sent = 0;
    let received = 0;
    let filling = false;
    let receipt;
    let failure;

    const end = (sentence) => {
      failure ??= sentence;
      socket.close();
    };

    async function fill() {
      if (filling) return;
      filling = true;
      while (sent < file.size && sent - received < AHEAD) {
        const piece = await file.slice(sent, sent + PIECE).arrayBuffer();
        if (socket.readyState !== WebSocket.OPEN) return;
        socket.send(piece);
        sent += piece.byteLength;
      }
      filling = false;
      // All pieces are answered, the last one included.
      if (received === file.size) socket.send("end");
    }
    const fillOrFail = () => fill().catch(() => end("The file could not be read to its end."));

    socket.addEventListener("open", fillOrFail);
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(data);
      if (answer.received === undefined) {
        receipt = answer;
        socket.close(1000);
      } else {
        received = answer.received;
        progress(received);
        void fillOrFail();
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      signal?.removeEventListener("abort", cancelled);
      if (receipt !== undefined) resolve(receipt);
      else reject(new Error(failure ?? `The server has ended the upload: ${reason || `code ${code}`}.`));
    });

    const cancelled = () => end("The upload was cancelled.");
    signal?.addEventListener("abort", cancelled);
  });
}
