/** Bytes as RFC 9807 writes them, and the symmetric primitives of our configuration: all of them over SHA-512. */
import { createHash, createHmac } from "node:crypto";

/** Nh, Nm and Nx of RFC 9807 section 2. */
export const HASH_BYTES = 64;
/** Nn, Nseed, Npk, Noe and Nok: nonces, seeds, and keys of ristretto255. */
export const KEY_BYTES = 32;

export const NOTHING: Uint8Array = new Uint8Array(0);

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** I2OSP of RFC 8017. */
export function octets(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256);
}

/** Its length in two bytes, then itself. */
export const counted = (bytes: Uint8Array): Uint8Array => join(octets(bytes.length, 2), bytes);

export function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, index) => byte ^ (other[index] ?? 0));
}

export const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

/** `bytes` in pieces of these lengths; undefined unless they are just as long. */
export function split(bytes: Uint8Array, ...lengths: readonly number[]): readonly Uint8Array[] | undefined {
  if (bytes.length !== lengths.reduce((sum, length) => sum + length, 0)) return undefined;
  let rest = bytes;
  return lengths.map((length) => {
    const part = rest.slice(0, length);
    rest = rest.slice(length);
    return part;
  });
}

export const sha512 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha512").update(bytes).digest());

export const mac = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHmac("sha512", key).update(bytes).digest());

/** HKDF-Extract without a salt, RFC 5869 section 2.2. */
export const extract = (secret: Uint8Array): Uint8Array => mac(NOTHING, secret);

/** HKDF-Expand, RFC 5869 section 2.3. */
export function expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  let output = NOTHING;
  let block = NOTHING;
  for (let count = 1; output.length < length; count++) {
    block = mac(key, join(block, info, octets(count, 1)));
    output = join(output, block);
  }
  return output.slice(0, length);
}
