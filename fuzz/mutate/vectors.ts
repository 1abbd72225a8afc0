/**
 * Changes to structures whose parts have their length before them (RFC 9420 section 2.1.2). A part is changed together
 * with its length, and with the lengths of what encloses it as far as they can be guessed: otherwise every change of
 * length ends at the first check.
 */
import type { Dice } from "../dice.ts";
import { type Change, chunk, repeated, spliced } from "./bytes.ts";
import { NUMBERS } from "./numbers.ts";

interface Part {
  /** Where its length stands. */
  readonly at: number;
  readonly header: number;
  readonly length: number;
}

export function lengthBytes(length: number, width = length < 0x40 ? 1 : length < 0x4000 ? 2 : 4): Uint8Array {
  if (width === 1) return Uint8Array.of(length & 0x3f);
  if (width === 2) return Uint8Array.of(0x40 | ((length >> 8) & 0x3f), length & 0xff);
  return Uint8Array.of(0x80 | ((length >> 24) & 0x3f), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

/** What might be a part that begins there. */
function partAt(input: Uint8Array, at: number): Part | undefined {
  const first = input[at] ?? 0xff;
  const header = first < 0x40 ? 1 : first < 0x80 ? 2 : first < 0xc0 ? 4 : 0;
  if (header === 0 || at + header > input.length) return undefined;
  let length = first & 0x3f;
  for (let index = 1; index < header; index++) length = length * 0x100 + (input[at + index] ?? 0);
  return at + header + length <= input.length ? { at, header, length } : undefined;
}

function somePart(input: Uint8Array, dice: Dice): Part | undefined {
  for (let tries = 0; tries < 20; tries++) {
    const part = partAt(input, dice.below(input.length));
    if (part !== undefined && (part.length > 0 || dice.oneIn(8))) return part;
  }
  return undefined;
}

/** The parts around it, the nearest first: some of them are none, which makes other inputs than planned. */
function around(input: Uint8Array, { at, header, length }: Part): Part[] {
  const found: Part[] = [];
  const end = at + header + length;
  for (let place = at - 1; place >= Math.max(0, at - 4096); place--) {
    const part = partAt(input, place);
    if (part === undefined || place + part.header > at || place + part.header + part.length < end) continue;
    found.push(part);
  }
  return found;
}

/** Puts other bytes into a part, with the length that they have. */
function refilled(input: Uint8Array, part: Part, body: Uint8Array, dice: Dice): Uint8Array {
  const whole = [lengthBytes(body.length), body];
  let made = spliced(input, part.at, part.header + part.length, new Uint8Array(Buffer.concat(whole)));
  if (body.length === part.length || dice.oneIn(3)) return made;
  for (const outer of around(input, part)) {
    if (dice.oneIn(3)) continue;
    const grown = outer.length + made.length - input.length;
    if (grown < 0) continue;
    // The width stays: what stands before is not moved, so that outer parts are found where they were.
    const header = lengthBytes(grown, outer.header);
    if (partAt(made, outer.at) !== undefined || dice.oneIn(2)) made = spliced(made, outer.at, outer.header, header);
  }
  return made;
}

const refill: Change = (input, { dice, others }) => {
  const part = somePart(input, dice);
  if (part === undefined) return input;
  const start = part.at + part.header;
  const body = input.subarray(start, start + part.length);
  const other = others.length === 0 ? input : dice.one(others);
  const taken = chunk(other, dice);
  const bodies = [
    () => new Uint8Array(0),
    () => body.slice(0, dice.below(body.length + 1)),
    () => new Uint8Array(Buffer.concat([body, dice.bytes(dice.short(40))])),
    () => repeated(body, dice.between(2, 4)),
    () => dice.bytes(body.length),
    () => new Uint8Array(body.length),
    () => other.slice(taken.at, taken.at + taken.length),
  ];
  return refilled(input, part, dice.one(bodies)(), dice);
};

/** The length says one thing and the bytes another. */
const lie: Change = (input, { dice }) => {
  const part = somePart(input, dice);
  if (part === undefined) return input;
  const near = part.length + dice.one([-1, 1, 2, -2]);
  const length = dice.oneIn(2) ? Math.max(0, near) : Number(dice.one(NUMBERS) & 0x3fffffffn);
  return spliced(input, part.at, part.header, lengthBytes(length));
};

/** The same length in more bytes than it needs, which is refused everywhere. */
const widen: Change = (input, { dice }) => {
  const part = somePart(input, dice);
  return part === undefined ? input : spliced(input, part.at, part.header, lengthBytes(part.length, dice.one([2, 4])));
};

const twice: Change = (input, { dice }) => {
  const part = somePart(input, dice);
  if (part === undefined) return input;
  const whole = input.subarray(part.at, part.at + part.header + part.length);
  return spliced(input, part.at, 0, repeated(whole, dice.between(1, 3)));
};

export const VECTOR_CHANGES: readonly Change[] = [refill, refill, refill, lie, widen, twice];
