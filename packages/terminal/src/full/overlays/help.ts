/** F1: every key as it is bound now, every command of the table, found by typing. */
import { usage } from "../../commands/command.ts";
import { COMMANDS } from "../../commands/table.ts";
import type { Key } from "../../screen/keys.ts";
import { textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import { ACTIONS, type Group } from "../actions.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Keymap } from "../keymap.ts";
import type { Overlay } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { Field } from "./field.ts";
import { frame, roomyIn } from "./frame.ts";
import { passes } from "./passing.ts";
import { putRow, type Row, wrap } from "./rows.ts";
import { Scrolling } from "./scrolling.ts";

type Entry =
  | { readonly type: "heading"; readonly text: string }
  /** `action`: its name in keys.toml. */
  | { readonly type: "entry"; readonly name: string; readonly text: string; readonly action?: string };

const COLUMNS_MAX = 92;
const NAME_COLUMNS = 24;
const SECTIONS = ["talk", "rooms", "trust", "account", "sotto", "operator"] as const;
const ROOM_NUMBER = /^room-(?:[2-9]|10)$/;

export class Help implements Overlay {
  readonly name = "help";
  readonly #entries: readonly Entry[];
  readonly #field = new Field();
  readonly #scrolling = new Scrolling();
  #drawn: { readonly columns: number; readonly query: string; readonly rows: readonly Row[] } | undefined;

  constructor(keymap: Keymap) {
    this.#entries = [...keys(keymap), ...commands()];
  }

  press(key: Key): "taken" | "ignored" | "close" {
    if (passes(key)) return "ignored";
    if (key.type === "chord" && key.chord === "f1") return "close";
    if (key.type === "chord" && (key.chord === "escape" || key.chord === "ctrl+c")) {
      // The first Esc shows everything again.
      if (this.#field.isEmpty) return "close";
      this.#field.set("");
      return "taken";
    }
    if (!this.#scrolling.press(key) && this.#field.press(key)) this.#scrolling.show(0);
    return "taken";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const text = say().overlays.help;
    const inside = frame(canvas, area, theme, {
      title: text.title,
      hints: text.hints,
      rows: roomyIn(area).rows,
      columns: Math.min(COLUMNS_MAX, roomyIn(area).columns),
    });
    const until = inside.column + inside.columns;
    canvas.cursor = undefined;
    const column = canvas.put(inside.row, inside.column, inside.columns > 4 ? "> " : "", theme.style("key"), until);
    if (this.#field.isEmpty) canvas.put(inside.row, column, text.placeholder, theme.style("dim"), until);
    this.#field.draw(canvas, inside.row, column, until, theme.style("input"));
    const rows = this.#rowsOf(inside.columns);
    const room = Math.max(0, inside.rows - 1);
    const shown = rows.length === 0 ? [[{ text: text.nothing, role: "dim" as const }]] : rows;
    const top = this.#scrolling.top(shown.length, room);
    shown.slice(top, top + room).forEach((row, index) => {
      putRow(canvas, { row: inside.row + 1 + index, column: inside.column }, row, theme, until);
    });
  }

  #rowsOf(columns: number): readonly Row[] {
    const query = this.#field.text;
    if (this.#drawn?.columns !== columns || this.#drawn.query !== query)
      this.#drawn = { columns, query, rows: rowsOfEntries(this.#wanted(), columns) };
    return this.#drawn.rows;
  }

  /** Entries with each of the words in them, below their headings. */
  #wanted(): readonly Entry[] {
    const words = this.#field.text.toLowerCase().split(/\s+/);
    const fits = (entry: Entry): boolean =>
      entry.type === "entry" && words.every((word) => searched(entry).includes(word));
    if (this.#field.isEmpty) return this.#entries;
    const found = this.#entries.filter((entry, index) => {
      if (entry.type === "entry") return fits(entry);
      const next = this.#entries.findIndex((other, at) => at > index && other.type === "heading");
      return this.#entries.slice(index, next < 0 ? undefined : next).some(fits);
    });
    // Whoever wants to bind a key anew finds here what its action is called.
    return found.map((entry) =>
      entry.type === "entry" && entry.action !== undefined
        ? { ...entry, text: `${entry.text} (${entry.action})` }
        : entry,
    );
  }
}

function searched({ name, text, action = "" }: Extract<Entry, { type: "entry" }>): string {
  return `${name} ${text} ${action}`.toLowerCase();
}

function keys(keymap: Keymap): readonly Entry[] {
  const text = say().overlays.help;
  const groups: readonly Group[] = ["go", "read", "write", "screen", "empty", "selection"];
  return groups.flatMap((group): readonly Entry[] => {
    const here = ACTIONS.filter((action) => action.group === group && !ROOM_NUMBER.test(action.name));
    const entries = here.map(({ name }): Entry => {
      const bound = keymap.keysOf(name);
      // Ten lines that say the same but for a number would hide the others.
      const all = name === "room-1" ? text.rooms(keymap.keyOf(name), keymap.keyOf("room-10")) : bound.join(", ");
      return {
        type: "entry",
        name: all === "" ? text.unbound : all,
        text: name === "room-1" ? text.byNumber : say().actions[name],
        action: name === "room-1" ? "room-1 … room-10" : name,
      };
    });
    const heading: Entry = { type: "heading", text: text.groups[group] };
    if (group === "screen") return [heading, ...entries, ...tabbed(text.mouse)];
    if (group === "write")
      return [heading, ...entries, { type: "heading", text: text.editing }, ...tabbed(text.editKeys)];
    return [heading, ...entries];
  });
}

function tabbed(lines: string): readonly Entry[] {
  return lines.split("\n").map((line): Entry => {
    const [name = "", what = ""] = line.split("\t");
    return { type: "entry", name, text: what };
  });
}

function commands(): readonly Entry[] {
  return SECTIONS.flatMap((section): readonly Entry[] => {
    const here = COMMANDS.filter((command) => command.section === section);
    const entries = here.map((command): Entry => {
      const { line, more } = say().commands[command.name];
      const also = (command.aliases ?? []).map((alias) => `/${alias}`).join(", ");
      const text = [line, also === "" ? "" : say().overlays.help.also(also), more].filter((part) => part !== "");
      return { type: "entry", name: usage(command), text: text.join(". ") };
    });
    return [{ type: "heading", text: say().overlays.help.sections[section] }, ...entries];
  });
}

function rowsOfEntries(entries: readonly Entry[], columns: number): readonly Row[] {
  const width = Math.min(NAME_COLUMNS, Math.floor(columns / 2));
  return entries.flatMap((entry, index): readonly Row[] => {
    if (entry.type === "heading") return [...(index === 0 ? [] : [[]]), [{ text: entry.text, role: "title" }]];
    const name = wrap([{ text: entry.name, role: "key" }], Math.max(1, width - 2));
    const text = wrap([{ text: entry.text, role: "text" }], Math.max(1, columns - width - 2));
    return Array.from({ length: Math.max(name.length, text.length) }, (_, at): Row => {
      const left = name[at] ?? [];
      const used = left.reduce((sum, piece) => sum + textWidth(piece.text), 0);
      return [
        { text: "  ", role: "text" },
        ...left,
        { text: " ".repeat(Math.max(0, width - used)), role: "text" },
        ...(text[at] ?? []),
      ];
    });
  });
}
