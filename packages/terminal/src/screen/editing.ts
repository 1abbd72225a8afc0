/** Editing with undo and a kill ring, as a value: the same for the line of plain mode and the composer of the screen. */
import {
  type Composer,
  EMPTY_COMPOSER,
  firstLength,
  insert,
  lastLength,
  lineEnd,
  lineStart,
  pastedText,
  plainText,
  wordEnd,
  wordStart,
} from "./composer.ts";
import { graphemes, textWidth } from "./width.ts";

export type EditName =
  | "left"
  | "right"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "line-up"
  | "line-down"
  | "text-start"
  | "text-end"
  | "backspace"
  | "delete"
  | "kill-word"
  | "kill-word-right"
  | "kill-to-start"
  | "kill-to-end"
  | "yank"
  | "yank-pop"
  | "undo"
  | "redo"
  | "newline";

/** A command, or what was typed or pasted. A key of type text or paste is a change as it is. */
export type Change = EditName | { readonly type: "text" | "paste"; readonly text: string };

export interface Editing {
  readonly composer: Composer;
  /** States before, the latest last. */
  readonly undo: readonly Composer[];
  /** States that were undone, the next one last. */
  readonly redo: readonly Composer[];
  /** Texts that were cut away, the latest last. */
  readonly kills: readonly string[];
  /** What the last change was: changes of one kind in a row are one step. */
  readonly last: Last;
}

type Last =
  | { readonly type: "other" | "typing" | "kill" }
  /** Characters that the last yank put in, and the place of its text in `kills`. */
  | { readonly type: "yank"; readonly length: number; readonly place: number };

const STEPS_MAX = 200;
const KILLS_MAX = 30;
/** Over all steps, and over all kills: a pasted megabyte is kept a few times, not two hundred. */
const UNITS_MAX = 8_388_608;
const OTHER: Last = { type: "other" };

export const EMPTY_EDITING: Editing = { composer: EMPTY_COMPOSER, undo: [], redo: [], kills: [], last: OTHER };

/** Another text, as when a room is opened or a line was sent: nothing of the one before comes back, but what was cut. */
export function editingOf(composer: Composer, kills: readonly string[] = []): Editing {
  return { ...EMPTY_EDITING, composer, kills };
}

/** A change that is not in the list, as one step that can be undone: a completion, what an external editor gave. */
export function replaced(editing: Editing, composer: Composer): Editing {
  return step(editing, composer, OTHER);
}

/** A text that was not cut out of this one, and can be put in as if it had been. */
export function withKill(editing: Editing, text: string): Editing {
  return { ...editing, kills: bounded([...editing.kills, text], KILLS_MAX, ({ length }) => length), last: OTHER };
}

const EDIT_OF_CHORD: ReadonlyMap<string, EditName> = new Map([
  ["left", "left"],
  ["ctrl+b", "left"],
  ["right", "right"],
  ["ctrl+f", "right"],
  ["home", "home"],
  ["ctrl+a", "home"],
  ["end", "end"],
  ["ctrl+e", "end"],
  ["ctrl+left", "word-left"],
  ["alt+left", "word-left"],
  ["alt+b", "word-left"],
  ["ctrl+right", "word-right"],
  ["alt+right", "word-right"],
  ["alt+f", "word-right"],
  ["up", "line-up"],
  ["down", "line-down"],
  ["ctrl+home", "text-start"],
  ["alt+<", "text-start"],
  ["ctrl+end", "text-end"],
  ["alt+>", "text-end"],
  ["backspace", "backspace"],
  ["shift+backspace", "backspace"],
  ["delete", "delete"],
  ["ctrl+d", "delete"],
  ["ctrl+w", "kill-word"],
  ["alt+backspace", "kill-word"],
  ["ctrl+backspace", "kill-word"],
  ["alt+d", "kill-word-right"],
  ["ctrl+delete", "kill-word-right"],
  ["alt+delete", "kill-word-right"],
  ["ctrl+u", "kill-to-start"],
  ["ctrl+k", "kill-to-end"],
  ["ctrl+y", "yank"],
  ["alt+y", "yank-pop"],
  ["ctrl+_", "undo"],
  ["ctrl+shift+_", "undo"],
  ["ctrl+shift+-", "undo"],
  ["ctrl+/", "undo"],
  ["alt+_", "redo"],
  ["ctrl+alt+_", "redo"],
  ["ctrl+j", "newline"],
  ["alt+enter", "newline"],
  ["shift+enter", "newline"],
]);

/** What a chord does to a text, where it does nothing else. */
export function editNameOf(chord: string): EditName | undefined {
  return EDIT_OF_CHORD.get(chord);
}

/** @returns the same value when there is nothing to do: a cursor at the edge, nothing to undo. */
export function edited(editing: Editing, change: Change): Editing {
  if (typeof change !== "string") {
    const text = change.type === "paste" ? pastedText(change.text) : plainText(change.text);
    if (text === "") return editing;
    const after = insert(editing.composer, text);
    if (change.type === "paste") return step(editing, after, OTHER);
    return editing.last.type === "typing" && editing.undo.length > 0
      ? { ...editing, composer: after }
      : step(editing, after, { type: "typing" });
  }
  switch (change) {
    case "undo":
      return undone(editing);
    case "redo":
      return redone(editing);
    case "yank":
      return yanked(editing, editing.kills.length - 1);
    case "yank-pop":
      return yankedBefore(editing);
    case "newline":
      return step(editing, insert(editing.composer, "\n"), OTHER);
    case "backspace":
    case "delete":
      return taken(editing, change);
    case "kill-word":
    case "kill-word-right":
    case "kill-to-start":
    case "kill-to-end":
      return killed(editing, change);
    default:
      return moved(editing, placeOf(editing.composer, change));
  }
}

