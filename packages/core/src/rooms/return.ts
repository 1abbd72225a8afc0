/** This device stands in a room again after it was out of step: nothing that waits is lost, and what nobody read is sent again. */
import type { RoomId } from "@sotto/wire";
import type { StoredMessage } from "../ports.ts";
import { KEYS } from "../records.ts";
import type { Intent, Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { setUnread } from "../unread.ts";
import { nameOf } from "./names.ts";

/** Own messages that are sent again; what is older stays as it is. */
const AGAIN_MAX = 1000;

/** @param before - the room as it was; @param at - the entry that brought this device in again. */
export async function cameBack(turn: Turn, before: Room, at: number): Promise<void> {
  const id = before.room;
  const unread = await unreadByOthers(turn, before, at);
  const missed = new Set((before.missed ?? []).filter((seq) => seq < at)).size + Math.max(0, at - 1 - before.seq);
  turn.patch(id, {
    voices: new Map(),
    missed: undefined,
    astray: undefined,
    returned: { times: timesLately(turn, before) + 1, at: turn.now },
    stalled: false,
    working: false,
    blocked: false,
    choreAt: undefined,
    healing: false,
    skips: 0,
    leavers: [],
    sent: 0,
    renewedAt: turn.now,
  });
  // What it passed over is read again: that stands below the last count.
  setUnread(turn, id, turn.room(id)?.unread ?? new Map());
  sendAgain(turn, id, unread);
  turn.notice("came-back", { room: nameOf(turn, before), missed, again: unread.length });
  turn.update({ type: "room", roomId: id, event: "members" });
}

const LATELY_MS = 86_400_000;

const timesLately = (turn: Turn, { returned }: Room): number =>
  returned === undefined || turn.now - returned.at > LATELY_MS ? 0 : returned.times;

/** Own messages that stand in the log behind the split: for all others they are in an epoch that never was. */
async function unreadByOthers(turn: Turn, { room, split }: Room, at: number): Promise<readonly StoredMessage[]> {
  if (split === undefined) return [];
  const inTurn = turn.changes.flatMap((change) => (change.type === "message" ? [change.message] : []));
  const stored = await turn.store.messages(room, at, AGAIN_MAX);
  const isLost = (one: StoredMessage) =>
    one.room === room && one.device === turn.me.device && one.seq > split.seq && one.seq < at;
  return [...stored, ...inTurn.filter((one) => !stored.some(({ id }) => id === one.id))].filter(isLost);
}

/** Of no log: a ciphertext for this head is made anew before it is sent. */
const NO_HEAD = -1;

/**
 * Before what waits already, which was written later; under new ids, since the relay holds the old ones. What was
 * encrypted among that may stand in the log; where it does not, it is encrypted anew: its key comes before those that
 * others read now, and it tells of a log that is no more.
 */
export function sendAgain(turn: Turn, id: RoomId, messages: readonly StoredMessage[]): void {
  const room = turn.room(id);
  if (room === undefined || messages.length === 0) return;
  let order = turn.state.order;
  const again: Intent[] = messages.map((message) => ({
    order: order++,
    room: id,
    id: turn.newId(),
    createdAt: message.sentAt,
    task: { type: "text", text: message.text },
    attempt: undefined,
    earlier: [],
    dead: [],
    flying: false,
    stale: 0,
  }));
  const waiting = room.queue.map((intent): Intent => {
    turn.delete(KEYS.intent(intent.order));
    const attempt = intent.attempt && { ...intent.attempt, head: NO_HEAD };
    return { ...intent, attempt, order: order++ };
  });
  turn.set({ order });
  turn.patch(id, { queue: [...again, ...waiting] });
  for (const intent of [...again, ...waiting]) turn.putIntent(intent);
}
