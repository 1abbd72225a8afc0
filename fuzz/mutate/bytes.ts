/** Changes to bytes of which nothing is known. */
import type { Dice } from "../dice.ts";
import { fixed, NUMBERS } from "./numbers.ts";

/** What a change may draw on besides the input. */
export interface Material {
  readonly dice: Dice;
  /** Other inputs of the same target. */
  readonly others: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly bytesMax: number;
}

export type Change = (input: Uint8Array, material: Material) => Uint8Array;

export function spliced(input: Uint8Array, at: number, gone: number, put: Uint8Array): Uint8Array {
  const made = new Uint8Array(input.length - gone + put.length);
  made.set(input.subarray(0, at));
  made.set(put, at);
  made.set(input.subarray(at + gone), at + put.length);
  return made;
}

/** A place in it and how much of it from there. */
export function chunk(input: Uint8Array, dice: Dice): { readonly at: number; readonly length: number } {
  const at = dice.below(input.length + 1);
  return { at, length: Math.min(dice.short(input.length), input.length - at) };
}

const flipBit: Change = (input, { dice }) => {
  const made = input.slice();
  for (let count = dice.between(1, 3); count > 0 && made.length > 0; count--) {
    const at = dice.below(made.length);
    made[at] = (made[at] ?? 0) ^ (1 << dice.below(8));
  }
  return made;
};

const setByte: Change = (input, { dice }) => {
  const made = input.slice();
  const at = dice.below(made.length);
  const byte = made[at] ?? 0;
  if (made.length > 0) made[at] = dice.one([0, 1, 0x7f, 0x80, 0xff, byte + 1, byte - 1, dice.below(256)]);
  return made;
};

const setNumber: Change = (input, { dice }) => {
  const width = dice.one([1, 2, 4, 8]);
  const at = dice.below(Math.max(1, input.length - width + 1));
  const number = fixed(dice.one(NUMBERS), width, dice.oneIn(3));
  return spliced(input, at, Math.min(width, input.length - at), number);
};

const cutEnd: Change = (input, { dice }) => input.slice(0, dice.below(input.length + 1));
const cutStart: Change = (input, { dice }) => input.slice(dice.short(input.length));

const cutChunk: Change = (input, { dice }) => {
  const { at, length } = chunk(input, dice);
  return spliced(input, at, length, new Uint8Array(0));
};

const insertNoise: Change = (input, { dice }) =>
  spliced(input, dice.below(input.length + 1), 0, dice.bytes(dice.short(64)));

const insertWord: Change = (input, { dice, words }) => {
  const { at, length } = chunk(input, dice);
  return words.length === 0 ? input : spliced(input, at, dice.oneIn(2) ? 0 : length, dice.one(words));
};

const fillChunk: Change = (input, { dice }) => {
  const { at, length } = chunk(input, dice);
  return spliced(input, at, length, new Uint8Array(length).fill(dice.one([0, 0xff, dice.below(256)])));
};

const repeatChunk: Change = (input, { dice, bytesMax }) => {
  const { at, length } = chunk(input, dice);
  const piece = input.subarray(at, at + length);
  const times = Math.min(dice.short(200), Math.floor(bytesMax / Math.max(1, length)));
  return spliced(input, at, 0, repeated(piece, times));
};

/** As long as a parser may be shown: what grows faster than its input shows here. */
const swell: Change = (input, { dice, bytesMax }) => {
  const { at, length } = chunk(input, dice);
  const piece = length === 0 ? Uint8Array.of(dice.below(256)) : input.subarray(at, at + length);
  return spliced(input, at, 0, repeated(piece, Math.floor((bytesMax - input.length) / piece.length)));
};

export function repeated(piece: Uint8Array, times: number): Uint8Array {
  const made = new Uint8Array(piece.length * Math.max(0, times));
  for (let at = 0; at < made.length; at += piece.length) made.set(piece, at);
  return made;
}

const swapChunks: Change = (input, { dice }) => {
  const [one, other] = [chunk(input, dice), chunk(input, dice)].sort((left, right) => left.at - right.at);
  if (one === undefined || other === undefined || one.at + one.length > other.at) return input;
  const between = input.subarray(one.at + one.length, other.at);
  const parts = [
    input.subarray(other.at, other.at + other.length),
    between,
    input.subarray(one.at, one.at + one.length),
  ];
  return spliced(input, one.at, other.at + other.length - one.at, new Uint8Array(Buffer.concat(parts)));
};

/** The beginning of one and the end of another. */
const crossOver: Change = (input, { dice, others }) => {
  if (others.length === 0) return input;
  const other = dice.one(others);
  const at = dice.below(Math.min(input.length, other.length) + 1);
  const from = dice.oneIn(2) ? at : dice.below(other.length + 1);
  return new Uint8Array(Buffer.concat([input.subarray(0, at), other.subarray(from)]));
};

const takeChunk: Change = (input, { dice, others }) => {
  if (others.length === 0) return input;
  const other = dice.one(others);
  const [place, taken] = [chunk(input, dice), chunk(other, dice)];
  const piece = other.subarray(taken.at, taken.at + taken.length);
  return spliced(input, place.at, dice.oneIn(2) ? 0 : place.length, piece);
};

export const BYTE_CHANGES: readonly Change[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  setNumber,
  cutEnd,
  cutStart,
  cutChunk,
  insertNoise,
  insertWord,
  fillChunk,
  repeatChunk,
  swapChunks,
  crossOver,
  takeChunk,
];

/** So large that it is done seldom. */
export const SWELL: Change = swell;
