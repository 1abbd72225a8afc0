/** Ed25519 (RFC 8032) with bytes for keys. Making a KeyObject costs more than a signature, so they are kept. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { plain } from "./plain.ts";

// RFC 8410: what stands before the 32 bytes of a key.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

const PRIVATE_KEYS_MAX = 64;
const PUBLIC_KEYS_MAX = 4096;
const privateKeys = new Map<string, KeyObject>();
const publicKeys = new Map<string, KeyObject>();

export function ed25519Sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  return plain(sign(null, message, privateKeyOf(privateKey)));
}

export function ed25519PublicKey(privateKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(privateKey)).export({ type: "spki", format: "der" });
  return new Uint8Array(spki.subarray(-32));
}

/** False, never a throw, for keys and signatures of any length and content. */
export function ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64 || isWeakKey(publicKey)) return false;
  try {
    return verify(null, message, publicKeyOf(publicKey), signature);
  } catch {
    return false; // OpenSSL refused the key
  }
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError("an Ed25519 private key has 32 bytes");
  // By hash: the name of a map entry is a string, which cannot be wiped.
  const name = hash("sha256", seed, "base64");
  return remembered(privateKeys, PRIVATE_KEYS_MAX, name, () => {
    const key = Buffer.concat([PKCS8_PREFIX, seed]);
    const made = createPrivateKey({ key, format: "der", type: "pkcs8" });
    key.fill(0);
    return made;
  });
}

function publicKeyOf(bytes: Uint8Array): KeyObject {
  return remembered(publicKeys, PUBLIC_KEYS_MAX, Buffer.from(bytes).toString("latin1"), () =>
    createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: "der", type: "spki" }),
  );
}

/** Least recently used goes first. */
function remembered(keys: Map<string, KeyObject>, max: number, name: string, make: () => KeyObject): KeyObject {
  const known = keys.get(name);
  const key = known ?? make();
  if (known !== undefined) keys.delete(name);
  else if (keys.size >= max) for (const oldest of keys.keys()) if (keys.delete(oldest)) break;
  keys.set(name, key);
  return key;
}

/**
 * The y coordinates of the eight points of small order. For such a "key" one signature fits every message, or every
 * few; OpenSSL 3.0 takes them, 3.5 does not. (The list is libsodium's; those not below the field's prime fall to the other check of {@link isWeakKey}.)
 */
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));

/** Small order, or a second spelling (y not below 2^255 - 19) of a point: RFC 8032 section 5.1.3 refuses the latter. */
export function isWeakKey(key: Uint8Array): boolean {
  const y = new Uint8Array(key);
  y[31] = (y[31] ?? 0) & 0x7f; // the sign of x
  if (SMALL_ORDER.some((point) => point.every((byte, index) => byte === y[index]))) return true;
  return (y[0] ?? 0) >= 0xed && y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);
}
