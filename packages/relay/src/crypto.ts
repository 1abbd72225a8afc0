/** The few primitives that the relay itself needs, over node:crypto. */
import { createHash, createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { type ChainPort, type Hash, toBase64url, toHex, utf8, type Verify } from "@sotto/wire";

export const sha256: Hash = (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest());

/** The first eight bytes of a hash, for people: enough to see that a record changed, and nothing to guess against. */
export const fingerprint = (bytes: Uint8Array): string => toHex(sha256(bytes).subarray(0, 8));

/**
 * Ed25519; false for anything that is not a key or not a signature. The verdict is that of clients, on weak keys as well:
 * a chain that the relay takes and clients do not would look like the relay's own forgery.
 */
export const verifyEd25519: Verify = (publicKey, message, signature) => {
  if (publicKey.length !== 32 || signature.length !== 64 || isWeakKey(publicKey)) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64url(publicKey) };
    return verifySignature(null, message, createPublicKey({ key: jwk, format: "jwk" }), signature);
  } catch {
    return false;
  }
};

/** The y coordinates of the eight points of small order: for such a "key" one signature fits many messages. */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/**
 * Small order, or a second spelling (y not below 2^255 - 19), which RFC 8032 section 5.1.3 refuses. OpenSSL takes them or
 * not, from one Node to the next. `packages/mls/node/ed25519.ts` has the same: neither package may import the other.
 */
export function isWeakKey(key: Uint8Array): boolean {
  const y = key.with(31, (key[31] ?? 0) & 0x7f); // without the sign of x
  if (SMALL_ORDER.includes(toHex(y))) return true;
  return (y[0] ?? 0) >= 0xed && y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);
}

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
