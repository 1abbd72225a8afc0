/** The primitives of `@sotto/mls` on synchronous node:crypto, several times faster per message than WebCrypto. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hash } from "node:crypto";
import type { Primitives } from "../src/primitives.ts";
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from "./ed25519.ts";
import { plain } from "./plain.ts";
import { x25519, x25519PublicKey } from "./x25519.ts";

const TAG_BYTES = 16;
const HASH_BYTES = 32;

export const nodePrimitives: Primitives = {
  sha256: (bytes) => plain(hash("sha256", bytes, "buffer")),
  hmac,
  hkdfExtract: (salt, secret) => hmac(salt, secret),
  hkdfExpand,
  aeadSeal,
  aeadOpen,
  publicKey: ed25519PublicKey,
  sign: ed25519Sign,
  verify: ed25519Verify,
  agreementKey: x25519PublicKey,
  agree: x25519,
};

function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return plain(createHmac("sha256", createSecretKey(key)).update(bytes).digest());
}

/** RFC 5869 section 2.3. Nearly all that MLS expands is one block. */
function hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length > 255 * HASH_BYTES) throw new RangeError("hkdf gives at most 8160 bytes");
  if (length <= HASH_BYTES) return block(key, EMPTY, info, 1).slice(0, length);
  const output = new Uint8Array(length);
  let last = EMPTY;
  for (let at = 0, count = 1; at < length; at += HASH_BYTES, count++) {
    last = block(key, last, info, count);
    output.set(last.subarray(0, Math.min(HASH_BYTES, length - at)), at);
  }
  return output;
}

const EMPTY: Uint8Array = new Uint8Array(0);

/** T(count) of RFC 5869. */
function block(key: Uint8Array, before: Uint8Array, info: Uint8Array, count: number): Uint8Array {
  const input = new Uint8Array(before.length + info.length + 1);
  input.set(before);
  input.set(info, before.length);
  input[input.length - 1] = count;
  return hmac(key, input);
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
