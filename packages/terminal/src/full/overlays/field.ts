/** One line that is typed: an answer, a search. */
import type { Key } from "../../screen/keys.ts";
import { graphemes, graphemeWidth } from "../../screen/width.ts";
import type { Canvas } from "../canvas.ts";
import type { Style } from "../theme.ts";

/** More than any link, password or phrase. */
const LENGTH_MAX = 8192;

export class Field {
  #text: readonly string[] = [];
  #cursor = 0;

  get text(): string {
    return this.#text.join("");
  }

  get isEmpty(): boolean {
    return this.#text.length === 0;
  }

  set(text: string): void {
    this.#text = graphemes(text);
    this.#cursor = this.#text.length;
  }

  /** @returns whether the key is one of those that edit. */
  press(key: Key): boolean {
    if (key.type === "text" || key.type === "paste") {
      this.#insert(key.text);
      return true;
    }
    return key.type === "chord" && this.#edit(key.chord);
  }

  /**
   * What fits around the cursor, and the cursor itself.
   *
   * @param instead - is shown in place of what is typed: of a secret not even its length is seen.
   */
  draw(canvas: Canvas, row: number, column: number, until: number, style: Style, instead?: string): void {
    const room = Math.max(1, until - column);
    if (instead !== undefined) {
      const end = this.isEmpty ? column : canvas.put(row, column, instead, style, until - 1);
      canvas.cursor = { row, column: Math.min(end, Math.max(column, until - 1), canvas.columns - 1) };
      return;
    }
    let from = this.#cursor;
    let used = 1;
    while (from > 0) {
      const width = graphemeWidth(this.#text[from - 1] ?? "");
      if (used + width > room) break;
      used += width;
      from--;
    }
    canvas.put(row, column, this.#text.slice(from).join(""), style, until);
    canvas.cursor = { row, column: Math.min(column + used - 1, canvas.columns - 1) };
  }

  #insert(text: string): void {
    // Of a paste the first line: the rest would only be a wrong answer to what is asked next.
    const line = text.replace(/^[\r\n]+/, "").split(/[\r\n]/)[0] ?? "";
    const clean = line.replaceAll("\t", " ").replace(/[\u0000-\u001f\u007f-\u009f]/g, "");
    const before = graphemes(this.#text.slice(0, this.#cursor).join("") + clean);
    const all = [...before, ...this.#text.slice(this.#cursor)];
    if (all.length > LENGTH_MAX) return;
    this.#text = all;
    this.#cursor = before.length;
  }

  #edit(chord: string): boolean {
    const end = this.#text.length;
    switch (chord) {
      case "left":
      case "ctrl+b":
        return this.#move(this.#cursor - 1);
      case "right":
      case "ctrl+f":
        return this.#move(this.#cursor + 1);
      case "home":
      case "ctrl+a":
        return this.#move(0);
      case "end":
      case "ctrl+e":
        return this.#move(end);
      case "ctrl+left":
      case "alt+left":
      case "alt+b":
        return this.#move(this.#wordStart());
      case "ctrl+right":
      case "alt+right":
      case "alt+f":
        return this.#move(this.#wordEnd());
      case "backspace":
      case "shift+backspace":
        return this.#cut(Math.max(0, this.#cursor - 1), this.#cursor);
      case "delete":
      case "ctrl+d":
        return this.#cut(this.#cursor, this.#cursor + 1);
      case "ctrl+w":
      case "alt+backspace":
      case "ctrl+backspace":
        return this.#cut(this.#wordStart(), this.#cursor);
      case "ctrl+u":
        return this.#cut(0, this.#cursor);
      case "ctrl+k":
        return this.#cut(this.#cursor, end);
      default:
        return false;
    }
  }

  #move(to: number): true {
    this.#cursor = Math.max(0, Math.min(this.#text.length, to));
    return true;
  }

  #cut(from: number, until: number): true {
    this.#text = [...this.#text.slice(0, from), ...this.#text.slice(until)];
    return this.#move(from);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && this.#text[at - 1] === " ") at--;
    while (at > 0 && this.#text[at - 1] !== " ") at--;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#text.length && this.#text[at] === " ") at++;
    while (at < this.#text.length && this.#text[at] !== " ") at++;
    return at;
  }
}