function step(editing: Editing, composer: Composer, last: Last): Editing {
  const undo = bounded(
    [...editing.undo, editing.composer],
    STEPS_MAX,
    ({ before, after }) => before.length + after.length,
  );
  return { ...editing, composer, undo, redo: [], last };
}

/** The latest ones, as many as there is room for; the very latest always. */
function bounded<T>(all: readonly T[], countMax: number, lengthOf: (one: T) => number): readonly T[] {
  let from = all.length - 1;
  let units = lengthOf(all[from] as T);
  while (from > 0 && all.length - from < countMax) {
    units += lengthOf(all[from - 1] as T);
    if (units > UNITS_MAX) break;
    from--;
  }
  return all.slice(Math.max(0, from));
}

function undone(editing: Editing): Editing {
  const composer = editing.undo.at(-1);
  if (composer === undefined) return editing;
  return {
    ...editing,
    composer,
    undo: editing.undo.slice(0, -1),
    redo: [...editing.redo, editing.composer],
    last: OTHER,
  };
}

function redone(editing: Editing): Editing {
  const composer = editing.redo.at(-1);
  if (composer === undefined) return editing;
  return {
    ...editing,
    composer,
    undo: [...editing.undo, editing.composer],
    redo: editing.redo.slice(0, -1),
    last: OTHER,
  };
}

function yanked(editing: Editing, place: number): Editing {
  const text = editing.kills[place];
  if (text === undefined) return editing;
  return step(editing, insert(editing.composer, text), { type: "yank", length: text.length, place });
}

/** Instead of what was just put in, what was cut before it; after the oldest comes the latest again. */
function yankedBefore(editing: Editing): Editing {
  const { last, composer, kills } = editing;
  if (last.type !== "yank" || kills.length < 2) return editing;
  const place = (last.place + kills.length - 1) % kills.length;
  const text = kills[place] ?? "";
  const before = composer.before.slice(0, composer.before.length - last.length) + text;
  return {
    ...editing,
    composer: { before, after: composer.after },
    last: { type: "yank", length: text.length, place },
  };
}

/** One character; several in a row are undone one by one, as they were seen to go. */
function taken(editing: Editing, name: "backspace" | "delete"): Editing {
  const { before, after } = editing.composer;
  const length = name === "backspace" ? lastLength(before) : firstLength(after);
  if (length === 0) return editing;
  const composer =
    name === "backspace"
      ? { before: before.slice(0, before.length - length), after }
      : { before, after: after.slice(length) };
  return step(editing, composer, OTHER);
}

function killed(editing: Editing, name: "kill-word" | "kill-word-right" | "kill-to-start" | "kill-to-end"): Editing {
  const { before, after } = editing.composer;
  const isBack = name === "kill-word" || name === "kill-to-start";
  const from = name === "kill-word" ? wordStart(before) : name === "kill-to-start" ? lineStart(before) : before.length;
  const until = name === "kill-word-right" ? wordEnd(after) : name === "kill-to-end" ? lineEnd(after) : 0;
  const text = isBack ? before.slice(from) : after.slice(0, until);
  if (text === "") return editing;
  const composer = { before: before.slice(0, from), after: after.slice(until) };
  const latest = editing.last.type === "kill" ? editing.kills.at(-1) : undefined;
  const kept = latest === undefined ? editing.kills : editing.kills.slice(0, -1);
  const together = latest === undefined ? text : isBack ? text + latest : latest + text;
  const kills = bounded([...kept, together], KILLS_MAX, (kill) => kill.length);
  const next = latest === undefined ? step(editing, composer, OTHER) : { ...editing, composer };
  return { ...next, kills, last: { type: "kill" } };
}

function moved(editing: Editing, place: number): Editing {
  const { before, after } = editing.composer;
  if (place === before.length) return editing;
  const composer =
    place < before.length
      ? { before: before.slice(0, place), after: before.slice(place) + after }
      : { before: before + after.slice(0, place - before.length), after: after.slice(place - before.length) };
  return { ...editing, composer, last: OTHER };
}

type Move =
  | "left"
  | "right"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "line-up"
  | "line-down"
  | "text-start"
  | "text-end";

/** Where the cursor goes, counted in the whole text. */
function placeOf({ before, after }: Composer, move: Move): number {
  switch (move) {
    case "left":
      return before.length - lastLength(before);
    case "right":
      return before.length + firstLength(after);
    case "home":
      return lineStart(before);
    case "end":
      return before.length + lineEnd(after);
    case "word-left":
      return wordStart(before);
    case "word-right":
      return before.length + wordEnd(after);
    case "text-start":
      return 0;
    case "text-end":
      return before.length + after.length;
    case "line-up": {
      const start = lineStart(before);
      if (start === 0) return before.length;
      const above = before.slice(lineStart(before.slice(0, start - 1)), start - 1);
      return start - 1 - above.length + unitsAt(above, before.slice(start));
    }
    case "line-down": {
      const end = lineEnd(after);
      if (end === after.length) return before.length;
      const below = after.slice(end + 1, end + 1 + lineEnd(after.slice(end + 1)));
      return before.length + end + 1 + unitsAt(below, before.slice(lineStart(before)));
    }
  }
}

/** Further right than this nobody looks for the same column. */
const COLUMN_MAX = 1024;

/** How much of a line stands in as many columns as another text takes: the cursor keeps its column. */
function unitsAt(line: string, above: string): number {
  const columns = textWidth(above.slice(0, COLUMN_MAX));
  let at = 0;
  let width = 0;
  for (const grapheme of graphemes(line.slice(0, 4 * columns + 64))) {
    width += textWidth(grapheme);
    if (width > columns) break;
    at += grapheme.length;
  }
  return at;
}
