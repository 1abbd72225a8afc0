/**
 * The write-ahead log after a crash. SQLite reads it up to the first frame that does not verify, says nothing about the
 * rest and throws it away: right for a commit that was being written, and silent loss of acknowledged messages where a
 * later commit was on disk already. So it is read here before SQLite sees it. The format is SQLite's, "WAL-mode File
 * Format"; its checksums are over the pages as they lie there, encrypted. The vault of a client has the same rule in
 * code of its own: nothing of the client is in the relay.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/**
 * True when commits that were complete cannot be read any more. A commit is synced before the next one is written, so
 * damage shows as two ends of commits after the first bad frame: one may be of the commit that a power cut interrupted.
 */
export function hasLostCommits(database: string): boolean {
  const file = openIfThere(`${database}-wal`);
  if (file === undefined) return false;
  try {
    const before = fstatSync(file, { bigint: true });
    const isLost = read(file);
    const after = fstatSync(file, { bigint: true });
    // Somebody is writing it: a second relay on this folder, which is to be told that and nothing else.
    return isLost && before.mtimeNs === after.mtimeNs && before.size === after.size;
  } finally {
    closeSync(file);
  }
}

function read(file: number): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  const headerBytes = readSync(file, header, 0, HEADER_BYTES, 0);
  if (headerBytes < HEADER_BYTES) return false;
  const magic = header.readUInt32BE(0);
  const pageBytes = header.readUInt32BE(8);
  const start = sum(header.subarray(0, 24), [0, 0], magic);
  const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
  if ((magic & ~1) !== MAGIC || !isPage || !isSum(header, 24, start)) {
    return readSync(file, header, 0, 1, HEADER_BYTES) > 0; // the header is on disk before the first frame
  }
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + pageBytes);
  let running: Sum | undefined = start;
  let endsLost = 0;
  for (let at = HEADER_BYTES; readSync(file, frame, 0, frame.length, at) === frame.length; at += frame.length) {
    // Frames of an earlier run, from before the log was last begun anew, have other salts.
    const isOfThisRun = frame.subarray(8, 16).equals(header.subarray(16, 24));
    if (running !== undefined) {
      running = sum(frame.subarray(FRAME_HEADER_BYTES), sum(frame.subarray(0, 8), running, magic), magic);
      if (!isOfThisRun || !isSum(frame, 16, running)) running = undefined;
    }
    if (running === undefined && isOfThisRun && frame.readUInt32BE(4) !== 0) endsLost++;
  }
  return endsLost > 1;
}

type Sum = readonly [number, number];

/** SQLite's checksum; the lowest bit of the magic number says in which byte order it reads. */
function sum(bytes: Buffer, before: Sum, magic: number): Sum {
  let [one, two] = before;
  const isBig = (magic & 1) === 1;
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
    two = (two + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, two];
}

const isSum = (bytes: Buffer, at: number, [one, two]: Sum): boolean =>
  bytes.readUInt32BE(at) === one && bytes.readUInt32BE(at + 4) === two;

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}
