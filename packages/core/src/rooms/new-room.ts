/** A room as it begins in this device, before anything is in it. */
import { type AccountId, type RoomId, transcriptStart } from "@sotto/wire";
import type { Room, Voice } from "../state.ts";
import type { Turn } from "../turn.ts";

export function newRoom(turn: Turn, room: RoomId, part: Partial<Room> & Pick<Room, "kind" | "status">): Room {
  return {
    room,
    peer: undefined,
    seq: 0,
    hash: transcriptStart(room, (bytes) => turn.ports.crypto.sha256(bytes)),
    base: 0,
    head: 0,
    joinedAt: 0,
    secret: undefined,
    read: 0,
    leavers: [],
    forked: false,
    forkedBy: undefined,
    sent: 0,
    renewedAt: turn.now,
    ...IDLE,
    // What this connection brings it has.
    checkedOn: turn.state.session.state === "online" ? turn.state.session.connection : 0,
    ...part,
  };
}

/** What of a room is not kept in the vault, as it is after a start. */
export const IDLE = {
  group: undefined,
  pending: undefined,
  queue: [],
  operations: [],
  last: 0,
  acked: 0,
  fetching: false,
  checkedOn: 0,
  checkingOn: 0,
  backlog: [],
  blocked: false,
  unread: new Map<AccountId, number>(),
  tallied: 0,
  retryAt: 0,
  stalled: false,
  working: false,
  choreAt: undefined,
  healing: false,
  chainsFetchedFor: 0,
  skips: 0,
  unreachable: 0,
  failures: 0,
  choresFrom: 0,
  checkedFor: 0,
  voices: new Map<string, Voice>(),
  asks: [],
} as const satisfies Partial<Room>;
