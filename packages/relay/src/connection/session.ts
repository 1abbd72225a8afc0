/** What a signed-in device starts from. */
import { LIMITS, type RoomId, type ServerBody } from "@sotto/wire";
import type { Services } from "../services.ts";
import type { Device } from "./state.ts";

/** What the frame takes at most besides its rooms. */
const REST_BYTES = 8 * 1024;
/** Of a room: its id, tags and lengths; to which come the seqs. */
const ROOM_BYTES = 40;
const ACCOUNT_ROOM_BYTES = 36;

/** Reads all that takes time. @returns a function that says how things stand in the moment in which it is called. */
export async function sessionOf(
  services: Services,
  { account, device }: Device,
  { confirmed, admin }: { readonly confirmed: boolean; readonly admin: boolean },
): Promise<() => ServerBody> {
  const { store, rooms, gate } = services;
  const [chain, keyPackages, inboxLast, without, roomsNow] = await Promise.all([
    store.chain(account),
    store.countKeyPackages(device),
    store.inboxLast(device),
    store.roomsWithout(account, device),
    rooms.of(device),
  ]);
  return () => {
    const logs = roomsNow();
    const inside = new Set(logs.filter((log) => log.access.has(device)).map((log) => log.id));
    const places = logs.flatMap((log) => {
      const last = log.readable(device)?.to;
      return last === undefined ? [] : [{ room: log.id, last, head: log.headAt(last) }];
    });
    // It may have been brought in since the store was asked.
    const others = without.filter((room) => !inside.has(room));
    return {
      type: "session",
      confirmed,
      admin,
      ...fitting(places, others, LIMITS.frameBytesMax - REST_BYTES),
      inboxLast,
      keyPackages,
      accessPassword: confirmed ? gate.shared : "",
      address: services.address(),
      chainLength: chain.length,
    };
  };
}

interface Place {
  readonly room: RoomId;
  readonly last: number;
  readonly head: number;
}

/**
 * As many rooms as a frame takes, the newest. Anybody may be put into rooms by others, and a Session that could not be
 * sent would shut them out.
 *
 * @param places, others - oldest first.
 */
export function fitting(places: readonly Place[], others: readonly RoomId[], bytesMax: number) {
  let left = bytesMax;
  const newest = <T>(all: readonly T[], bytesOf: (one: T) => number): readonly T[] => {
    let first = all.length;
    for (const one of all.toReversed()) {
      const bytes = bytesOf(one);
      if (bytes > left) break;
      left -= bytes;
      first--;
    }
    return all.slice(first);
  };
  const rooms = newest(places, ({ last, head }) => ROOM_BYTES + varintBytes(last) + varintBytes(head));
  return { rooms, accountRooms: newest(others, () => ACCOUNT_ROOM_BYTES) };
}

const varintBytes = (value: number): number => Math.max(1, Math.ceil(Math.log2(value + 1) / 7));
