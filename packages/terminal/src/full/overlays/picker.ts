/** A list from which one entry is chosen: by typing a part of it, by moving, or with the mouse. */
import type { Line } from "../../output.ts";
import type { Key } from "../../screen/keys.ts";
import { textWidth } from "../../screen/width.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Overlay } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { Field } from "./field.ts";
import { frame, roomyIn } from "./frame.ts";
import { passes } from "./passing.ts";
import { putRow, type Row, rowsOf, textOfRow } from "./rows.ts";
import { Selection } from "./selection.ts";

/** `right` stands at the right edge, before `left` takes the room. */
export interface PickerRow {
  readonly left: Row;
  readonly right?: Row;
}

export interface PickerOptions<T> {
  readonly name: string;
  title(): string;
  hints(): string;
  /** Letters go into a field at once; else they are keys, and `/` opens the field. */
  readonly isTyped: boolean;
  /** What is typed already. */
  readonly query?: string;
  /** What stands in the empty field. */
  placeholder(): string;
  /** Asked again at each key and each draw: it has to be quick. */
  find(query: string): readonly T[];
  /** Rows that each entry takes. */
  height?(columns: number): number;
  rows(item: T, query: string, columns: number): readonly PickerRow[];
  /** It was chosen; the picker closes. */
  pick(item: T): void;
  /** Goes before all that the picker does itself. */
  key?(key: Key, item: T | undefined): "taken" | "close" | undefined;
  changed?(query: string): void;
  /** Where there is nothing to choose. */
  nothing(query: string): Line;
}

const COLUMNS_MAX = 100;
const ROWS_MAX = 30;

export class Picker<T> implements Overlay {
  readonly name: string;
  readonly #options: PickerOptions<T>;
  readonly #field = new Field();
  readonly #selection = new Selection();
  #isTyping: boolean;
  /** Where the list was drawn, for the mouse. */
  #drawn: { readonly row: number; readonly from: number; readonly height: number } | undefined;

  constructor(options: PickerOptions<T>) {
    this.name = options.name;
    this.#options = options;
    this.#isTyping = options.isTyped;
    this.#field.set(options.query ?? "");
  }

  get query(): string {
    return this.#field.text;
  }

  /** The list is another one: the first entry is chosen. */
  reset(): void {
    this.#selection.reset();
  }

