/**
 * How much of a room is unread, by sender. Kept in memory and, from time to time, in the vault: counting anew what nobody
 * has read for a year would look at each of these messages, at every start.
 */
import type { AccountId, RoomId } from "@sotto/wire";
import type { Store, StoredMessage } from "./ports.ts";
import { KEYS, type RoomRecord, type TallyRecord } from "./records.ts";
import type { Room } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Messages after which the count is stored again; at a start, so many at most are looked at. */
const AGAIN = 500;

type Counts = ReadonlyMap<AccountId, number>;

/** One more, by somebody else. */
export function countUnread(turn: Turn, room: Room, { account, seq }: StoredMessage): void {
  const unread = new Map(room.unread).set(account, (room.unread.get(account) ?? 0) + 1);
  turn.patch(room.room, { unread });
  if (seq - room.tallied >= AGAIN) putTally(turn, room.room, seq, unread);
}

/** Stores what is unread now: it did not come to be by one more message. */
export function setUnread(turn: Turn, id: RoomId, unread: Counts): void {
  const room = turn.patch(id, { unread });
  putTally(turn, id, room.seq, unread);
}

function putTally(turn: Turn, id: RoomId, seq: number, unread: Counts): void {
  turn.patch(id, { tallied: seq });
  const record: TallyRecord = { room: id, seq, counts: [...unread] };
  turn.put(KEYS.tally(id), record);
}

/** Marks everything up to `seq` as read. */
export async function markRead(turn: Turn, id: RoomId, seq: number): Promise<void> {
  const room = turn.room(id);
  const read = Math.min(seq, room?.seq ?? 0);
  if (room === undefined || read <= room.read) return;
  const unread = await stillUnread(turn, room, read);
  turn.patch(id, { read });
  setUnread(turn, id, unread);
}

/** Counted on the shorter side of the new mark: what was read now, or what is left. */
async function stillUnread(turn: Turn, { room, read: before, seq, unread }: Room, read: number): Promise<Counts> {
  if (read >= seq) return new Map();
  const { account: self } = turn.me;
  if (read - before > seq - read) return turn.store.unread(room, read, self);
  const gone = await turn.store.unread(room, before, self, read);
  const left = [...unread].map(([account, count]) => [account, count - (gone.get(account) ?? 0)] as const);
  return new Map(left.filter(([, count]) => count > 0));
}

/** At a start: the stored count, and what came after it. */
export async function unreadOf(
  store: Store,
  { room, read }: RoomRecord,
  tally: TallyRecord | undefined,
  self: AccountId,
): Promise<Counts> {
  if (tally === undefined) return store.unread(room, read, self);
  const counts = new Map(tally.counts);
  for (const [account, count] of await store.unread(room, Math.max(read, tally.seq), self))
    counts.set(account, (counts.get(account) ?? 0) + count);
  return counts;
}
