/** Bytes that were right, and are changed in one place: as noise would, or along the fields that they are made of. */
import { concat } from "../packages/mls/src/bytes.ts";
import { Reader, Writer } from "../packages/mls/src/codec.ts";
import { readGroupInfo } from "../packages/mls/src/group-context.ts";
import { readPrivateMessage } from "../packages/mls/src/private-message.ts";
import { readCommit } from "../packages/mls/src/proposal.ts";
import { readPublicMessage } from "../packages/mls/src/public-message.ts";
import { readNode } from "../packages/mls/src/tree.ts";
import { readWelcome } from "../packages/mls/src/welcome.ts";
import { suite } from "../packages/mls/test/world.ts";
import type { Dice } from "./dice.ts";

export interface Mutation {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A field: `start` is where its length stands if it has one, `body` what it holds. */
interface Span {
  readonly start: number;
  readonly body: number;
  readonly end: number;
  readonly hasLength: boolean;
  readonly within: Span | undefined;
}

/** A reader that remembers where the fields were. */
class Tracer extends Reader {
  readonly spans: Span[] = [];
  readonly #offset: number;
  #within: Span | undefined;
  /** Larger than 0: a field is being read that is made of smaller ones. */
  #depth = 0;

  constructor(bytes: Uint8Array, offset = 0, within?: Span) {
    super(bytes);
    this.#offset = offset;
    this.#within = within;
  }

  #field<T>(read: () => T, hasLength: boolean): T {
    const start = this.at;
    this.#depth++;
    const value = read();
    this.#depth--;
    if (this.#depth === 0) this.#add(start, value instanceof Uint8Array ? this.at - value.length : start, hasLength);
    return value;
  }

