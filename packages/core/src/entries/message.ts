/** Messages of other devices. */
import { type Entry, equalBytes, parseAuthenticated, parseContent, type RoomId } from "@sotto/wire";
import { noticeLeaver } from "../commits.ts";
import { unpad } from "../content.ts";
import { type OpenedMessage, open, roomInfo } from "../group/index.ts";
import { heardChain } from "../identity/claims.ts";
import { heard, unreadInNewPlace } from "../rooms/astray.ts";
import { linkKeys } from "../rooms/link-keys.ts";
import type { Room } from "../state.ts";
import { showMessage } from "../timeline.ts";
import type { Turn } from "../turn.ts";
import { advance, compareTranscripts } from "./advance.ts";

/** @returns false when the relay has to be asked first. */
export async function applyMessage(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const opened =
    entry.base === room.base && room.group ? open(turn.suite, room.group, "message", entry.bytes) : undefined;
  const authenticated = opened && parseAuthenticated(opened.authenticated);
  if (
    opened?.type !== "message" ||
    authenticated === undefined ||
    opened.sender.device !== entry.device ||
    authenticated.room !== room.room ||
    authenticated.base !== entry.base
  ) {
    // In one linear log an honest member's message opens: the relay moved it, or its sender made it so.
    // Where this device and others may have parted, its sender may hold something else: rooms/astray.ts finds out.
    const mayBeElsewhere = entry.base !== room.base && room.split !== undefined;
    if (entry.base === room.base) unreadInNewPlace(turn, room, entry);
    if (!mayBeElsewhere) turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
    advance(turn, room, entry, hash, {});
    return true;
  }
  const claim = { at: entry.seq, seq: authenticated.seq, hash: authenticated.hash, account: opened.sender.account };
  heard(turn, room.room, entry.device, "here");
  if (!(await compareTranscripts(turn, room, claim))) return false;
  heardChain(turn, opened.sender.account, authenticated.chain);
  const plain = unpad(opened.padded);
  const content = plain && parseContent(plain);
  advance(turn, room, entry, hash, { group: opened.next });
  if (content === undefined || content.id !== entry.id) return true;
  await applyContent(turn, room.room, entry, opened, content);
  return true;
}

async function applyContent(
  turn: Turn,
  id: RoomId,
  entry: Entry,
  { sender }: OpenedMessage,
  content: NonNullable<ReturnType<typeof parseContent>>,
): Promise<void> {
  switch (content.type) {
    case "text":
      return showMessage(turn, {
        room: id,
        seq: entry.seq,
        id: entry.id,
        account: sender.account,
        device: sender.device,
        sentAt: content.sentAt,
        text: content.text,
      });
    case "leave":
      return noticeLeaver(turn, id, { device: sender.device, signature: content.signature });
    case "link-secret": {
      const group = turn.room(id)?.group;
      const info = group && roomInfo(group);
      if (info?.kind !== "room" || info.linkKey === undefined) return;
      const keys = linkKeys(turn.ports.crypto, id, content.secret);
      if (equalBytes(keys.publicKey, info.linkKey)) turn.patch(id, { secret: content.secret });
      return;
    }
    case "unknown":
      return;
  }
}
