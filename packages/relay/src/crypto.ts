/** The few primitives that the relay itself needs, over node:crypto. */
import { createHash, createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { type ChainPort, type Hash, toBase64url, toHex, utf8, type Verify } from "@sotto/wire";

export const sha256: Hash = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());

/** The first eight bytes of a hash, for people: enough to see that a record changed, and nothing to guess against. */
export const fingerprint = (bytes: Uint8Array): string => toHex(sha256(bytes).subarray(0, 8));

/** Ed25519; false for anything that is not a key or not a signature. */
export const verifyEd25519: Verify = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(publicKey) };
    return verifySignature(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
};

export const chainPort: ChainPort = { hash: sha256, verify: verifyEd25519 };

/** Compares secrets in a time that depends on neither; their hashes are compared, so that lengths do not show. */
export function equalSecrets(one: string, other: string): boolean {
  return timingSafeEqual(sha256(utf8(one)), sha256(utf8(other)));
}

/** Compares hashes of secrets in constant time. */
export function equalHashes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Crockford's base32 (no I, L, O, U): one character for each five bits of `bytes`, whole characters only. */
export function crockford(bytes: Uint8Array): string {
  const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let text = "";
  let word = 0;
  let bits = 0;
  for (const byte of bytes) {
    word = (word << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += digits[(word >> (bits - 5)) & 31];
    word &= 31;
  }
  return text;
}

/** `text` in groups of `size` with dashes between them, easier to read aloud. */
export function grouped(text: string, size: number): string {
  return text.match(new RegExp(`.{1,${size}}`, "g"))?.join("-") ?? "";
}
