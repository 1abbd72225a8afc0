/** Filling of frames, so that their length inside TLS says less: a refusal is as long as what it stands instead of. */

/** The first is for all small requests and answers, refusals among them. */
const BUCKETS = [256, 768, 1536, 4608, 17_920] as const;
/** Tag of the field `padding`, the same on both sides: number 2, length-delimited. */
const TAG = 0x12;
/** The tag and a length of three bytes. */
const HEAD = 4;

/**
 * Frames that carry entries of a log: what is said in them has been padded inside the ciphertext, how many there are
 * shows anyway, and of all frames these are the ones that are sent to everybody.
 */
const CARRIERS: ReadonlySet<string> = new Set(["append", "event", "fetched"]);

/** Whether a frame of that type is filled. */
export const isPadded = (type: string): boolean => !CARRIERS.has(type);

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
