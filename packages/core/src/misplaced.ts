/** What the relay acknowledged in a place of the log, and another entry was read there. docs/protocol.md, section 13. */
import { adoptOwnCommit } from "./commits.ts";
import { askNewest, giveUpUnlessUnread, patchIntent } from "./outbox.ts";
import type { Intent, Pending, Room } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Gives up what is not in the log, once all of the log was read: nothing behind it would ever leave else. */
export function checkPlaces(turn: Turn, room: Room): void {
  const { room: id, pending, queue, joinedAt } = room;
  const intent = queue.find((one) => isPast(room, one));
  if (intent !== undefined) {
    patchIntent(turn, id, { ...intent, place: undefined });
    giveUpUnlessUnread(turn, id, intent.id, (intent.place ?? 0) > joinedAt);
  }
  if (pending?.kind !== "commit" || !isPast(room, pending)) return;
  turn.patch(id, { pending: { ...pending, place: undefined } });
  askNewest(turn, id, async (later, now) => {
    if (now.pending?.id !== pending.id) return;
    if (now.seq < now.last) {
      // There is more by now: looked at again when that is read.
      later.patch(id, { pending: { ...now.pending, place: now.last } });
      return;
    }
    later.update({ type: "warning", code: "relay-lies", roomId: id });
    await adoptOwnCommit(later, id, now.pending, undefined);
  });
}

const isPast = ({ seq }: Room, { flying, place }: Intent | Pending): boolean =>
  flying && place !== undefined && place <= seq;
