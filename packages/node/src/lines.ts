/** JSON values over a local socket, one a line, either way. What is said is the business of whoever holds the ends. */
import type { Socket } from "node:net";

/** A line: more than any text with its JSON around it. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Values that wait for a reader who does not read. */
const BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

export interface Channel extends AsyncDisposable {
  /** What the other end says, until it hangs up, is cut off, or says what is not JSON. To be read once. */
  readonly values: AsyncIterable<unknown>;
  /** @returns false when the value cannot be taken: the channel is closed, or the other end does not read. */
  send(value: unknown): boolean;
  /** Ends the channel; what was sent still goes. */
  close(): void;
  /** Settles when nothing more can be said or heard. */
  readonly closed: Promise<void>;
}

export function channelOf(socket: Socket): Channel {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {}); // "close" follows, and is what matters
  const close = () => {
    socket.end();
  };
  return {
    values: valuesOf(socket),
    send(value) {
      if (!socket.writable || socket.writableLength > BUFFERED_BYTES_MAX) return false;
      socket.write(`${JSON.stringify(value)}\n`);
      return true;
    },
    close,
    closed,
    async [Symbol.asyncDispose]() {
      close();
      socket.resume(); // the end of the other side is seen only when it is read
      await closed;
    },
  };
}

async function* valuesOf(socket: Socket): AsyncGenerator<unknown> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...waiting, chunk.subarray(from, end)]).toString();
        waiting = [];
        waitingBytes = 0;
        from = end + 1;
        if (line.trim() !== "") yield JSON.parse(line);
      }
      waiting.push(chunk.subarray(from));
      waitingBytes += chunk.length - from;
      if (waitingBytes > LINE_BYTES_MAX) return;
    }
  } catch {
    // Cut off or not JSON: the end of the values either way.
  } finally {
    socket.destroySoon();
  }
}
