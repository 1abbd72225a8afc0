/** X25519 (RFC 7748) with bytes for keys. */
import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";
import { plain } from "./plain.ts";

// RFC 8410: what stands before the 32 bytes of a key.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

function privateKeyOf(bytes: Uint8Array) {
  if (bytes.length !== 32) throw new RangeError("an X25519 private key has 32 bytes");
  const key = Buffer.concat([PKCS8_PREFIX, bytes]);
  const made = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  return made;
}

export function x25519PublicKey(privateKey: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKeyOf(privateKey)).export({ type: "spki", format: "der" });
  return new Uint8Array(spki.subarray(-32));
}

/** @returns undefined where the secret would be all zero (OpenSSL refuses to derive it), or the key is none. */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 32) return undefined;
  const own = privateKeyOf(privateKey);
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
  try {
    const secret = plain(diffieHellman({ privateKey: own, publicKey: key }));
    return secret.every((byte) => byte === 0) ? undefined : secret;
  } catch {
    return undefined;
  }
}