  #add(start: number, body: number, hasLength: boolean): Span {
    const [from, inner, end] = [start, body, this.at].map((at) => at + this.#offset);
    const span = { start: from ?? 0, body: inner ?? 0, end: end ?? 0, hasLength, within: this.#within };
    this.spans.push(span);
    return span;
  }

  override uint8(): number {
    return this.#field(() => super.uint8(), false);
  }
  override uint16(): number {
    return this.#field(() => super.uint16(), false);
  }
  override uint32(): number {
    return this.#field(() => super.uint32(), false);
  }
  override uint64(): bigint {
    return this.#field(() => super.uint64(), false);
  }
  override opaque(): Uint8Array {
    return this.#field(() => super.opaque(), true);
  }

  override length(): number {
    this.#depth++;
    const value = super.length();
    this.#depth--;
    return value;
  }

  override vector<T>(read: (reader: Reader) => T): T[] {
    const start = this.at;
    const length = this.length();
    const body = this.at;
    const whole: Span = {
      start: start + this.#offset,
      body: body + this.#offset,
      end: body + length + this.#offset,
      hasLength: true,
      within: this.#within,
    };
    this.spans.push(whole);
    const values: T[] = [];
    while (this.at < body + length) {
      const item = { start: this.at + this.#offset, body: this.at + this.#offset, hasLength: false, within: whole };
      const span = { ...item, end: item.start };
      this.#within = span;
      values.push(read(this));
      span.end = this.at + this.#offset;
      this.spans.push(span);
      this.#within = whole.within;
    }
    return values;
  }
}

export type Read = (reader: Reader) => unknown;

/** What an MLSMessage is made of. */
const message: Read = (reader) => {
  reader.uint16();
  switch (reader.uint16()) {
    case 1:
      return readPublicMessage(reader, suite);
    case 2:
      return readPrivateMessage(reader);
    case 3:
      return readWelcome(reader, suite);
    default:
      return readGroupInfo(reader);
  }
};
const unsignedGroupInfo: Read = (reader) => {
  reader.uint16();
  reader.uint16();
  reader.opaque();
  reader.uint64();
  reader.opaque();
  reader.opaque();
  for (let list = 0; list < 2; list++) reader.vector((item) => [item.uint16(), item.opaque()]);
  reader.opaque();
  reader.uint32();
};
const tree: Read = (reader) => {
  let index = 0;
  return reader.vector((item) => item.optional((inner) => readNode(inner, index++)) ?? index++);
};
const groupSecrets: Read = (reader) => {
  reader.opaque();
  reader.optional((inner) => inner.opaque());
  reader.opaque();
};
const application: Read = (reader) => reader.opaque();
const commit: Read = (reader) => readCommit(reader, suite);

export const SHAPES = { message, unsignedGroupInfo, tree, groupSecrets, application, commit } as const;

function spansOf(bytes: Uint8Array, read: Read): Span[] {
  const tracer = new Tracer(bytes);
  read(tracer);
  // A ratchet tree lies in an extension as bytes with a length of their own.
  const largest = tracer.spans.filter(({ hasLength }) => hasLength).sort((one, other) => sizeOf(other) - sizeOf(one));
  for (const span of largest.slice(0, 2)) {
    try {
      const inner = new Tracer(bytes.subarray(span.body, span.end), span.body, span);
      tree(inner);
      if (inner.left === 0 && inner.spans.length > 3) return [...tracer.spans, ...inner.spans];
    } catch {
      // Not the tree.
    }
  }
  return tracer.spans;
}

const sizeOf = ({ body, end }: Span): number => end - body;

/** Puts other bytes in a field's place; the lengths around it follow. */
function replace(bytes: Uint8Array, span: Span, by: Uint8Array): Uint8Array {
  let [at, piece]: [Span, Uint8Array] = [span, by];
  while (at.within !== undefined) {
    const around = at.within;
    const body = concat([bytes.subarray(around.body, at.start), piece, bytes.subarray(at.end, around.end)]);
    piece = around.hasLength ? new Writer().opaque(body).done() : body;
    at = around;
  }
  return concat([bytes.subarray(0, at.start), piece, bytes.subarray(at.end)]);
}

/** A longer spelling of the same length, which RFC 9420 section 2.1.2 forbids. */
function longerLength(length: number): Uint8Array {
  if (length < 0x40) return Uint8Array.of(0x40, length);
  if (length < 0x4000) return Uint8Array.of(0x80, 0, length >> 8, length);
  return Uint8Array.of(0xc0, 0, 0, 0, 0, length >> 16, length >> 8, length);
}

/**
 * @param others - valid bytes of the same shape, to take pieces from.
 * @returns bytes that differ from all the given ones.
 */
export function mutate(dice: Dice, bytes: Uint8Array, read: Read, others: readonly Uint8Array[]): Mutation {
  for (;;) {
    const mutation = dice.chance(45) ? noise(dice, bytes, others) : alongFields(dice, bytes, read, others);
    if ([bytes, ...others].every((right) => Buffer.compare(mutation.bytes, right) !== 0)) return mutation;
  }
}

function noise(dice: Dice, bytes: Uint8Array, others: readonly Uint8Array[]): Mutation {
  const at = dice.below(bytes.length + 1);
  const length = dice.one([1, 1, 2, 4, 16, dice.between(1, 64)]);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (dice.below(8)) {
    case 0:
    case 1: {
      const copy = bytes.slice();
      for (let count = dice.one([1, 1, 1, 2, 8]); count > 0; count--) {
        const place = dice.below(copy.length);
        copy[place] = (copy[place] ?? 0) ^ (1 << dice.below(8));
      }
      return { name: "bits", bytes: copy };
    }
    case 2: {
      const copy = bytes.slice();
      copy.fill(dice.one([0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xff, dice.below(256)]), at, at + length);
      return { name: "bytes", bytes: copy };
    }
    case 3:
      return { name: "cut", bytes: dice.chance(50) ? before.slice() : concat([before, after.subarray(length)]) };
    case 4:
      return { name: "insertion", bytes: concat([before, dice.bytes(length), after]) };
    case 5:
      return { name: "repetition", bytes: concat([before, after.subarray(0, length), after]) };
    case 6: {
      const second = dice.below(after.length + 1);
      const pieces = [after.subarray(0, second), after.subarray(second, second + length)];
      return { name: "order", bytes: concat([before, ...pieces.reverse(), after.subarray(second + length)]) };
    }
    default: {
      const other = dice.one(others.length > 0 ? others : [bytes]);
      return { name: "splice", bytes: concat([before, other.subarray(at)]) };
    }
  }
}

function alongFields(dice: Dice, bytes: Uint8Array, read: Read, others: readonly Uint8Array[]): Mutation {
  const spans = spansOf(bytes, read);
  const number = dice.below(spans.length);
  const span = spans[number];
  if (span === undefined) return { name: "nothing", bytes };
  const whole = bytes.subarray(span.start, span.end);
  const body = bytes.subarray(span.body, span.end);
  const filled = (changed: Uint8Array) => (span.hasLength ? new Writer().opaque(changed).done() : changed);
  switch (dice.below(10)) {
    case 0: {
      const copy = bytes.slice();
      const place = dice.between(span.start, Math.max(span.start, span.body - 1));
      copy[place] = (copy[place] ?? 0) + dice.one([1, -1, 0x40, 0x80]);
      return { name: "length", bytes: copy };
    }
    case 1:
      if (!span.hasLength) return { name: "nothing", bytes };
      return { name: "long length", bytes: replace(bytes, span, concat([longerLength(body.length), body])) };
    case 2:
      return { name: "field left out", bytes: replace(bytes, span, new Uint8Array(0)) };
    case 3:
      return { name: "field twice", bytes: replace(bytes, span, concat([whole, whole])) };
    case 4:
      return { name: "field emptied", bytes: replace(bytes, span, filled(new Uint8Array(0))) };
    case 5:
      return { name: "field of zeros", bytes: replace(bytes, span, filled(new Uint8Array(body.length))) };
    case 6: {
      const longer = dice.chance(50)
        ? concat([body, dice.bytes(dice.between(1, 3))])
        : body.subarray(dice.between(1, 3));
      return { name: "field resized", bytes: replace(bytes, span, filled(longer)) };
    }
    case 7: {
      const size = dice.one([1, 63, 64, 1000, 20_000, 70_000]);
      return {
        name: "field of many bytes",
        bytes: replace(bytes, span, filled(new Uint8Array(size).fill(dice.below(256)))),
      };
    }
    case 8: {
      const other = dice.one(others.length > 0 ? others : [bytes]);
      const theirs = spansOf(other, read);
      const from = dice.chance(70) ? theirs[number] : dice.one(theirs);
      if (from === undefined) return { name: "nothing", bytes };
      return { name: "field of another", bytes: replace(bytes, span, other.subarray(from.start, from.end)) };
    }
    default: {
      const same = spans.filter(
        (one) => one.hasLength === span.hasLength && (one.end <= span.start || one.start >= span.end),
      );
      if (same.length === 0) return { name: "nothing", bytes };
      const from = dice.one(same);
      return { name: "field of elsewhere", bytes: replace(bytes, span, bytes.subarray(from.start, from.end)) };
    }
  }
}
