/** What is no public key: of a wrong length, one that everybody can agree with, or a second spelling of one. */
import { fromHex } from "./world.ts";

export interface BadKey {
  readonly name: string;
  readonly key: Uint8Array;
}

/** For X25519: the points of low order and their second spellings, from https://cr.yp.to/ecdh.html. */
const LOW_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

const withHighBit = (key: Uint8Array): Uint8Array => {
  const copy = key.slice();
  copy[31] = (copy[31] ?? 0) | 0x80;
  return copy;
};

/** Wherever they stand, encapsulated ones too. */
export const badKeys: readonly BadKey[] = [
  { name: "of no bytes", key: new Uint8Array(0) },
  { name: "of 31 bytes", key: new Uint8Array(31).fill(9) },
  { name: "of 33 bytes", key: new Uint8Array(33).fill(9) },
  { name: "of 64 bytes", key: new Uint8Array(64).fill(9) },
  { name: "of zeros", key: new Uint8Array(32) },
  { name: "of zeros but for the highest bit", key: withHighBit(new Uint8Array(32)) },
  ...LOW_ORDER.map((key, index) => ({ name: `of low order, number ${index + 1}`, key })),
  ...LOW_ORDER.map((key, index) => ({
    name: `of low order, number ${index + 1} spelled otherwise`,
    key: withHighBit(key),
  })),
];

/** For whatever stands in a tree or in a key package: two nodes must not have one key in two spellings. */
export const badTreeKeys: readonly BadKey[] = [
  ...badKeys,
  { name: "with the highest bit set", key: withHighBit(new Uint8Array(32).fill(9)) },
  { name: "of the prime and nine", key: fromHex("f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f") },
];
