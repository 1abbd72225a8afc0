/** Whether the relay still has what it gave: where it contradicts itself, it is not a member who lies. */
import { type Entry, equalBytes, parseHeader, type RoomId } from "@sotto/wire";
import { waitOf } from "../bounds.ts";
import type { StoredEntry } from "../ports.ts";
import type { Room } from "../state.ts";
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
 * Once on each connection, before anything of a room is applied or sent: the relay still has the newest entry that this
 * device has. A log that is as long again as it was, or longer, shows in nothing else that it went on with others.
 *
 * @returns false while that is not known.
 */
export function isOwnLog(turn: Turn, id: RoomId): boolean {
  const room = turn.room(id);
  const { session } = turn.state;
  if (room === undefined || room.status !== "member" || session.state !== "online") return true;
  const { connection } = session;
  if (room.checkedOn === connection || room.seq === 0) return true;
  if (room.checkingOn === connection) return false;
  turn.patch(id, { checkingOn: connection });
  compareFrom(turn, id, room.seq, room.seq, async (later, isSame, place, first) => {
    const now = later.room(id);
    if (now === undefined) return;
    later.patch(id, { checkedOn: connection });
    if (isSame && !isBroughtInBehind(later, now, place, first)) later.attend(id);
    else differs(later, id, place);
  });
  return false;
}

/**
 * The relay lets this device read from a later commit on than the entry that it has, one that brings it in: it has
 * forgotten that this device was in. Without going back it forgets only who has read up to a commit that took them out.
 * Who stands at the newest commit that it has read has read none: that one counts, by header too, and has it in.
 *
 * @param first - the first entry that the relay gives from `place` on.
 */
function isBroughtInBehind(turn: Turn, room: Room, place: number, first: Entry | undefined): boolean {
  const { status, astray, seq, joinedAt, head, base } = room;
  const isIn = status === "member" && astray === undefined && seq === place && seq >= joinedAt && head === base;
  return isIn && first !== undefined && first.seq > place && bringsIn(turn, first);
}

export function bringsIn(turn: Turn, entry: Entry): boolean {
  const header = parseHeader(entry.header);
  return entry.kind === "commit" && header.ok && header.value.adds.some((add) => add.device === turn.me.device);
}

function differs(turn: Turn, id: RoomId, place: number): void {
  turn.patch(id, { diverged: place });
  turn.update({ type: "warning", code: "relay-rolled-back", roomId: id });
  turn.halt("relay-rolled-back");
}

const AGAIN_MS = 5000;
/** So many places before the one in question are looked at: a log that went on with others may be the same again there. */
const BEFORE = 100;

/**
 * A member's transcript differs: if the relay gives something else in that place now than it gave this device, or in one
 * before it, it went back in time and on with other entries, although its log is no shorter.
 */
export function checkOwnLog(turn: Turn, room: RoomId, seq: number, at: number): void {
  // It waits unapplied: were it read on here, the place that it is read again from would have no keys for it.
  turn.patch(room, { blocked: true });
  compareFrom(turn, room, seq, seq, async (later, isSame, place) => {
    if (isSame && place === seq && seq > 1) return compareFrom(later, room, Math.max(1, seq - BEFORE), seq - 1, found);
    return found(later, isSame, place);
  });

  async function found(later: Turn, isSame: boolean, place: number): Promise<void> {
    if (later.room(room) === undefined) return;
    later.patch(room, { blocked: false, checkedFor: at });
    later.attend(room);
    if (!isSame) differs(later, room, place);
  }
}

/**
 * Compares places of the log with what was applied here. An answer that is lost or put off says nothing: it is asked for
 * again, by whoever asked on the next connection.
 *
 * @param then - gets the first place that differs, else the last one; and the first that the relay gave at all.
 */
function compareFrom(
  turn: Turn,
  room: RoomId,
  from: number,
  to: number,
  then: (turn: Turn, isSame: boolean, place: number, first: Entry | undefined) => Promise<void>,
): void {
  turn.ask({ type: "fetch", room, from, limit: to - from + 1 }, async (later, body) => {
    if (body === undefined) return undefined;
    if (body.type === "refused" && (body.code === "rate-limited" || body.code === "internal")) {
      const waitMs = body.code === "internal" ? AGAIN_MS : waitOf(body.retryMs);
      later.sleep(
        waitMs,
        async (woken) => compareFrom(woken, room, from, to, then),
        () => undefined,
      );
      return undefined;
    }
    const theirs = body.type === "fetched" ? body.entries : [];
    const own = await later.store.entries(room, from, to - from + 1);
    const other = own.find((one) => one.seq <= to && theirs.some((their) => isAnother(one, their)));
    await then(later, other === undefined, other?.seq ?? to, theirs[0]);
    return undefined;
  });
}

/** The same entry with something changed was changed under way, which going back does not bring about. */
const isAnother = (own: StoredEntry, their: Entry): boolean =>
  own.seq === their.seq && own.id !== their.id && !equalBytes(own.bytes, their.bytes);
