/** Twelve words that two people compare aloud once: equal on both sides exactly when both mean the same two accounts. */
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { type AccountId, assert, safetyWordsBytes, utf8 } from "@sotto/wire";
import type { Ports } from "../ports.ts";

const SALT = utf8("sotto 1 safety words");
const WORDS = 12;
const BITS = 11;
const BYTES = Math.ceil((WORDS * BITS) / 8);

/**
 * The words of two accounts. They are stretched, since who makes two accounts of its own could search for a pair that
 * looks alike to both sides, and meets in the middle of 132 bits without it.
 */
export async function wordsOf(stretch: Ports["stretch"], one: AccountId, other: AccountId): Promise<string> {
  return asWords(await stretch(safetyWordsBytes(one, other), SALT, BYTES));
}

/** Eleven bits a word, the first bits first; four are left over. */
export function asWords(bytes: Uint8Array): string {
  assert(bytes.length === BYTES, "twelve words are of 17 bytes");
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  const indices = Array.from({ length: WORDS }, (_, index) => bits.slice(index * BITS, (index + 1) * BITS));
  return indices.map((index) => wordlist[Number.parseInt(index, 2)]).join(" ");
}
