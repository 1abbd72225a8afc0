/** Ctrl-K: rooms, people, commands and keys in one list, found by a few letters. */
import { sanitiseName } from "@sotto/wire";
import { usage } from "../../commands/command.ts";
import { COMMANDS } from "../../commands/table.ts";
import { graphemes, textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import { ACTIONS, type ActionName } from "../actions.ts";
import { FuzzyIndex, fuzzyMarks } from "../fuzzy.ts";
import type { Keymap } from "../keymap.ts";
import type { Overlay } from "../overlay.ts";
import type { Person, RoomState, State } from "../state.ts";
import { personWords } from "./people.ts";
import { Picker, type PickerRow } from "./picker.ts";
import type { Piece } from "./rows.ts";

export type PaletteChoice =
  | { readonly type: "room"; readonly roomId: string }
  | { readonly type: "person"; readonly username: string; readonly accountId: string }
  /** To be run as it is: `/whoami`. */
  | { readonly type: "command"; readonly text: string }
  /** To be put into the composer: `/invite ` wants a name. */
  | { readonly type: "compose"; readonly text: string }
  | { readonly type: "action"; readonly name: ActionName };

export interface PaletteParts {
  readonly state: Pick<State, "rooms" | "people" | "me">;
  readonly keymap: Keymap;
  run(choice: PaletteChoice): void;
}

interface Entry {
  readonly kind: "room" | "person" | "command" | "action";
  readonly label: string;
  /** Other names it is found by. */
  readonly also: string;
  readonly detail: string;
  readonly unread: string;
  readonly key: string;
  readonly choice: PaletteChoice;
}

/** What the first sign typed leaves of the list. */
const KINDS: Readonly<Record<string, readonly Entry["kind"][]>> = {
  ">": ["command", "action"],
  "/": ["command"],
  "#": ["room"],
  "@": ["person"],
};

const LABEL_COLUMNS = 24;
/** With less there is room for names alone. */
const DETAIL_COLUMNS_MIN = 50;

export function palette(parts: PaletteParts): Overlay {
  const entries = entriesOf(parts);
  const indexes = new Map<string, FuzzyIndex<Entry>>();
  const indexOf = (sign: string): FuzzyIndex<Entry> => {
    const known = indexes.get(sign);
    if (known !== undefined) return known;
    const kinds = KINDS[sign];
    const some = kinds === undefined ? entries : entries.filter(({ kind }) => kinds.includes(kind));
    // In a sentence the letters of nearly everything are scattered: those are found by the beginning of their words.
    const made = new FuzzyIndex(some, ({ kind, label, also, detail }) =>
      kind === "action" ? { text: "", also: label } : { text: label, also: `${also} ${detail}` },
    );
    indexes.set(sign, made);
    return made;
  };
  let last: { readonly query: string; readonly found: readonly Entry[] } | undefined;
  const find = (query: string): readonly Entry[] => {
    if (last?.query === query) return last.found;
    const { sign, rest } = signOf(query);
    last = { query, found: indexOf(sign).find(rest) };
    return last.found;
  };
  return new Picker<Entry>({
    name: "palette",
    title: () => say().overlays.palette.title,
    hints: () => say().overlays.palette.hints,
    isTyped: true,
    placeholder: () => say().overlays.palette.placeholder,
    find,
    rows: (entry, query, columns) => [rowOf(entry, signOf(query).rest, columns)],
    pick: ({ choice }) => parts.run(choice),
    nothing: () => [say().overlays.palette.nothing],
  });
}

function signOf(query: string): { readonly sign: string; readonly rest: string } {
  const sign = query.charAt(0);
  return KINDS[sign] === undefined ? { sign: "", rest: query } : { sign, rest: query.slice(1) };
}

function rowOf(entry: Entry, query: string, columns: number): PickerRow {
  const marks = fuzzyMarks(query, entry.label);
  const label = graphemes(entry.label).map(
    (text, at): Piece => ({ text, role: marks.has(at) ? "match" : entry.kind === "action" ? "text" : "title" }),
  );
  const width = Math.min(LABEL_COLUMNS, Math.floor(columns / 2));
  const pad = " ".repeat(Math.max(1, width - textWidth(entry.label)) + 1);
  const unread = entry.unread === "" ? [] : [{ text: entry.unread, role: "unread" as const }];
  const key = entry.key === "" ? [] : [{ text: `  ${entry.key}`, role: "key" as const }];
  const detail = columns < DETAIL_COLUMNS_MIN ? "" : entry.detail;
  return {
    left: [...label, { text: pad, role: "text" }, { text: detail, role: "dim" }],
    right: [...unread, ...key],
  };
}

function entriesOf({ state, keymap }: PaletteParts): readonly Entry[] {
  const people = [...state.people.values()].filter(({ accountId }) => accountId !== state.me.accountId);
  const talked = new Set(state.rooms.map(({ peer }) => peer));
  return [
    ...[...state.rooms].sort((one, other) => rank(one) - rank(other)).map((room) => ofRoom(room, state, keymap)),
    ...people.filter(({ accountId }) => !talked.has(accountId)).map(ofPerson),
    ...commands(),
    ...actions(keymap),
  ];
}

/** What wants attention first; the order of the list otherwise. */
function rank({ kind, unread, mentions, muted }: RoomState): number {
  if (muted || unread === 0) return 3;
  if (mentions > 0) return 0;
  return kind === "direct" ? 1 : 2;
}

function ofRoom(room: RoomState, state: PaletteParts["state"], keymap: Keymap): Entry {
  const { palette: text } = say().overlays;
  const action = ACTIONS.find(({ name }) => name === `room-${room.number}`);
  const person = room.peer === undefined ? undefined : state.people.get(room.peer);
  return {
    kind: room.kind === "direct" ? "person" : "room",
    label: room.tag,
    also: "",
    detail: room.kind === "room" ? text.room(room.members) : person === undefined ? text.person : personWords(person),
    unread: room.unread === 0 ? "" : text.unread(room.unread, room.mentions),
    key: action === undefined ? "" : keymap.keyOf(action.name),
    choice: { type: "room", roomId: room.roomId },
  };
}

function ofPerson(person: Person): Entry {
  const { username, accountId } = person;
  const label = `@${sanitiseName(username)}`;
  const choice = { type: "person", username, accountId } as const;
  return { kind: "person", label, also: "", detail: personWords(person), unread: "", key: "", choice };
}

function commands(): readonly Entry[] {
  return COMMANDS.map((command): Entry => {
    const { name, argument, aliases = [] } = command;
    // What may go without its argument runs at once; what needs one is written to its end first.
    const needs = argument !== "" && !argument.startsWith("[");
    return {
      kind: "command",
      label: usage(command),
      also: aliases.join(" "),
      detail: say().commands[name].line,
      unread: "",
      key: "",
      choice: needs ? { type: "compose", text: `/${name} ` } : { type: "command", text: `/${name}` },
    };
  });
}

/** Keys that mean something only while one writes or moves: from here they would do nothing. */
const ONLY_KEYS = /^(?:palette|send|newline|complete|complete-back|interrupt|room-(?:\d+|up|down)|scroll-(?:up|down))$/;

function actions(keymap: Keymap): readonly Entry[] {
  const offered = ACTIONS.filter(({ name, context }) => context === "main" && !ONLY_KEYS.test(name));
  return offered.map(({ name }): Entry => {
    const label = say().actions[name];
    return {
      kind: "action",
      label,
      also: "",
      detail: "",
      unread: "",
      key: keymap.keyOf(name),
      choice: { type: "action", name },
    };
  });
}
