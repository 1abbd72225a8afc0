/** Key packages: what a device leaves at the relay so that others can add it while it is away. */
import { LIMITS } from "@sotto/wire";
import {
  decodeMlsMessage,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type KeyPackage,
  type PrivateKeyPackage,
} from "ts-mls";
import { CAPABILITIES, credentialOf, type Leaf, leafOf, type Own } from "./leaf.ts";
import type { Suite } from "./suite.ts";

/** A key package with its private keys, as the vault keeps it. */
export interface StoredKeyPackage {
  /** MLSMessage holding the KeyPackage. */
  readonly bytes: Uint8Array;
  readonly initKey: Uint8Array;
  readonly leafKey: Uint8Array;
  readonly lastResort: boolean;
  readonly madeAt: number;
}

const DAY_S = 86_400n;
/** How long a package may be claimed: 90 days, a last resort likewise; replaced long before. */
const LIFETIME_S = 90n * DAY_S;

export async function makeKeyPackage(
  suite: Suite,
  own: Own,
  now: number,
  lastResort: boolean,
): Promise<StoredKeyPackage> {
  const seconds = BigInt(Math.floor(now / 1000));
  const { publicPackage: keyPackage, privatePackage: secrets } = await generateKeyPackageWithKey(
    credentialOf(own),
    CAPABILITIES,
    { notBefore: seconds - DAY_S, notAfter: seconds + LIFETIME_S },
    [],
    { signKey: own.privateKey, publicKey: own.publicKey },
    suite.impl,
  );
  const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
  return { bytes, initKey: secrets.initPrivateKey, leafKey: secrets.hpkePrivateKey, lastResort, madeAt: now };
}

/** Decodes a claimed package, whose content is judged by the caller and by the library when it is added. */
export function parseKeyPackage(bytes: Uint8Array): KeyPackage | undefined {
  try {
    const decoded = bytes.length > LIMITS.keyPackageBytesMax ? undefined : decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length) return undefined;
    return decoded[0].wireformat === "mls_key_package" ? decoded[0].keyPackage : undefined;
  } catch {
    return undefined;
  }
}

/** Whose leaf a claimed package would put into the tree. */
export function keyPackageLeaf(bytes: Uint8Array): Leaf | undefined {
  const keyPackage = parseKeyPackage(bytes);
  return keyPackage === undefined ? undefined : leafOf(keyPackage.leafNode, -1);
}

export function publicPackage(stored: StoredKeyPackage): KeyPackage {
  const keyPackage = parseKeyPackage(stored.bytes);
  if (keyPackage === undefined) throw new Error("bug: a key package of this device cannot be read");
  return keyPackage;
}

export function privatePackage(stored: StoredKeyPackage, own: Own): PrivateKeyPackage {
  return { initPrivateKey: stored.initKey, hpkePrivateKey: stored.leafKey, signaturePrivateKey: own.privateKey };
}
