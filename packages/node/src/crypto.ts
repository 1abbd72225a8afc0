/**
 * Core's primitives on synchronous node:crypto, which is several times faster per message than WebCrypto. Every answer
 * is a plain `Uint8Array`: `slice` of a Buffer would be a view of the same memory, and core relies on copies.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  createSecretKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import type { Crypto } from "@sotto/core";
import { isWeakKey, privateKeyOf, publicKeyOf } from "./ed25519.ts";

const TAG_BYTES = 16;
const HASH_BYTES = 32;

/** @param random - where random bytes come from; a test or a simulation gives a seeded one. */
export function nodeCrypto(random: (length: number) => Uint8Array = randomBytes): Crypto {
  return {
    random: (length) => plain(random(length)),
    sha256: (bytes) => plain(hash("sha256", bytes, "buffer")),
    hmac,
    hkdfExtract: (salt, secret) => hmac(salt, secret),
    hkdfExpand,
    aeadSeal,
    aeadOpen,
    publicKey: publicKeyBytes,
    sign: (privateKey, message) => plain(sign(null, message, privateKeyOf(privateKey))),
    verify: (publicKey, message, signature) => isSignature(publicKey, message, signature),
  };
}

function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac("sha256", createSecretKey(key)).update(bytes).digest());
}

/** RFC 5869 section 2.3. */
function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * HASH_BYTES) throw new RangeError("hkdf gives at most 8160 bytes");
  const output = new Uint8Array(length);
  let block = new Uint8Array(0);
  for (let at = 0, count = 1; at < length; at += HASH_BYTES, count++) {
    block = new Uint8Array(
      createHmac("sha256", createSecretKey(key)).update(block).update(info).update(Uint8Array.of(count)).digest(),
    );
    output.set(block.subarray(0, Math.min(HASH_BYTES, length - at)), at);
  }
  return output;
}

const aead = (key: Uint8Array): "aes-128-gcm" | "aes-256-gcm" => {
  if (key.length !== 16 && key.length !== 32) throw new RangeError("an AES key has 16 or 32 bytes");
  return key.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
};

function aeadSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (nonce.length !== 12) throw new RangeError("a nonce has 12 bytes");
  const cipher = createCipheriv(aead(key), createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const sealed = new Uint8Array(bytes.length + TAG_BYTES);
  sealed.set(cipher.update(bytes));
  cipher.final();
  sealed.set(cipher.getAuthTag(), bytes.length);
  return sealed;
}

/** One answer for every failure, odd lengths included: nobody learns which check failed. */
function aeadOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (nonce.length !== 12 || sealed.length < TAG_BYTES) return undefined;
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(aead(key), createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  const opened = plain(decipher.update(sealed.subarray(0, end)));
  try {
    decipher.final();
    return opened;
  } catch {
    opened.fill(0); // what did not authenticate is nobody's to read
    return undefined;
  }
}

function publicKeyBytes(privateKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(privateKey)).export({ type: "spki", format: "der" });
  return new Uint8Array(spki.subarray(-32));
}

function isSignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64 || isWeakKey(publicKey)) return false;
  try {
    const key: KeyObject = publicKeyOf(publicKey);
    return verify(null, message, key, signature);
  } catch {
    return false; // OpenSSL refused the key
  }
}

/** The same memory without Buffer's methods: what node:crypto returns is not from Buffer's pool. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : new Uint8Array(bytes);
}
