/** Coming into a group: by a Welcome, or from outside with the GroupInfo of a link. */
import { JOIN_INFO_EXTENSION, type RoomInfo, toHex } from "@sotto/wire";
import {
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  type GroupInfo,
  joinGroupExternal,
  joinGroupWithExtensions,
  type KeyPackage,
  type Welcome,
} from "ts-mls";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { type Group, groupRoom, infoOf, leaves, leavesOf, roomInfo, settled } from "./group.ts";
import { makeKeyPackage, privatePackage, publicPackage, type StoredKeyPackage } from "./key-package.ts";
import type { Leaf, Own } from "./leaf.ts";
import { CONFIG, type Suite } from "./suite.ts";

/** A group that a Welcome led into; its leaves are judged by the caller before it is adopted. */
export interface Welcomed {
  readonly group: Group;
  readonly room: string;
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
  /** The adder's JoinInfo. */
  readonly joinInfo: Uint8Array | undefined;
  readonly used: StoredKeyPackage;
}

/** Opens a Welcome with whichever of this device's key packages it was made for. */
export async function openWelcome(
  suite: Suite,
  own: Own,
  packages: readonly StoredKeyPackage[],
  bytes: Uint8Array,
): Promise<Welcomed | undefined> {
  try {
    const decoded = decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length || decoded[0].wireformat !== "mls_welcome")
      return undefined;
    const { welcome } = decoded[0];
    const wanted = new Set(welcome.secrets.map((secret) => toHex(secret.newMember)));
    for (const used of packages) {
      const keyPackage = publicPackage(used);
      if (!wanted.has(toHex(await makeKeyPackageRef(keyPackage, suite.impl.hash)))) continue;
      if (!(await isBounded(suite, welcome, keyPackage, used))) return undefined;
      const [state, extensions] = await joinGroupWithExtensions(
        welcome,
        keyPackage,
        privatePackage(used, own),
        emptyPskIndex,
        suite.impl,
        undefined,
        undefined,
        CONFIG,
      );
      const group = settled(state);
      const info = roomInfo(group);
      const members = leaves(group);
      if (info === undefined || members === undefined) return undefined;
      const joinInfo = extensions.find((extension) => extension.extensionType === JOIN_INFO_EXTENSION)?.extensionData;
      return { group, room: groupRoom(group), info, leaves: members, joinInfo, used };
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** Looks into a Welcome before the library works on it: a tree of ours, and no pre-shared keys. */
async function isBounded(
  suite: Suite,
  welcome: Welcome,
  keyPackage: KeyPackage,
  used: StoredKeyPackage,
): Promise<boolean> {
  const { hpke, kdf, hash } = suite.impl;
  const key = await hpke.importPrivateKey(used.initKey);
  const secrets = await decryptGroupSecrets(key, await makeKeyPackageRef(keyPackage, hash), welcome, hpke);
  if (secrets === undefined || secrets.psks.length > 0) return false;
  const groupInfo = await decryptGroupInfo(welcome, secrets.joinerSecret, new Uint8Array(kdf.size), suite.impl);
  const tree = groupInfo && ratchetTreeFromExtension(groupInfo);
  return tree !== undefined && leavesOf(tree) !== undefined;
}

/** What a GroupInfo says, before anything is believed. */
export interface Outside {
  readonly room: string;
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
}

export function readGroupInfo(bytes: Uint8Array): Outside | undefined {
  try {
    const groupInfo = parse(bytes);
    const tree = groupInfo && ratchetTreeFromExtension(groupInfo);
    const members = tree && leavesOf(tree);
    const info = groupInfo && infoOf(groupInfo.groupContext.extensions);
    if (groupInfo === undefined || members === undefined || info === undefined) return undefined;
    return { room: toHex(groupInfo.groupContext.groupId), info, leaves: members };
  } catch {
    return undefined;
  }
}

/** Joins from outside. @param again - this device has a leaf there already, which the commit takes out. */
export async function joinExternal(
  suite: Suite,
  own: Own,
  groupInfoBytes: Uint8Array,
  authenticated: Uint8Array,
  again: boolean,
  now: number,
): Promise<{ readonly bytes: Uint8Array; readonly group: Group } | undefined> {
  try {
    const groupInfo = parse(groupInfoBytes);
    // Asked to take out a leaf that is not there, the library searches for ever.
    const before = readGroupInfo(groupInfoBytes);
    if (
      groupInfo === undefined ||
      before === undefined ||
      before.leaves.some((leaf) => leaf.device === own.device) !== again
    )
      return undefined;
    const made = await makeKeyPackage(suite, own, now, false);
    const { publicMessage, newState } = await joinGroupExternal(
      groupInfo,
      publicPackage(made),
      privatePackage(made, own),
      again,
      suite.impl,
      undefined,
      CONFIG,
      authenticated,
    );
    const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
    return { bytes, group: settled(newState) };
  } catch {
    return undefined;
  }
}

function parse(bytes: Uint8Array): GroupInfo | undefined {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length || decoded[0].wireformat !== "mls_group_info")
    return undefined;
  return decoded[0].groupInfo;
}
