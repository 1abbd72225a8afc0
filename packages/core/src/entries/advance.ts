/** What every applied entry does, whatever its kind: it moves the room on, and its sender's transcript is compared. */
import { type AccountId, type Entry, equalBytes } from "@sotto/wire";
import { checkOwnLog } from "../rooms/own-log.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";

/** Moves the room past an entry; entry, transcript and whatever changed go into one commit. */
export function advance(turn: Turn, room: Room, entry: Entry, hash: Uint8Array, part: Partial<Room>): void {
  const { seq, kind, id, device, base, header, bytes } = entry;
  turn.changes.push({ type: "entry", entry: { room: room.room, seq, kind, id, device, base, header, bytes, hash } });
  turn.hashes.remember(room.room, seq, hash);
  const head = kind === "commit" ? seq : room.head;
  turn.patch(room.room, { seq, hash, head, backlog: (turn.room(room.room)?.backlog ?? []).slice(1), ...part });
}

/** What a sender says that it had committed, beside the entry that says so. */
export interface Claim {
  /** The entry's own seq. */
  readonly at: number;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly account: AccountId;
}

/**
 * Two members that saw two logs find it out here, at the next honest entry; then nothing is sent in that room.
 *
 * @returns false when it has to be looked first whether the relay still has what it gave.
 */
export async function compareTranscripts(turn: Turn, room: Room, claim: Claim): Promise<boolean> {
  if (claim.seq === 0 || room.forked || room.heldForLiars?.includes(claim.account)) return true;
  // Its sender had seen more than stands before it here: entries were dropped, and the rest moved up.
  const isAhead = claim.seq >= claim.at;
  const own =
    claim.seq === room.seq
      ? room.hash
      : (turn.hashes.get(room.room, claim.seq) ?? (await turn.store.hashAt(room.room, claim.seq)));
  if (!isAhead && (own === undefined || equalBytes(own, claim.hash))) return true;
  if (!isAhead && room.checkedFor !== claim.at) {
    checkOwnLog(turn, room.room, claim.seq, claim.at);
    return false;
  }
  turn.patch(room.room, { forked: true, forkedBy: claim.account });
  turn.update({ type: "warning", code: "log-forked", roomId: room.room, username: turn.nameOf(claim.account) });
  return true;
}
