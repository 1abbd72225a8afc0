/** Bytes to lines, with a bound: a line that never ends is refused once and never kept. */
import { LIMITS } from "@sotto/wire";

export type Line =
  | { readonly type: "line"; readonly text: string }
  /** Told as soon as the bound is passed; the rest of that line is thrown away. */
  | { readonly type: "too-long" }
  | { readonly type: "not-utf8" };

export const LINE_BYTES_MAX = LIMITS.frameBytesMax;

/** The last line may lack its line feed; nothing after the last line feed is no line. */
export async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number = LINE_BYTES_MAX,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let skipping = false;
  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const feed = chunk.indexOf(10, from);
      const piece = chunk.subarray(from, feed < 0 ? chunk.length : feed);
      from += piece.length + 1;
      if (!skipping) {
        bytes += piece.length;
        parts.push(piece);
        if (bytes > bytesMax) {
          skipping = true;
          parts = [];
          yield { type: "too-long" };
        }
      }
      if (feed < 0) break;
      if (!skipping) yield decode(parts);
      parts = [];
      bytes = 0;
      skipping = false;
    }
  }
  if (bytes > 0 && !skipping) yield decode(parts);
}

function decode(parts: readonly Uint8Array[]): Line {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
    return { type: "line", text: text.endsWith("\r") ? text.slice(0, -1) : text };
  } catch {
    return { type: "not-utf8" };
  }
}
