/** Padding of content, so that the length of a message says little about its text. */
import { assert } from "@sotto/wire";

const BUCKETS = [256, 1024, 4096, 17_408] as const;

/**
 * Fills up to the next bucket.
 *
 * @param plain - at most 17,407 bytes; longer texts are refused before this.
 * @returns one bucket: `plain`, then `0x80`, then zeros. Undone by {@link unpad}.
 *
 * Source: ISO/IEC 7816-4 padding.
 */
export function pad(plain: Uint8Array): Uint8Array {
  const bucket = BUCKETS.find((size) => plain.length < size);
  assert(bucket !== undefined, "content fits the largest bucket");
  const padded = new Uint8Array(bucket);
  padded.set(plain);
  padded[plain.length] = 0x80;
  return padded;
}

/** @returns undefined unless the bytes are one bucket that {@link pad} could have made. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  if (!BUCKETS.some((size) => size === padded.length)) return undefined;
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  const plain = padded[end] === 0x80 ? padded.subarray(0, end) : undefined;
  return plain !== undefined && BUCKETS.find((size) => plain.length < size) === padded.length ? plain : undefined;
}
