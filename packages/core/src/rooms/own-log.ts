/** Whether the relay still has what it gave: where it contradicts itself, it is not a member who lies. */
import { type Entry, equalBytes, type RoomId } from "@sotto/wire";
import type { StoredEntry } from "../ports.ts";
import type { Turn } from "../turn.ts";

/** Whether an entry is the one that was applied here, byte for byte. */
export function isSameEntry(one: StoredEntry, other: Entry): boolean {
  return (
    one.seq === other.seq &&
    one.kind === other.kind &&
    one.id === other.id &&
    one.device === other.device &&
    one.base === other.base &&
    equalBytes(one.header, other.header) &&
    equalBytes(one.bytes, other.bytes)
  );
}

/**
 * A member's transcript differs: if the relay gives something else in that place now than it gave this device, it went
 * back in time and on with other entries, although its log is no shorter.
 */
export function checkOwnLog(turn: Turn, room: RoomId, seq: number, at: number): void {
  // It waits unapplied: were it read on here, the place that it is read again from would have no keys for it.
  turn.patch(room, { blocked: true });
  turn.ask({ type: "fetch", room, from: seq, limit: 1 }, async (later, body) => {
    const [theirs] = body?.type === "fetched" ? body.entries : [];
    const [own] = await later.store.entries(room, seq, 1);
    if (later.room(room) === undefined) return undefined;
    later.patch(room, { blocked: false, checkedFor: at });
    later.attend(room);
    // The same entry with something changed was changed under way, which going back does not bring about.
    const isAnother = theirs?.seq === seq && own?.seq === seq && theirs.id !== own.id;
    if (!isAnother || equalBytes(theirs.bytes, own.bytes)) return undefined;
    later.patch(room, { diverged: seq });
    later.update({ type: "warning", code: "relay-rolled-back", roomId: room });
    later.halt("relay-rolled-back");
    return undefined;
  });
}
