/** A group as a value: every operation gives a new one and leaves the old as it was. */
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
import {
  type ClientState,
  createGroup as createMlsGroup,
  decodeGroupState,
  type Extension,
  encodeGroupState,
  type RatchetTree,
} from "ts-mls";
import { makeKeyPackage, privatePackage, publicPackage } from "./key-package.ts";
import { type Leaf, leafOf, type Own } from "./leaf.ts";
import { CONFIG, type Suite } from "./suite.ts";

declare const brand: unique symbol;
/** One epoch of one room, with this device's secrets. Opaque: nothing of the library is named outside this folder. */
export interface Group {
  readonly [brand]: "Group";
}

export const groupOf = (state: ClientState): Group => state as unknown as Group;
export const stateOf = (group: Group): ClientState => group as unknown as ClientState;

/** Puts our configuration in place, and keeps no epoch but the current one: the log is linear, none is needed. */
export function settled(state: ClientState): Group {
  return groupOf({ ...state, clientConfig: CONFIG, historicalReceiverData: new Map() });
}

/** A new group with this device alone, in epoch 0. */
export async function createGroup(suite: Suite, own: Own, room: RoomId, info: RoomInfo, now: number): Promise<Group> {
  const made = await makeKeyPackage(suite, own, now, false);
  const state = await createMlsGroup(
    idBytes(room),
    publicPackage(made),
    privatePackage(made, own),
    extensionsOf(info),
    suite.impl,
    CONFIG,
  );
  return settled(state);
}

export function extensionsOf(info: RoomInfo): Extension[] {
  return [{ extensionType: ROOM_INFO_EXTENSION, extensionData: encodeRoomInfo(info) }];
}

/** @returns undefined unless the extensions are one RoomInfo and nothing else. */
export function infoOf(extensions: readonly Extension[]): RoomInfo | undefined {
  const [extension] = extensions;
  if (extensions.length !== 1 || extension?.extensionType !== ROOM_INFO_EXTENSION) return undefined;
  return parseRoomInfo(extension.extensionData);
}

/** The room's info; undefined is possible only in a state that was not judged yet. */
export function roomInfo(group: Group): RoomInfo | undefined {
  return infoOf(stateOf(group).groupContext.extensions);
}

export const groupEpoch = (group: Group): bigint => stateOf(group).groupContext.epoch;
export const groupRoom = (group: Group): string => toHex(stateOf(group).groupContext.groupId);
export const ownIndex = (group: Group): number => stateOf(group).privatePath.leafIndex;
/** True once a commit took this device out. */
export const isRemoved = (group: Group): boolean => stateOf(group).groupActiveState.kind === "removedFromGroup";

/** Trees are values too: a message leaves the tree as it is, and its leaves need not be read again. */
const read = new WeakMap<RatchetTree, readonly Leaf[]>();

/** Every member; undefined when a leaf is none of ours, two share a device or key, or a key stands twice in the tree. */
export function leaves(group: Group): readonly Leaf[] | undefined {
  const { ratchetTree } = stateOf(group);
  const known = read.get(ratchetTree);
  if (known !== undefined) return known;
  const found = leavesOf(ratchetTree);
  if (found !== undefined) read.set(ratchetTree, found);
  return found;
}

/** Nodes of a tree of so many leaves that a room may have devices: the next power of two, and the parents over it. */
const NODES_MAX = 2 * 2 ** Math.ceil(Math.log2(LIMITS.roomDevicesMax)) - 1;

/** Asked before the library looks at a tree that came from outside: it works for minutes on one of many blank nodes. */
export function leavesOf(tree: RatchetTree): readonly Leaf[] | undefined {
  if (tree.length > NODES_MAX) return undefined;
  const found: Leaf[] = [];
  const seen = new Set<string>();
  const once = (key: string) => !seen.has(key) && seen.add(key) !== undefined;
  for (const [index, node] of tree.entries()) {
    if (node === undefined) continue;
    if (node.nodeType === "parent") {
      if (!once(`key ${toHex(node.parent.hpkePublicKey)}`)) return undefined;
      continue;
    }
    const leaf = leafOf(node.leaf, index / 2);
    if (leaf === undefined) return undefined;
    const keys = [`device ${leaf.device}`, `signature ${toHex(leaf.signatureKey)}`, `key ${toHex(leaf.encryptionKey)}`];
    if (!keys.every(once)) return undefined;
    found.push(leaf);
  }
  return found;
}

/** The member's leaf, if the device is one. */
export function leafOfDevice(group: Group, device: DeviceId): Leaf | undefined {
  return leaves(group)?.find((leaf) => leaf.device === device);
}

/** The group as bytes for the vault: secrets of the current epoch included. */
export const encodeGroup = (group: Group): Uint8Array => encodeGroupState(stateOf(group));

export function decodeGroup(bytes: Uint8Array): Group | undefined {
  const decoded = decodeGroupState(bytes, 0);
  return decoded === undefined ? undefined : settled({ ...decoded[0], clientConfig: CONFIG });
}
