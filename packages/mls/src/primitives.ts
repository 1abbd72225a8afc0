/**
 * What this package needs of somebody else's cryptography: synchronous, and every answer a fresh `Uint8Array`.
 * `@sotto/mls/node` has it over node:crypto.
 */
export interface Primitives {
  sha256(bytes: Uint8Array): Uint8Array;
  /** HMAC-SHA-256. */
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** RFC 5869 section 2.2 over SHA-256. */
  hkdfExtract(salt: Uint8Array, secret: Uint8Array): Uint8Array;
  /** RFC 5869 section 2.3 over SHA-256. */
  hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-GCM by the key's length (16 or 32 bytes), nonce 12 bytes. @returns ciphertext, then the 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** @returns undefined when it does not authenticate. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Ed25519 public key of a 32-byte private key (seed). */
  publicKey(privateKey: Uint8Array): Uint8Array;
  /** Ed25519. */
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** False, never a throw, for keys and signatures of any length and content, low-order keys included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** X25519 public key of a 32-byte private key. */
  agreementKey(privateKey: Uint8Array): Uint8Array;
  /** X25519. @returns undefined for a public key that gives an all-zero secret or is none. */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
}

/** Where fresh randomness comes from: the same bytes give the same run. */
export type Random = (length: number) => Uint8Array;
