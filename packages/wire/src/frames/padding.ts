/** Filling of frames, so that their length inside TLS says less: a refusal is as long as what it stands instead of. */

/** What goes around a text of the four content buckets takes less than 512 bytes; the first is for all small answers. */
const BUCKETS = [256, 768, 1536, 4608, 17_920] as const;
/** Tag of the field `padding`, the same on both sides: number 2, length-delimited. */
const TAG = 0x12;
/** The tag and a length of three bytes. */
const HEAD = 4;

/**
 * Fills a frame up to the next bucket with its field `padding`, which every reader ignores; longer frames stay.
 *
 * The length is written in three bytes whatever it is, so that any rest of four bytes or more can be filled exactly.
 */
export function padded(frame: Uint8Array): Uint8Array {
  const size = BUCKETS.find((bucket) => bucket === frame.length || bucket >= frame.length + HEAD);
  if (size === undefined || size === frame.length) return frame;
  const filled = new Uint8Array(size);
  filled.set(frame);
  const rest = size - frame.length - HEAD;
  filled.set([TAG, (rest & 0x7f) | 0x80, ((rest >> 7) & 0x7f) | 0x80, (rest >> 14) & 0x7f], frame.length);
  return filled;
}
