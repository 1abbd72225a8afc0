/** A link or a secret as a QR code: whole, or in words that there is no room for it; its text stands below in either case. */
import type { Line, Look } from "../../output.ts";
import { qrCode } from "../../plain/qr.ts";
import type { Key } from "../../screen/keys.ts";
import { textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Overlay } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { fitting } from "./frame.ts";
import { passes } from "./passing.ts";
import { putRow, type Row, rowsOf } from "./rows.ts";

export interface QrParts {
  readonly title: string;
  /** What the code holds. */
  readonly text: string;
  readonly look: Look;
  /** @returns false where the terminal takes nothing. */
  copy(text: string): boolean;
  /** It is taken away. */
  closed?(): void;
}

export class QrOverlay implements Overlay {
  readonly name = "qr";
  readonly leavesMouse = true;
  readonly #parts: QrParts;
  #textAlone = false;
  /** What became of the last key, until the next one. */
  #copied: boolean | undefined;
  /** Something was typed that belongs into a message: here it goes nowhere, which is said. */
  #isRefused = false;

  constructor(parts: QrParts) {
    this.#parts = parts;
  }

  press(key: Key): "taken" | "ignored" | "close" {
    if (passes(key)) return "ignored";
    this.#copied = undefined;
    this.#isRefused = key.type === "paste" || (key.type === "text" && !LETTERS.has(key.text));
    if (key.type === "text" && key.text === "t") this.#textAlone = !this.#textAlone;
    if (key.type === "text" && key.text === "y") this.#copied = this.#parts.copy(this.#parts.text);
    const isEnd = key.type === "text" ? key.text === "q" : key.type === "chord" && ENDS.has(key.chord);
    if (!isEnd) return "taken";
    this.end();
    return "close";
  }

  end(): void {
    this.#parts.closed?.();
  }

  /** Without a frame: the text can be marked with the mouse and copied without lines in it. */
  draw(canvas: Canvas, area: Area, theme: Theme): void {
    canvas.fill(area, theme.style("text"));
    canvas.cursor = undefined;
    const { title, text } = this.#parts;
    const until = area.column + area.columns;
    const textRows = rowsOf([text], area.columns);
    const { code, fault } = this.#code(area, textRows.length);
    const words = fault === undefined ? [] : rowsOf(fault, area.columns, "warning");
    const needed = code.length + words.length + textRows.length;
    const hints = needed < area.rows ? 1 : 0;
    const heading: readonly Row[] = needed + hints < area.rows ? [[{ text: title, role: "title" }]] : [];
    // Where not even the text fits its end is seen in the next larger window; the words matter less than it.
    const shown = [...heading, ...code, ...(needed > area.rows ? [] : words), ...textRows].slice(0, area.rows);
    shown.forEach((row, index) => {
      const isCode = row[0]?.role === "qr";
      const middle = isCode ? Math.floor((area.columns - textWidth(row[0]?.text ?? "")) / 2) : 0;
      putRow(canvas, { row: area.row + index, column: area.column + middle }, row, theme, until);
    });
    if (hints === 0) return;
    const role = this.#isRefused ? "warning" : this.#copied === undefined ? "hint" : this.#copied ? "ok" : "error";
    const line = fitting(this.#hints(fault !== undefined), area.columns);
    canvas.put(area.row + area.rows - 1, area.column, line, theme.style(role), until);
  }

  #hints(isTextOnly: boolean): string {
    const { qr, hints: common, pager } = say().overlays;
    if (this.#isRefused) return pager.refused;
    if (this.#copied !== undefined) return this.#copied ? qr.copied : qr.notCopied;
    const change = isTextOnly ? [] : [this.#textAlone ? qr.showCode : qr.showText];
    return [qr.copy, ...change, common.close].join(" · ");
  }

  #code(area: Area, below: number): { readonly code: readonly Row[]; readonly fault?: Line } {
    if (this.#textAlone) return { code: [] };
    const { text, look } = this.#parts;
    const qr = qrCode(text, { ...look, byEar: false }, area, below);
    if (qr.type === "none") return { code: [], fault: [say().commands.qr.needsTerminal] };
    if (qr.type === "too-small")
      return { code: [], fault: [say().overlays.dialog.qrTooSmall(qr.columns, qr.rows, area.columns, area.rows)] };
    return { code: qr.lines.flatMap((line) => rowsOf(line, area.columns)) };
  }
}

const LETTERS: ReadonlySet<string> = new Set(["t", "y", "q"]);
const ENDS: ReadonlySet<string> = new Set(["escape", "enter", "ctrl+c"]);