  press(key: Key): "taken" | "ignored" | "close" {
    if (passes(key)) return "ignored";
    const items = this.#options.find(this.query);
    const did =
      this.#isTyping && !this.#options.isTyped ? undefined : this.#options.key?.(key, items[this.#selection.at]);
    if (did !== undefined) return did;
    if (key.type === "mouse") return this.#mouse(key, items);
    if (key.type === "chord") return this.#chord(key, items);
    if (key.type === "text" || key.type === "paste") this.#type(key);
    return "taken";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const { title, hints } = this.#options;
    const inside = frame(canvas, area, theme, {
      title: title(),
      hints: hints(),
      rows: Math.min(ROWS_MAX, roomyIn(area).rows),
      columns: Math.min(COLUMNS_MAX, roomyIn(area).columns),
    });
    canvas.cursor = undefined;
    const fieldRows = this.#isTyping ? 1 : 0;
    const rule = this.#isTyping && inside.rows >= 6 ? 1 : 0;
    const until = inside.column + inside.columns;
    if (this.#isTyping) this.#drawField(canvas, inside, theme);
    if (rule === 1) canvas.put(inside.row + 1, inside.column, "─".repeat(inside.columns), theme.style("rule"), until);
    const above = fieldRows + rule;
    const list = { ...inside, row: inside.row + above, rows: inside.rows - above };
    this.#drawList(canvas, list, theme);
  }

  #chord(key: Extract<Key, { type: "chord" }>, items: readonly T[]): "taken" | "close" {
    const { chord } = key;
    if (chord === "escape" || chord === "ctrl+c") {
      if (!this.#isTyping || this.#options.isTyped) return "close";
      this.#isTyping = false;
      this.#field.set("");
      this.reset();
      return "taken";
    }
    if (chord === "enter" || chord === "ctrl+j") return this.#pick(items[this.#selection.at]);
    if (this.#selection.press(chord, items.length)) return "taken";
    if (this.#isTyping) this.#type(key);
    return "taken";
  }

  #pick(item: T | undefined): "taken" | "close" {
    if (item === undefined) return "taken";
    this.#options.pick(item);
    return "close";
  }

  #type(key: Key): void {
    if (!this.#isTyping) {
      this.#isTyping = key.type === "text" && key.text === "/";
      return;
    }
    const before = this.query;
    this.#field.press(key);
    if (this.query === before) return;
    this.reset();
    this.#options.changed?.(this.query);
  }

  #mouse(key: Extract<Key, { type: "mouse" }>, items: readonly T[]): "taken" | "close" {
    if (key.action === "wheel-up" || key.action === "wheel-down")
      this.#selection.move(key.action === "wheel-up" ? -1 : 1, items.length);
    if (key.action !== "press" || key.button !== 0 || this.#drawn === undefined) return "taken";
    const { row, from, height } = this.#drawn;
    const at = from + Math.floor((key.row - row) / height);
    return key.row < row ? "taken" : this.#pick(items[at]);
  }

  #drawField(canvas: Canvas, inside: Area, theme: Theme): void {
    const until = inside.column + inside.columns;
    const column = canvas.put(inside.row, inside.column, inside.columns > 4 ? "> " : "", theme.style("key"), until);
    if (this.#field.isEmpty) canvas.put(inside.row, column, this.#options.placeholder(), theme.style("dim"), until);
    this.#field.draw(canvas, inside.row, column, until, theme.style("input"));
  }

  #drawList(canvas: Canvas, list: Area, theme: Theme): void {
    const items = this.#options.find(this.query);
    const height = Math.max(1, Math.min(list.rows, this.#options.height?.(list.columns) ?? 1));
    const until = list.column + list.columns;
    this.#drawn = undefined;
    if (items.length === 0) {
      const words = rowsOf(this.#options.nothing(this.query), list.columns, "dim").slice(0, Math.max(0, list.rows));
      words.forEach((row, index) => {
        putRow(canvas, { row: list.row + index, column: list.column }, row, theme, until);
      });
      return;
    }
    const { from, until: behind } = this.#selection.window(items.length, Math.floor(list.rows / height));
    if (list.rows < 1) return;
    this.#drawn = { row: list.row, from, height };
    items.slice(from, behind).forEach((item, index) => {
      const isChosen = from + index === this.#selection.at;
      const place = { ...list, row: list.row + index * height, rows: height };
      this.#drawItem(canvas, place, theme, item, isChosen);
    });
  }

  /** The chosen one has a sign too, for who sees no colours. */
  #drawItem(canvas: Canvas, place: Area, theme: Theme, item: T, isChosen: boolean): void {
    const signColumns = place.columns > 12 ? 2 : 0;
    const until = place.column + place.columns;
    const as = (row: Row): Row => (isChosen ? row.map(({ text }) => ({ text, role: "selected" })) : row);
    if (isChosen) canvas.fill(place, theme.style("selected"));
    if (isChosen && signColumns > 0) canvas.put(place.row, place.column, "▸", theme.style("selected"), until);
    const column = place.column + signColumns;
    const rows = this.#options.rows(item, this.query, place.columns - signColumns).slice(0, place.rows);
    rows.forEach(({ left, right = [] }, index) => {
      const width = textWidth(textOfRow(right));
      const isShown = width > 0 && width < (until - column) * RIGHT_SHARE;
      const row = place.row + index;
      if (isShown) putRow(canvas, { row, column: until - width }, as(right), theme, until);
      const edge = isShown ? until - width - 1 : until;
      const end = putRow(canvas, { row, column }, as(left), theme, edge);
      const isCut = textWidth(textOfRow(left).trimEnd()) > edge - column;
      if (isCut && edge > column)
        canvas.put(row, Math.min(end, edge - 1), "…", theme.style(isChosen ? "selected" : "dim"), edge);
    });
  }
}

/** What stands on the right goes away where it would take more than this of a row. */
const RIGHT_SHARE = 0.6;
