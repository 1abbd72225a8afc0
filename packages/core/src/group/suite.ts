/** How groups of this application are: suite 1 of MLS over the Crypto port, and leaves that are devices of accounts. */
import { type Profile, suite1 } from "@sotto/mls";
import { LIMITS } from "@sotto/wire";
import type { Crypto } from "../ports.ts";
import { identityOf, isSameDevice } from "./leaf.ts";

/** Places in a tree of as many devices as a room may have: the next power of two. */
const PLACES = 2 ** Math.ceil(Math.log2(LIMITS.roomDevicesMax));

/** What every group operation needs; its inside stays in this folder. */
export interface Suite {
  readonly crypto: Crypto;
  readonly profile: Profile;
}

/**
 * Hash, KDF, AEAD, key agreement, signatures and randomness are the port's. What a credential claims is judged against
 * the device chains by core, which may have to fetch them first; here stands what can be said at once.
 */
export function groupSuite(crypto: Crypto): Suite {
  return {
    crypto,
    profile: {
      suite: suite1(crypto),
      credentials: {
        name: (identity) => identityOf(identity)?.device,
        accepts: ({ before, after }) =>
          after.bytes.length <= LIMITS.leafBytesMax &&
          (before === undefined || isSameDevice(before.identity, after.identity)),
      },
      leavesMax: PLACES,
    },
  };
}
