/** F7 where there is no room for the pane: the list of conversations, by number. */
import { say } from "../../text/index.ts";
import { ACTIONS } from "../actions.ts";
import { FuzzyIndex } from "../fuzzy.ts";
import type { Keymap } from "../keymap.ts";
import type { Overlay } from "../overlay.ts";
import type { Person, RoomState } from "../state.ts";
import { presenceSign, trustSign } from "./people.ts";
import { Picker, type PickerRow } from "./picker.ts";

export interface RoomsParts {
  /** Asked at each draw: the list is alive. */
  rooms(): readonly RoomState[];
  people(): ReadonlyMap<string, Person>;
  readonly keymap: Keymap;
  open(roomId: string): void;
}

export function roomsOverlay(parts: RoomsParts): Overlay {
  return new Picker<RoomState>({
    name: "rooms",
    title: () => say().overlays.rooms.title(parts.rooms().length),
    hints: () => say().overlays.rooms.hints,
    isTyped: true,
    placeholder: () => say().overlays.rooms.placeholder,
    find: (query) => new FuzzyIndex(parts.rooms(), ({ tag }) => ({ text: tag })).find(query),
    rows: (room) => [rowOf(room, parts)],
    pick: ({ roomId }) => parts.open(roomId),
    key: (key) => (key.type === "chord" && key.chord === "f7" ? "close" : undefined),
    nothing: () => [say().overlays.rooms.nothing],
  });
}

function rowOf(room: RoomState, { people, keymap }: RoomsParts): PickerRow {
  const text = say().overlays;
  const person = room.peer === undefined ? undefined : people().get(room.peer);
  const signs = room.kind === "direct" ? `${presenceSign(person)}${trustSign(person)}` : "  ";
  const notes = [room.muted ? text.rooms.muted : "", room.hasDraft ? text.rooms.draft : ""].filter(
    (note) => note !== "",
  );
  const action = ACTIONS.find(({ name }) => name === `room-${room.number}`);
  const unread = room.unread === 0 ? "" : text.palette.unread(room.unread, room.mentions);
  const key = action === undefined ? "" : keymap.keyOf(action.name);
  return {
    left: [
      { text: `${String(room.number).padStart(3)} ${signs} `, role: "dim" },
      { text: room.tag, role: room.unread > 0 && !room.muted ? "unread" : "text" },
      { text: notes.length === 0 ? "" : `  ${notes.join(" · ")}`, role: "dim" },
    ],
    right: [
      { text: unread, role: room.mentions > 0 ? "mention" : "unread" },
      { text: `  ${key.padStart(6)}`, role: "key" },
    ],
  };
}
