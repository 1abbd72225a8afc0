/** Key packages: what a device leaves at the relay so that others can add it while it is away. */
import { makeKeyPackage as makeMlsKeyPackage, type OwnKeyPackage, parseKeyPackage } from "@sotto/mls";
import { LIMITS } from "@sotto/wire";
import { type Leaf, leafOf, memberOf, type Own } from "./leaf.ts";
import type { Suite } from "./suite.ts";

/** A key package with its private keys, as the vault keeps it. */
export interface StoredKeyPackage extends OwnKeyPackage {
  readonly lastResort: boolean;
  readonly madeAt: number;
}

const DAY_S = 86_400n;
/** How long a package may be claimed: 90 days, a last resort likewise; replaced long before. */
const LIFETIME_S = 90n * DAY_S;

/** @param now - milliseconds since 1970. */
export const lifetimeFrom = (now: number) => ({ notBefore: seconds(now) - DAY_S, notAfter: seconds(now) + LIFETIME_S });
export const seconds = (now: number): bigint => BigInt(Math.floor(now / 1000));

export function makeKeyPackage(suite: Suite, own: Own, now: number, lastResort: boolean): StoredKeyPackage {
  const { crypto, profile } = suite;
  const made = makeMlsKeyPackage(profile.suite, memberOf(own), lifetimeFrom(now), crypto.random);
  return { ...made, lastResort, madeAt: now };
}

/**
 * Whose leaf a claimed package would put into the tree; undefined when it does not hold by the rules of MLS.
 *
 * @param now - milliseconds since 1970: a package out of its time is none.
 */
export function keyPackageLeaf({ profile }: Suite, bytes: Uint8Array, now: number): Leaf | undefined {
  if (bytes.length > LIMITS.keyPackageBytesMax) return undefined;
  const parsed = parseKeyPackage(profile.suite, bytes, seconds(now));
  if (!parsed.ok || parsed.value.leaf.bytes.length > LIMITS.leafBytesMax) return undefined;
  return leafOf({ ...parsed.value.leaf, index: -1 });
}
