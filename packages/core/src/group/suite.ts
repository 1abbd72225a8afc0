/** Suite 1 of MLS over the Crypto port. HPKE alone comes from the library, until the project's own MLS composes it. */
import {
  type CiphersuiteImpl,
  type ClientConfig,
  defaultKeyPackageEqualityConfig,
  defaultLifetimeConfig,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
} from "ts-mls";
import type { Crypto } from "../ports.ts";

const NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/** What every group operation needs; its inside stays in this folder. */
export interface Suite {
  readonly crypto: Crypto;
  readonly impl: CiphersuiteImpl;
}

/** Loads the suite. Hash, KDF, AEAD, signatures and randomness are the port's. */
export async function loadSuite(crypto: Crypto): Promise<Suite> {
  const library = await getCiphersuiteImpl(getCiphersuiteFromName(NAME));
  const none = new Uint8Array(0);
  const impl: CiphersuiteImpl = {
    name: NAME,
    rng: { randomBytes: (length) => crypto.random(length) },
    hash: {
      digest: async (data) => crypto.sha256(data),
      mac: async (key, data) => crypto.hmac(key, data),
      verifyMac: async (key, mac, data) => sameSecret(crypto.hmac(key, data), mac),
    },
    kdf: {
      size: 32,
      extract: async (salt, secret) => crypto.hkdfExtract(salt, secret),
      expand: async (key, info, length) => crypto.hkdfExpand(key, info, length),
    },
    signature: {
      sign: async (key, message) => crypto.sign(key, message),
      verify: async (key, message, signature) => crypto.verify(key, message, signature),
      keygen: async () => {
        const signKey = crypto.random(32);
        return { signKey, publicKey: crypto.publicKey(signKey) };
      },
    },
    hpke: {
      ...library.hpke,
      encryptAead: async (key, nonce, aad, plain) => crypto.aeadSeal(key, nonce, aad ?? none, plain),
      decryptAead: async (key, nonce, aad, sealed) => {
        const plain = crypto.aeadOpen(key, nonce, aad ?? none, sealed);
        if (plain === undefined) throw new Error("does not authenticate");
        return plain;
      },
    },
  };
  return { crypto, impl };
}

/**
 * How the library is used. Credentials are judged by core on the leaves before a state is adopted, not here: that
 * judgement needs the device chains, and the library asks before it says whose leaf it is.
 */
export const CONFIG: ClientConfig = {
  keyRetentionConfig: { retainKeysForGenerations: 0, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 2000 },
  lifetimeConfig: { ...defaultLifetimeConfig, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
  authService: { validateCredential: async (credential) => credential.credentialType === "basic" },
};

/** Compares without telling by its time where they differ. */
function sameSecret(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}
