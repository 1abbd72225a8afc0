/** What lies at the relay for whoever comes by the link. */
import { encodeJoinInfo, type RoomId } from "@sotto/wire";
import { type Group, makeGroupInfo } from "../group/index.ts";
import type { Turn } from "../turn.ts";
import { type LinkKeys, sealJoinInfo } from "./link-keys.ts";

/** @param point - where a newcomer can compare transcripts: the newest entry that this device has applied. */
export function linkOf(
  turn: Turn,
  room: RoomId,
  keys: LinkKeys,
  group: Group,
  point: { readonly seq: number; readonly hash: Uint8Array },
) {
  const joinInfo = encodeJoinInfo({
    groupInfo: makeGroupInfo(turn.suite, turn.me, group),
    ...point,
    linkSecret: undefined,
  });
  return { tokenHash: keys.tokenHash, groupInfo: sealJoinInfo(turn.ports.crypto, keys, room, joinInfo) };
}
