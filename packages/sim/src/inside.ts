/** What is on a device's disk, for those who check it. */
import { type Group, groupEpoch, groupSuite, leaves, restoreGroup, roomInfo } from "@sotto/core/group";
import { type AccountRecord, decodeRecord, type IntentRecord, KEYS, type RoomRecord } from "@sotto/core/records";
import { nodeCrypto } from "@sotto/node";
import { type RoomId, toHex } from "@sotto/wire";
import type { Disk } from "./disk.ts";

export const suite = groupSuite(nodeCrypto());

/** What bytes were read as: they are looked at again and again, and never change. */
const read = new WeakMap<Uint8Array, object>();

function decoded<T extends object>(bytes: Uint8Array): T | undefined {
  const found = read.get(bytes) ?? decodeRecord(bytes);
  if (found !== undefined) read.set(bytes, found);
  return found as T | undefined;
}

function record<T extends object>(disk: Disk, key: string): T | undefined {
  const bytes = disk.records.get(key);
  return bytes && decoded<T>(bytes);
}

export const accountOn = (disk: Disk): AccountRecord | undefined => record(disk, KEYS.account);
export const roomOn = (disk: Disk, room: RoomId): RoomRecord | undefined => record(disk, KEYS.room(room));

function under<T extends object>(disk: Disk, prefix: string): readonly T[] {
  return [...disk.records].flatMap(([key, bytes]) => {
    const found = key.startsWith(prefix) ? decoded<T>(bytes) : undefined;
    return found === undefined ? [] : [found];
  });
}

export const roomsOn = (disk: Disk): readonly RoomRecord[] => under(disk, "room/");
export const intentsOn = (disk: Disk): readonly IntentRecord[] => under(disk, "intent/");
export const pendingOn = (disk: Disk): readonly { readonly room: RoomId }[] => under(disk, "pending/");

/** A room's group from its parts, of which there must be no others: what is over is gone. */
export function groupOn(disk: Disk, room: RoomId): Group | undefined {
  const prefix = KEYS.group(room, "");
  const parts = [...disk.records].filter(([key]) => key.startsWith(prefix));
  return restoreGroup(suite, new Map(parts.map(([key, bytes]) => [key.slice(prefix.length), bytes])));
}

/** What every member of a room must agree on. */
export function viewOf(disk: Disk, room: RoomId): string | undefined {
  const [group, found] = [groupOn(disk, room), roomOn(disk, room)];
  if (group === undefined || found === undefined) return undefined;
  const members = leaves(group)?.map(({ account, device }) => `${account} ${device}`) ?? [];
  const { base, seq, hash } = found;
  const info = JSON.stringify(roomInfo(group), (_key, value) => (value instanceof Uint8Array ? toHex(value) : value));
  return JSON.stringify([String(groupEpoch(group)), base, seq, toHex(hash), members.sort(), info]);
}
