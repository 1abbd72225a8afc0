/** The OPRF of RFC 9497 with ristretto255 and SHA-512 (section 4.1), in its mode 0, written from the RFC. */
import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { ascii, counted, join, KEY_BYTES, octets, sha512 } from "./bytes.ts";

export type Element = InstanceType<typeof ristretto255.Point>;

export interface KeyPair {
  readonly secret: bigint;
  readonly public: Element;
}

export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** Section 3.1. */
const CONTEXT = join(ascii("OPRFV1-"), octets(0, 1), ascii("-ristretto255-SHA512"));

export const encodeElement = (element: Element): Uint8Array => element.toBytes();

/** @returns undefined for what is no element, and for the identity. */
export function decodeElement(bytes: Uint8Array): Element | undefined {
  try {
    const element = ristretto255.Point.fromBytes(bytes);
    return element.is0() ? undefined : element;
  } catch {
    return undefined;
  }
}

const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export function encodeScalar(scalar: bigint): Uint8Array {
  return Uint8Array.from({ length: KEY_BYTES }, (_, index) => Number((scalar >> BigInt(8 * index)) & 255n));
}

/** @returns undefined for zero as well, which is no key and no blind. */
export function decodeScalar(bytes: Uint8Array): bigint | undefined {
  const scalar = littleEndian(bytes);
  return bytes.length === KEY_BYTES && scalar > 0n && scalar < ORDER ? scalar : undefined;
}

/** A scalar of 64 random bytes: the bias is nobody's to see. */
export const scalarFrom = (random: Uint8Array): bigint => littleEndian(random) % ORDER;

export const multiply = (element: Element, scalar: bigint): Element => element.multiplyUnsafe(scalar);

const hashToGroup = (input: Uint8Array): Element =>
  ristretto255_hasher.hashToCurve(input, { DST: join(ascii("HashToGroup-"), CONTEXT) });

/** Section 3.2.1: DeriveKeyPair. */
export function deriveKeyPair(seed: Uint8Array, info: Uint8Array): KeyPair {
  const tag = join(ascii("DeriveKeyPair"), CONTEXT);
  for (let counter = 0; counter < 256; counter++) {
    const uniform = expand_message_xmd(join(seed, counted(info), octets(counter, 1)), tag, 64, nobleSha512);
    const secret = scalarFrom(uniform);
    if (secret !== 0n) return { secret, public: ristretto255.Point.BASE.multiply(secret) };
  }
  throw new Error("oprf: no key in 256 tries");
}

/** Section 3.3.1, with the blind that is given. */
export const blind = (input: Uint8Array, by: bigint): Element => multiply(hashToGroup(input), by);

/** Section 3.3.1: BlindEvaluate. */
export const evaluate = (key: bigint, blinded: Element): Element => multiply(blinded, key);

/** Section 3.3.1. */
export function finalize(input: Uint8Array, by: bigint, evaluated: Element): Uint8Array {
  const unblinded = encodeElement(multiply(evaluated, ristretto255.Point.Fn.inv(by)));
  return sha512(join(counted(input), counted(unblinded), ascii("Finalize")));
}

/** Section 3.3.1: what the two of them come to, by who has both. */
export function evaluateAlone(key: bigint, input: Uint8Array): Uint8Array {
  const element = encodeElement(multiply(hashToGroup(input), key));
  return sha512(join(counted(input), counted(element), ascii("Finalize")));
}
