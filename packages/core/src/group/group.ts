/** A group as a value: every operation gives a new one and leaves the old as it was. */
import {
  createGroup as createMlsGroup,
  difference,
  type Extension,
  epochAuthenticator,
  forget,
  type Group as MlsGroup,
  members,
  type Part,
  restore,
  unspent,
} from "@sotto/mls";
import {
  type DeviceId,
  encodeRoomInfo,
  idBytes,
  LIMITS,
  parseRoomInfo,
  ROOM_INFO_EXTENSION,
  type RoomId,
  type RoomInfo,
  toHex,
} from "@sotto/wire";
import { lifetimeFrom } from "./key-package.ts";
import { type Leaf, leafOf, memberOf, type Own } from "./leaf.ts";
import type { Suite } from "./suite.ts";

declare const brand: unique symbol;
/** One epoch of one room, with this device's secrets. Opaque: nothing of MLS is named outside this folder. */
export interface Group {
  readonly [brand]: "Group";
}

/** A piece of a group in the vault; undefined is one that is no more. */
export type GroupPart = Part;

export const groupOf = (group: MlsGroup): Group => group as unknown as Group;
export const mlsOf = (group: Group): MlsGroup => group as unknown as MlsGroup;

/** A new group with this device alone, in epoch 0. @param now - milliseconds since 1970. */
export function createGroup({ crypto, profile }: Suite, own: Own, room: RoomId, info: RoomInfo, now: number): Group {
  const lifetime = lifetimeFrom(now);
  const made = createMlsGroup(profile, memberOf(own), idBytes(room), extensionsOf(info), lifetime, crypto.random);
  if (!made.ok) throw new Error(`bug: an own group is refused: ${made.error.code}`);
  return groupOf(made.value);
}

export function extensionsOf(info: RoomInfo): Extension[] {
  return [{ type: ROOM_INFO_EXTENSION, data: encodeRoomInfo(info) }];
}

/** @returns undefined unless the extensions are one RoomInfo and nothing else. */
export function infoOf(extensions: readonly Extension[]): RoomInfo | undefined {
  const [extension] = extensions;
  if (extensions.length !== 1 || extension?.type !== ROOM_INFO_EXTENSION) return undefined;
  return parseRoomInfo(extension.data);
}

/** The room's info; undefined is possible only in a state that was not judged yet. */
export function roomInfo(group: Group): RoomInfo | undefined {
  return infoOf(mlsOf(group).context.extensions);
}

export const groupEpoch = (group: Group): bigint => mlsOf(group).context.epoch;
export const groupRoom = (group: Group): string => toHex(mlsOf(group).context.groupId);
/** True once a commit took this device out. */
export const isRemoved = (group: Group): boolean => mlsOf(group).isRemoved;
/** Equal for two members exactly when they are in the same epoch. */
export const authenticatorOf = (group: Group): Uint8Array => epochAuthenticator(mlsOf(group));

interface Leaves {
  readonly all: readonly Leaf[];
  readonly byIndex: ReadonlyMap<number, Leaf>;
}

/** Trees are values too: a message leaves the tree as it is, and its leaves need not be read again. */
const read = new WeakMap<MlsGroup["tree"], Leaves>();

function leavesIn(group: Group): Leaves | undefined {
  const { tree } = mlsOf(group);
  const known = read.get(tree);
  if (known !== undefined) return known;
  const all = leavesOf(members(mlsOf(group)));
  const found = all && { all, byIndex: new Map(all.map((leaf) => [leaf.index, leaf])) };
  if (found !== undefined) read.set(tree, found);
  return found;
}

/** Every member; undefined when they are more than a room may have. */
export const leaves = (group: Group): readonly Leaf[] | undefined => leavesIn(group)?.all;
export const leafAt = (group: Group, index: number): Leaf | undefined => leavesIn(group)?.byIndex.get(index);

/** @returns undefined when one is none of ours, or they are more than a room may have. */
export function leavesOf(found: readonly Parameters<typeof leafOf>[0][]): readonly Leaf[] | undefined {
  const all = found.map(leafOf).filter((leaf) => leaf !== undefined);
  return all.length === found.length && all.length <= LIMITS.roomDevicesMax ? all : undefined;
}

/** The member's leaf, if the device is one. */
export function leafOfDevice(group: Group, device: DeviceId): Leaf | undefined {
  return leaves(group)?.find((leaf) => leaf.device === device);
}

/** What the vault is to write so that `after` stands where `before` stood; undefined: nothing stands there. */
export function groupDifference(before: Group | undefined, after: Group | undefined): readonly GroupPart[] {
  return difference(before && mlsOf(before), after && mlsOf(after));
}

/** A group from all its parts, by name. @returns undefined when they are none of this program's, or not of one group. */
export function restoreGroup({ profile }: Suite, parts: ReadonlyMap<string, Uint8Array>): Group | undefined {
  const restored = restore(parts, profile.suite);
  return restored.ok ? groupOf(restored.value) : undefined;
}

/** The same group, which may send although it did: only where what it sent never left. */
export const mayRepeat = ({ profile }: Suite, group: Group): Group => groupOf(unspent(profile, mlsOf(group)));

/** Overwrites the secrets of a group that was left behind, but for those that the `kept` ones hold as well. */
export function forgetGroup(left: Group, kept: readonly Group[]): void {
  forget(mlsOf(left), kept.map(mlsOf));
}
