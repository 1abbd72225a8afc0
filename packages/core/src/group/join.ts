/** Coming into a group: by a Welcome, or from outside with the GroupInfo of a link. */
import { joinByWelcome, joinFromOutside, type Outside as MlsOutside, parseGroupInfo } from "@sotto/mls";
import { JOIN_INFO_EXTENSION, type RoomInfo, toHex } from "@sotto/wire";
import { type Group, groupOf, groupRoom, infoOf, leafAt, leaves, leavesOf, roomInfo } from "./group.ts";
import type { StoredKeyPackage } from "./key-package.ts";
import { type Leaf, memberOf, type Own } from "./leaf.ts";
import type { Suite } from "./suite.ts";

/** A group that a Welcome led into; its leaves are judged by the caller before it is adopted. */
export interface Welcomed {
  readonly group: Group;
  readonly room: string;
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
  /** Who made it, and signed what it shows. */
  readonly signer: Leaf;
  /** The adder's JoinInfo. */
  readonly joinInfo: Uint8Array | undefined;
  readonly used: StoredKeyPackage;
}

/** Opens a Welcome with whichever of this device's key packages it was made for. */
export function openWelcome(
  { profile }: Suite,
  packages: readonly StoredKeyPackage[],
  bytes: Uint8Array,
): Welcomed | undefined {
  const joined = joinByWelcome(profile, packages, bytes);
  const used = joined.ok ? packages[joined.value.used] : undefined;
  if (!joined.ok || used === undefined) return undefined;
  const group = groupOf(joined.value.group);
  const info = roomInfo(group);
  const members = leaves(group);
  const signer = leafAt(group, joined.value.adder);
  if (info === undefined || members === undefined || signer === undefined) return undefined;
  const joinInfo = joined.value.extensions.find(({ type }) => type === JOIN_INFO_EXTENSION)?.data;
  return { group, room: groupRoom(group), info, leaves: members, signer, joinInfo, used };
}

/** A room as a GroupInfo shows it: held by the rules of MLS; whether its leaves hold is judged by the caller. */
export interface Outside {
  readonly room: string;
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
  /** Who signed it. */
  readonly signer: Leaf;
  readonly mls: MlsOutside;
}

export function readGroupInfo({ profile }: Suite, bytes: Uint8Array): Outside | undefined {
  const parsed = parseGroupInfo(profile, bytes);
  if (!parsed.ok) return undefined;
  const info = infoOf(parsed.value.groupExtensions);
  const members = leavesOf(parsed.value.members);
  const signer = members?.find(({ index }) => index === parsed.value.signer);
  if (info === undefined || members === undefined || signer === undefined) return undefined;
  return { room: toHex(parsed.value.groupId), info, leaves: members, signer, mls: parsed.value };
}

/** Joins from outside; a leaf that this device has there already is taken out by it. */
export function joinExternal(
  { crypto, profile }: Suite,
  own: Own,
  { mls }: Outside,
  authenticated: Uint8Array,
): { readonly bytes: Uint8Array; readonly group: Group } | undefined {
  const joined = joinFromOutside(profile, memberOf(own), mls, authenticated, crypto.random);
  return joined.ok ? { bytes: joined.value.bytes, group: groupOf(joined.value.group) } : undefined;
}
