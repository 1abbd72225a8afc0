/** The timeline: messages as people see them, and what of it is unread. */
import type { Message } from "./api.ts";
import type { StoredMessage } from "./ports.ts";
import type { Turn } from "./turn.ts";
import { countUnread } from "./unread.ts";

/** A message was applied: it is stored, and told unless it is one's own. */
export async function showMessage(turn: Turn, message: StoredMessage): Promise<void> {
  turn.message(message);
  if (message.device === turn.me.device) return;
  turn.update({ type: "message", roomId: message.room, ...asMessage(turn, message) });
  const room = turn.room(message.room);
  if (room === undefined || message.account === turn.me.account || message.seq <= room.read) return;
  countUnread(turn, room, message);
}

export function asMessage(turn: Turn, message: StoredMessage): Message {
  const { id, seq, account, sentAt, text } = message;
  return { messageId: id, seq, sender: turn.nameOf(account), senderId: account, sentAt, text };
}

/** Once after each connect, when all rooms are caught up: how much is unread, and from whom. */
export function digest(turn: Turn): void {
  const { digestDue, session, rooms, inbox, me } = turn.state;
  if (
    !digestDue ||
    session.state !== "online" ||
    me === undefined ||
    me.inbox < session.relay.inboxLast ||
    inbox.length > 0
  )
    return;
  const counts = new Map<string, number>();
  for (const room of rooms.values()) {
    if (room.status !== "member") continue;
    if (room.seq < room.last) return;
    for (const [account, count] of room.unread) {
      const username = turn.nameOf(account);
      counts.set(username, (counts.get(username) ?? 0) + count);
    }
  }
  const from = [...counts]
    .map(([username, count]) => ({ username, count }))
    .sort((one, other) => other.count - one.count);
  turn.set({ digestDue: false });
  turn.update({ type: "unread", total: from.reduce((sum, { count }) => sum + count, 0), from });
}
