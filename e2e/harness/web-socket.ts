/** Reads a recorded WebSocket conversation (RFC 6455), one direction of it. No extension is negotiated. */

export interface Recorded {
  /** The HTTP request or answer that it began with. */
  readonly head: string;
  /** Each whole message, unmasked. */
  readonly messages: readonly Buffer[];
  /** What came of a message that was cut off. */
  readonly rest: Buffer;
}

const BODY = { continued: 0, text: 1, binary: 2 } as const;

/** @returns undefined while the head is not whole: then nothing of ours was said. */
export function readRecorded(bytes: Buffer): Recorded | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const messages: Buffer[] = [];
  let parts: Buffer[] = [];
  let at = end + 4;
  for (let frame = readFrame(bytes, at); frame !== undefined; frame = readFrame(bytes, at)) {
    at = frame.end;
    // Pings, pongs and the close are kept too: nothing may hide in them.
    if (frame.kind > BODY.binary) messages.push(frame.payload);
    else parts.push(frame.payload);
    if (frame.kind <= BODY.binary && frame.isLast) {
      messages.push(Buffer.concat(parts));
      parts = [];
    }
  }
  const head = bytes.subarray(0, end).toString("latin1");
  return { head, messages, rest: Buffer.concat([...parts, bytes.subarray(at)]) };
}

interface Frame {
  readonly kind: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
  /** Where the next frame begins. */
  readonly end: number;
}

/** Section 5.2. @returns undefined when it is not whole. */
function readFrame(bytes: Buffer, at: number): Frame | undefined {
  if (at + 2 > bytes.length) return undefined;
  const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)];
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = (second & 0x80) !== 0;
  const start = at + 2 + lengthBytes + (isMasked ? 4 : 0);
  if (start > bytes.length) return undefined;
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  const end = start + length;
  if (end > bytes.length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, end));
  if (isMasked) {
    const mask = bytes.subarray(start - 4, start);
    for (let index = 0; index < payload.length; index++) payload[index]! ^= mask[index % 4]!;
  }
  return { kind: first & 0x0f, isLast: (first & 0x80) !== 0, payload, end };
}
