/**
 * The same primitives, which remember what they have said: everybody checks the same signatures, in every world those of
 * the same start. What is remembered is compared byte for byte, so nothing is believed that was not checked.
 */
import type { Crypto } from "@sotto/core";

const KEPT_MAX = 50_000;

interface Verified {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly holds: boolean;
}

const verified = new Map<string, Verified>();
const publicKeys = new Map<string, Uint8Array>();
const agreementKeys = new Map<string, Uint8Array>();

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

function kept<T>(all: Map<string, T>, key: string, value: T): T {
  if (all.size >= KEPT_MAX) all.clear();
  all.set(key, value);
  return value;
}

export function remembering(crypto: Crypto): Crypto {
  return {
    ...crypto,
    verify(publicKey, message, signature) {
      const name = textOf(signature);
      const before = verified.get(name);
      if (
        before !== undefined &&
        Buffer.compare(before.message, message) === 0 &&
        Buffer.compare(before.key, publicKey) === 0
      )
        return before.holds;
      const holds = crypto.verify(publicKey, message, signature);
      kept(verified, name, { key: publicKey.slice(), message: message.slice(), holds });
      return holds;
    },
    publicKey(privateKey) {
      const name = textOf(privateKey);
      return (publicKeys.get(name) ?? kept(publicKeys, name, crypto.publicKey(privateKey))).slice();
    },
    agreementKey(privateKey) {
      const name = textOf(privateKey);
      return (agreementKeys.get(name) ?? kept(agreementKeys, name, crypto.agreementKey(privateKey))).slice();
    },
  };
}
