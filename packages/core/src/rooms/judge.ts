/**
 * Whether a commit counts: docs/protocol.md, section 14. Judged from the log alone, so that all
 * members judge alike; MLS's own rules were checked before, in core/group.
 */
import {
  type AccountId,
  type CommitHeader,
  type DeviceId,
  type DeviceRef,
  type Entry,
  equalBytes,
  linkBytes,
  parseAuthenticated,
  parseHeader,
  type RoomId,
  type RoomInfo,
} from "@sotto/wire";
import type { Leaf, OpenedCommit } from "../group/index.ts";
import type { Crypto } from "../ports.ts";
import { leavingAccounts } from "./leavers.ts";
import { isBack, readmitted } from "./readmit-words.ts";

/** The room as it stood before the commit. */
export interface Before {
  readonly room: RoomId;
  readonly base: number;
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
  /** Devices that the chains which the commit names have revoked. */
  readonly revoked?: ReadonlySet<DeviceId>;
}

/** Accounts that may remove others. */
export function owners(info: RoomInfo): readonly AccountId[] {
  return info.kind === "direct" ? [] : info.owners;
}

/**
 * The owners after some members went: those who stay, and when none does, the member that has been there longest, as
 * far as the tree tells: the leftmost. Decided in the commit itself, before anybody can fill an empty place.
 *
 * @param gone - leaves that go, but for those whose devices were revoked: who loses a device is still who they are, and
 * an account that has no leaf after it comes back with another device.
 */
export function ownersAfter(
  before: readonly AccountId[],
  remaining: readonly Leaf[],
  gone: readonly Leaf[],
): readonly AccountId[] {
  const isOf = (owner: AccountId) => (leaf: Leaf) => leaf.account === owner;
  const present = before.filter((owner) => remaining.some(isOf(owner)) || !gone.some(isOf(owner)));
  const [longest] = remaining;
  return present.length > 0 || longest === undefined ? present : [longest.account];
}

/** True when the commit counts; the chains of the leaves that it adds are judged elsewhere, they may have to be fetched. */
export function counts(crypto: Crypto, before: Before, entry: Entry, commit: OpenedCommit): boolean {
  const header = parseHeader(entry.header);
  const authenticated = parseAuthenticated(commit.authenticated);
  if (!header.ok || authenticated === undefined || authenticated.room !== before.room) return false;
  if (entry.base !== before.base || authenticated.base !== entry.base || entry.device !== commit.sender.device)
    return false;
  if (!isHeaderOf(header.value, commit)) return false;
  if (commit.external) return mayJoin(crypto, before, entry, commit, authenticated.linkSignature);
  const leaving = leavingAccounts(crypto, before.room, before.leaves, authenticated.leaves);
  const back = readmitted(crypto, before.room, commit, authenticated.readmits);
  return mayCommit(before, commit, leaving, back);
}

function isHeaderOf(header: CommitHeader, commit: OpenedCommit): boolean {
  return sameDevices(header.adds, commit.adds) && sameDevices(header.removes, commit.removes);
}

function sameDevices(refs: readonly DeviceRef[], leaves: readonly Leaf[]): boolean {
  const wanted = new Set(leaves.map((leaf) => `${leaf.account} ${leaf.device}`));
  const named = new Set(refs.map((ref) => `${ref.account} ${ref.device}`));
  return (
    named.size === refs.length &&
    wanted.size === leaves.length &&
    named.size === wanted.size &&
    [...named].every((one) => wanted.has(one))
  );
}

/** An external commit is signed with the link's key, for this room, this epoch and this leaf. */
function mayJoin(
  crypto: Crypto,
  before: Before,
  entry: Entry,
  commit: OpenedCommit,
  signature: Uint8Array | undefined,
): boolean {
  const { info, room } = before;
  if (info.kind !== "room" || info.linkKey === undefined || signature === undefined) return false;
  const { account, device, signatureKey: leafKey } = commit.sender;
  return crypto.verify(info.linkKey, linkBytes({ room, base: entry.base, account, device, leafKey }), signature);
}

function mayCommit(
  { info, leaves, revoked }: Before,
  commit: OpenedCommit,
  leaving: ReadonlySet<AccountId>,
  back: ReadonlySet<Leaf>,
): boolean {
  const { sender, removes, adds } = commit;
  const isOwner = owners(info).includes(sender.account);
  const others = removes.filter((leaf) => leaf.account !== sender.account && !back.has(leaf));
  const isRevoked = (leaf: Leaf) => revoked?.has(leaf.device) === true;
  if (!isOwner && !others.every((leaf) => leaving.has(leaf.account) || isRevoked(leaf))) return false;
  if (info.kind === "direct") {
    return (
      others.every(isRevoked) && adds.every((leaf) => info.sides.includes(leaf.account)) && sameInfo(info, commit.info)
    );
  }
  const after = commit.info;
  // What the room is from then on is not for who is taken out to judge.
  if (commit.removed) return true;
  if (after.kind !== "room") return false;
  const renewed = !sameKey(info.linkKey, after.linkKey);
  // Whoever goes knows the link's secret: the commit that removes them brings another one.
  if (others.length > 0 && info.linkKey !== undefined && !renewed) return false;
  if (isOwner) return after.owners.length > 0;
  const gone = removes.filter((leaf) => !isBack(adds, leaf));
  // Not with any device of one's own: a member could renew the link as often as it has some.
  const mayRenew = (leaf: Leaf) => leaf.account !== sender.account || isRevoked(leaf);
  const expected = ownersAfter(
    info.owners,
    leaves.filter((leaf) => !gone.some(({ device }) => device === leaf.device)),
    gone.filter((leaf) => leaving.has(leaf.account) || !isRevoked(leaf)),
  );
  const allowed = { ...info, owners: expected, linkKey: undefined };
  return sameInfo(allowed, { ...after, linkKey: undefined }) && (!renewed || gone.some(mayRenew));
}

export function sameKey(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left, right);
}

function sameInfo(left: RoomInfo, right: RoomInfo): boolean {
  if (left.kind === "direct") return right.kind === "direct" && left.sides.join() === right.sides.join();
  return (
    right.kind === "room" &&
    left.name === right.name &&
    left.owners.join() === right.owners.join() &&
    sameKey(left.linkKey, right.linkKey)
  );
}
