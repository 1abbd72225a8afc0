/** Where something waits to be read, the most urgent first. */
import type { RoomState, State } from "../state.ts";

/** Not the open conversation, nor those that are muted: mentions, then people, then the rest, each by number. */
export function unreadRooms(state: State): readonly RoomState[] {
  return state.rooms
    .filter(({ roomId, unread, muted }) => unread > 0 && !muted && roomId !== state.open?.roomId)
    .sort((a, b) => urgency(a) - urgency(b) || a.number - b.number);
}

function urgency({ mentions, kind }: RoomState): number {
  return mentions > 0 ? 0 : kind === "direct" ? 1 : 2;
}

/** `17!`: how many, and whether one's own name is among them. */
export function unreadCount({ unread, mentions }: RoomState): string {
  return `${unread > 9999 ? "9999+" : unread}${mentions > 0 ? "!" : ""}`;
}

/** `ops` of `#ops`; `@alice` stays, so that people can be told from rooms, whatever those are called. */
export function shortTag({ tag }: RoomState): string {
  return tag.replace(/^#(?=[^@])/, "");
}
