/** What a command printed, where it is more than a few lines: to scroll through and to search in. */
import type { Line } from "../../output.ts";
import type { Key } from "../../screen/keys.ts";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Overlay } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { Field } from "./field.ts";
import { frame, innerOf, roomyIn } from "./frame.ts";
import { passes } from "./passing.ts";
import { putRow, type Row, rowsOf, spoken, textOfRow } from "./rows.ts";
import { Scrolling } from "./scrolling.ts";

const COLUMNS_MAX = 100;

export class Pager implements Overlay {
  readonly name = "pager";
  readonly #title: string;
  readonly #lines: readonly Line[];
  readonly #scrolling = new Scrolling();
  readonly #field = new Field();
  #isTyping = false;
  /** Something was typed that belongs into a message: here it goes nowhere, which is said. */
  #isRefused = false;
  #rows: { readonly columns: number; readonly all: readonly Row[]; readonly texts: readonly string[] } | undefined;
  /** The row that was found last; undefined: nothing is searched. */
  #found: number | undefined;

  constructor(title: string, lines: readonly Line[]) {
    this.#title = title;
    this.#lines = lines;
  }

  press(key: Key): "taken" | "ignored" | "close" {
    if (passes(key)) return "ignored";
    this.#isRefused = false;
    if (this.#isTyping) this.#type(key);
    else if (key.type === "chord" && (key.chord === "escape" || key.chord === "ctrl+c")) return "close";
    else if (key.type === "text") return this.#letter(key.text);
    else if (key.type === "paste") this.#isRefused = true;
    else this.#scrolling.press(key);
    return "taken";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const text = say().overlays.pager;
    const roomy = roomyIn(area);
    const columns = Math.min(COLUMNS_MAX, roomy.columns);
    const { all } = this.#wrapped(innerOf(area, { rows: 1, columns }).columns);
    const inside = frame(canvas, area, theme, {
      title: this.#title,
      hints: this.#isTyping ? text.typing : text.hints,
      rows: Math.min(all.length + 1, roomy.rows),
      columns,
    });
    const until = inside.column + inside.columns;
    const status = inside.rows > 1 ? 1 : 0;
    const rows = inside.rows - status;
    const top = this.#scrolling.top(all.length, rows);
    canvas.cursor = undefined;
    all.slice(top, top + rows).forEach((row, index) => {
      const isFound = top + index === this.#found;
      const shown = isFound ? row.map((piece): Row[number] => ({ ...piece, role: "match" })) : row;
      putRow(canvas, { row: inside.row + index, column: inside.column }, shown, theme, until);
    });
    if (status === 0) return;
    const at = inside.row + rows;
    if (this.#isRefused) return void canvas.put(at, inside.column, text.refused, theme.style("warning"), until);
    if (!this.#isTyping) {
      const last = Math.min(all.length, top + rows);
      canvas.put(
        at,
        inside.column,
        text.place(Math.min(all.length, top + 1), last, all.length),
        theme.style("dim"),
        until,
      );
      return;
    }
    const column = canvas.put(at, inside.column, "/", theme.style("key"), until);
    this.#field.draw(canvas, at, column, until, theme.style("input"));
  }

  #letter(text: string): "taken" | "close" {
    if (text === "q") return "close";
    if (text === "/") {
      this.#isTyping = true;
      this.#field.set("");
    } else if (text === "n" && !this.#field.isEmpty) this.#search((this.#found ?? -1) + 1, 1);
    else if (text === "N" && !this.#field.isEmpty) this.#search((this.#found ?? 0) - 1, -1);
    else if (text === " ") this.#scrolling.press({ type: "chord", chord: "pagedown" });
    else if (text === "j" || text === "k")
      this.#scrolling.press({ type: "chord", chord: text === "j" ? "down" : "up" });
    else this.#isRefused = true;
    return "taken";
  }

  #type(key: Key): void {
    if (key.type === "chord" && (key.chord === "escape" || key.chord === "enter")) {
      this.#isTyping = false;
      if (key.chord === "escape") this.#found = undefined;
      return;
    }
    if (this.#field.press(key)) this.#search(this.#found ?? 0, 1);
  }

  /** From one row on around to it again. */
  #search(from: number, step: 1 | -1): void {
    const texts = this.#rows?.texts ?? [];
    const wanted = this.#field.text.toLowerCase();
    this.#found = undefined;
    if (wanted === "") return;
    for (let index = 0; index < texts.length; index++) {
      const at = (((from + index * step) % texts.length) + texts.length) % texts.length;
      if (texts[at]?.includes(wanted) !== true) continue;
      this.#found = at;
      return this.#scrolling.show(at);
    }
  }

  #wrapped(columns: number): { readonly all: readonly Row[] } {
    if (this.#rows?.columns === columns) return this.#rows;
    const all = this.#lines.flatMap((line) => rowsOf(spoken(line), columns));
    this.#rows = { columns, all, texts: all.map((row) => textOfRow(row).toLowerCase()) };
    this.#found = undefined;
    return this.#rows;
  }
}
