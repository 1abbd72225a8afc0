/**
 * Messages and commits of others. Whatever is wrong gives undefined and leaves the group as it was, byte for byte: one
 * answer for all of it, a sender must not learn which check failed. The rules of MLS are `@sotto/mls`'s; here stand
 * those of this application that need nothing but the message.
 */
import { isFromSelf as isFromSelfMls, type OpenedCommit as MlsCommit, open as openMls } from "@sotto/mls";
import type { RoomInfo } from "@sotto/wire";
import { type Group, groupOf, leafAt, leaves, leavesOf, mlsOf, roomInfo } from "./group.ts";
import { type Leaf, leafOf } from "./leaf.ts";
import type { Suite } from "./suite.ts";

/** A message of this epoch, authenticated as its sender's. */
export interface OpenedMessage {
  readonly type: "message";
  readonly sender: Leaf;
  readonly authenticated: Uint8Array;
  readonly padded: Uint8Array;
  readonly next: Group;
}

/** A commit that holds by the rules of MLS. Whether it counts is judged by the room's rules before `next` is adopted. */
export interface OpenedCommit {
  readonly type: "commit";
  /** The committer; of an external commit, the leaf that comes in. */
  readonly sender: Leaf;
  readonly external: boolean;
  readonly authenticated: Uint8Array;
  readonly adds: readonly Leaf[];
  readonly removes: readonly Leaf[];
  /** Members after it; the ones before it when it takes this device out. */
  readonly leaves: readonly Leaf[];
  readonly info: RoomInfo;
  /** This device is out: `next` is the group as it was, marked so. */
  readonly removed: boolean;
  readonly next: Group;
}

/** Opens an entry of another device. */
export function open(
  { profile }: Suite,
  group: Group,
  kind: "message" | "commit",
  bytes: Uint8Array,
): OpenedMessage | OpenedCommit | undefined {
  const opened = openMls(profile, mlsOf(group), bytes);
  if (!opened.ok || opened.value.type !== kind) return undefined;
  if (opened.value.type === "commit") return openCommit(opened.value);
  const { sender, authenticated, data, group: next } = opened.value;
  const leaf = leafAt(group, sender.index);
  return leaf && { type: "message", sender: leaf, authenticated, padded: data, next: groupOf(next) };
}

function openCommit(commit: MlsCommit): OpenedCommit | undefined {
  const next = groupOf(commit.group);
  const [sender, info, after] = [leafOf(commit.sender), roomInfo(next), leaves(next)];
  const [adds, removes] = [leavesOf(commit.added), leavesOf(commit.removed)];
  if (sender === undefined || info === undefined || after === undefined) return undefined;
  if (adds === undefined || removes === undefined) return undefined;
  const { isExternal: external, authenticated } = commit;
  const removed = commit.group.isRemoved;
  return { type: "commit", sender, external, authenticated, adds, removes, leaves: after, info, removed, next };
}

/**
 * Whether an entry was made by somebody else with this device's own keys: it holds its signature, under a key that this
 * device has not used. So the relay cannot make one, also not by repeating or altering what this device has sent.
 */
export function isFromSelf({ profile }: Suite, group: Group, bytes: Uint8Array): boolean {
  return isFromSelfMls(profile, mlsOf(group), bytes);
}
