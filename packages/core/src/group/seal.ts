/** Own messages and commits: plaintext in, MLS bytes and the group after them out. */
import { makeCommit as makeMlsCommit, makeGroupInfo as makeMlsGroupInfo, seal as sealMls } from "@sotto/mls";
import { type DeviceId, JOIN_INFO_EXTENSION, type RoomInfo } from "@sotto/wire";
import { extensionsOf, type Group, groupOf, leafOfDevice, mlsOf } from "./group.ts";
import { seconds } from "./key-package.ts";
import { memberOf, type Own } from "./leaf.ts";
import type { Suite } from "./suite.ts";

/** Encrypts padded content. The group given refuses to send again: its next key is spent. */
export function seal(
  { crypto, profile }: Suite,
  own: Pick<Own, "privateKey">,
  group: Group,
  padded: Uint8Array,
  authenticated: Uint8Array,
): { readonly bytes: Uint8Array; readonly next: Group } {
  const made = sealMls(profile, mlsOf(group), own.privateKey, padded, authenticated, crypto.random);
  if (!made.ok) throw new Error(`bug: an own message is refused: ${made.error.code}`);
  return { bytes: made.value.bytes, next: groupOf(made.value.group) };
}

/** What a commit is to do; none of them at all is a healing commit, which only renews keys. */
export interface CommitPlan {
  /** Key packages of devices that come in. */
  readonly adds: readonly Uint8Array[];
  /** Devices that go. */
  readonly removes: readonly DeviceId[];
  /** The room's new info, if it changes. */
  readonly info: RoomInfo | undefined;
  readonly authenticated: Uint8Array;
  /** JoinInfo for the Welcomes. */
  readonly joinInfo: Uint8Array;
  /** Milliseconds since 1970, for the lifetimes of those who come in. */
  readonly now: number;
}

export interface MadeCommit {
  readonly bytes: Uint8Array;
  /** One Welcome for all that come in. */
  readonly welcome: Uint8Array | undefined;
  /** The group once the log has taken the commit. */
  readonly next: Group;
  /** The group to go on with if the log does not take it: the key that this commit spent is gone from it. */
  readonly back: Group;
}

/**
 * Makes a commit, always with a path. The group given must not be used again: go on with `next` or `back`.
 *
 * @returns undefined when a key package does not hold: expired, of another suite, with a key that stands in the tree.
 */
export function makeCommit(
  { crypto, profile }: Suite,
  own: Own,
  group: Group,
  plan: CommitPlan,
): MadeCommit | undefined {
  const removes = plan.removes.map((device) => leafOfDevice(group, device)?.index);
  if (!removes.every((index) => index !== undefined)) return undefined;
  const made = makeMlsCommit(
    profile,
    mlsOf(group),
    own.privateKey,
    {
      adds: plan.adds,
      removes,
      ...(plan.info === undefined ? {} : { extensions: extensionsOf(plan.info) }),
      authenticated: plan.authenticated,
      welcomeExtensions: [{ type: JOIN_INFO_EXTENSION, data: plan.joinInfo }],
      identity: memberOf(own).identity,
    },
    seconds(plan.now),
    crypto.random,
  );
  if (!made.ok) return undefined;
  const { bytes, welcome } = made.value;
  return { bytes, welcome, next: groupOf(made.value.group), back: groupOf(made.value.back) };
}

/** What somebody who joins from outside needs of this epoch: an MLSMessage with the GroupInfo and its tree. */
export function makeGroupInfo({ profile }: Suite, own: Pick<Own, "privateKey">, group: Group): Uint8Array {
  const made = makeMlsGroupInfo(profile, mlsOf(group), own.privateKey);
  if (!made.ok) throw new Error(`bug: an own GroupInfo is refused: ${made.error.code}`);
  return made.value;
}
