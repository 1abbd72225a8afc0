/** The command that shows a window of a room's timeline. */
import { type RoomId, roomId } from "@sotto/wire";
import type { Params, TimelineEvent, TimelineItem, TimelinePage } from "../api.ts";
import type { StoredEvent, StoredItem, Window } from "../ports.ts";
import { directOf } from "../rooms/direct.ts";
import { asMessage } from "../timeline.ts";
import type { Turn } from "../turn.ts";

export async function listTimeline(turn: Turn, command: number, params: Params<"timeline.list">): Promise<void> {
  const parsed = roomId(params.roomId);
  const room = parsed && directOf(turn, parsed);
  if (room === undefined || room.status === "joining") return turn.refuse(command, "unknown-room");
  const { before, after, limit = 50 } = params;
  if (before !== undefined && after !== undefined)
    return turn.refuse(command, "bad-request", undefined, "before and after exclude each other: name one place");
  const found = await turn.store.timeline(room.room, { before, after }, limit);
  // A page that reaches the end needs no look at what follows it: what comes in is asked for in such pages.
  const isLast = before === undefined && (after === undefined || found.length < limit);
  const { earlier, later } = await beside(turn, room.room, { before, after }, found, isLast);
  const page: TimelinePage = {
    items: itemsOf(turn, found, later),
    read: room.read,
    atStart: earlier === undefined,
    atEnd: later === undefined,
  };
  turn.answer(command, page);
}

/** What stands next to the items that were found; where none were, next to the place that was named. */
async function beside(
  turn: Turn,
  room: RoomId,
  { before, after }: Window,
  found: readonly StoredItem[],
  isLast: boolean,
) {
  const [first, last] = [found.at(0), found.at(-1)];
  const start = first === undefined ? (before ?? (after === undefined ? undefined : after + 1)) : seqOf(first);
  const end = last === undefined ? (after ?? (before === undefined ? undefined : before - 1)) : seqOf(last);
  const [earlier] = start === undefined ? [] : (await turn.store.timeline(room, { before: start }, 1)).slice(-1);
  const [later] = end === undefined || isLast ? [] : await turn.store.timeline(room, { after: end }, 1);
  return { earlier, later };
}

/** From the end on: nothing happened later than the message that follows it was sent. */
function itemsOf(turn: Turn, found: readonly StoredItem[], later: StoredItem | undefined): readonly TimelineItem[] {
  let latest = sentAtOf(later) ?? Number.POSITIVE_INFINITY;
  const items = found.toReversed().map((item): TimelineItem => {
    latest = sentAtOf(item) ?? latest;
    if (item.type === "message") return { kind: "message", ...asMessage(turn, item.message) };
    return asEvent(turn, item.event, Math.min(item.event.at, latest));
  });
  return items.reverse();
}

function asEvent(turn: Turn, { seq, event, by, who, name }: StoredEvent, at: number): TimelineEvent {
  return {
    kind: "event",
    seq,
    at,
    event,
    by: turn.nameOf(by),
    byId: by,
    ...(who === undefined ? {} : { who: turn.nameOf(who), whoId: who }),
    ...(name === undefined ? {} : { name }),
  };
}

const seqOf = (item: StoredItem): number => (item.type === "message" ? item.message.seq : item.event.seq);
/** When a message was sent, as whoever sent it says; undefined where that cannot be, and nothing beside it is to move there. */
function sentAtOf(item: StoredItem | undefined): number | undefined {
  if (item?.type !== "message") return undefined;
  return item.message.sentAt >= EARLIEST ? item.message.sentAt : undefined;
}

/** No message is older than this program: a clock that says so was never set, or somebody means ill. */
const EARLIEST = 1_577_836_800_000; // 2020-01-01T00:00Z
