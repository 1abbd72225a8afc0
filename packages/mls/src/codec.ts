/**
 * The presentation language of RFC 9420 section 2.1: every structure has one spelling, and reading is total. A length
 * is compared with what is left before anything is taken, so no input makes more work than its own size.
 */
import { EMPTY } from "./bytes.ts";
import { assert, check } from "./refusal.ts";

/** Reads one structure after the other; refuses with `malformed` where the bytes end or are spelled otherwise. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Not as a Buffer, whose `slice` is a view: what is taken must not change with what it was taken from.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes read so far. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Exactly `length` bytes, copied: the caller may keep them when the input is gone. */
  take(length: number): Uint8Array {
    return this.since(this.#skip(length));
  }

  /** Passes `length` bytes. @returns where they begin. */
  #skip(length: number): number {
    check(length <= this.left, "malformed", "2.1");
    this.#at += length;
    return this.#at - length;
  }

  /** What was read since `start`, copied. */
  since(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#at);
  }

  /** The same in place: for what is gone before the input is. */
  viewSince(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at);
  }

  /** `opaque value<V>` in place: for what is gone before the input is. */
  view(): Uint8Array {
    return this.viewSince(this.#skip(this.length()));
  }

  uint8(): number {
    check(this.left > 0, "malformed", "2.1");
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    return this.uint8() * 0x100 + this.uint8();
  }

  uint32(): number {
    return this.uint16() * 0x10000 + this.uint16();
  }

  uint64(): bigint {
    return (BigInt(this.uint32()) << 32n) + BigInt(this.uint32());
  }

  /** The length of a vector (section 2.1.2): at most 2^30 - 1, in the fewest bytes. */
  length(): number {
    const first = this.uint8();
    const prefix = first >> 6;
    check(prefix < 3, "malformed", "2.1.2");
    let value = first & 0x3f;
    for (let more = (1 << prefix) - 1; more > 0; more--) value = value * 0x100 + this.uint8();
    check(prefix === 0 || value >= (prefix === 1 ? 0x40 : 0x4000), "malformed", "2.1.2");
    return value;
  }

  /** `opaque value<V>`. */
  opaque(): Uint8Array {
    return this.take(this.length());
  }

  /** `T values<V>`. */
  vector<T>(read: (reader: Reader) => T): T[] {
    const length = this.length();
    check(length <= this.left, "malformed", "2.1.2");
    const end = this.#at + length;
    const values: T[] = [];
    while (this.#at < end) values.push(read(this));
    check(this.#at === end, "malformed", "2.1.2");
    return values;
  }

  /** `optional<T>` (section 2.1.1). */
  optional<T>(read: (reader: Reader) => T): T | undefined {
    const presence = this.uint8();
    check(presence <= 1, "malformed", "2.1.1");
    return presence === 1 ? read(this) : undefined;
  }

  /** Nothing may follow. */
  end(): void {
    check(this.left === 0, "malformed", "2.1");
  }
}

/** Reads all of `bytes` as one structure. */
export function readAll<T>(bytes: Uint8Array, read: (reader: Reader) => T): T {
  const reader = new Reader(bytes);
  const value = read(reader);
  reader.end();
  return value;
}

/** What `opaque value<V>` of so many bytes measures. */
export const opaqueBytes = (length: number): number => length + (length < 0x40 ? 1 : length < 0x4000 ? 2 : 4);

/** Collects a structure; the counterpart of {@link Reader}. What was collected is wiped from its buffer when it is done. */
export class Writer {
  #bytes: Uint8Array;
  #at = 0;

  /** @param capacity - bytes that will about be needed; it grows. Exactly so many save a copy. */
  constructor(capacity = 128) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Makes room for `more` bytes. @returns where they begin. */
  #grow(more: number): number {
    const at = this.#at;
    this.#at += more;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at));
      larger.set(this.#bytes);
      this.#bytes.fill(0);
      this.#bytes = larger;
    }
    return at;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  #uint(value: number, bytes: number): this {
    assert(value >= 0 && value < 2 ** (8 * bytes), "a number fits into its field");
    const at = this.#grow(bytes);
    for (let index = bytes - 1, rest = value; index >= 0; index--, rest = Math.floor(rest / 0x100)) {
      this.#bytes[at + index] = rest;
    }
    return this;
  }

  uint8(value: number): this {
    return this.#uint(value, 1);
  }

  uint16(value: number): this {
    return this.#uint(value, 2);
  }

  uint32(value: number): this {
    return this.#uint(value, 4);
  }

  uint64(value: bigint): this {
    return this.uint32(Number(value >> 32n)).uint32(Number(value & 0xffffffffn));
  }

  length(value: number): this {
    if (value < 0x40) return this.uint8(value);
    if (value < 0x4000) return this.uint16(0x4000 | value);
    check(value < 0x40000000, "too-long", "2.1.2");
    return this.uint32(0x80000000 + value);
  }

  opaque(bytes: Uint8Array): this {
    return this.length(bytes.length).raw(bytes);
  }

  vector<T>(values: Iterable<T>, write: (writer: Writer, value: T) => void): this {
    const inner = new Writer();
    for (const value of values) write(inner, value);
    return this.opaque(inner.done());
  }

  optional<T>(value: T | undefined, write: (writer: Writer, value: T) => void): this {
    if (value === undefined) return this.uint8(0);
    write(this.uint8(1), value);
    return this;
  }

  /** The bytes, once. */
  done(): Uint8Array {
    const buffer = this.#bytes;
    const length = this.#at;
    this.#bytes = EMPTY;
    this.#at = 0;
    if (length === buffer.length) return buffer;
    const bytes = buffer.slice(0, length);
    buffer.fill(0);
    return bytes;
  }
}
