/**
 * The bytes that turn one screen into another: the only place where a drawn screen becomes output. What they are made
 * of is a closed list: addresses (H), styles (m), erasing (J, X), links (OSC 8), the cursor (25) and synchronised output
 * (2026); everything else is text that the canvas has sanitised.
 */
import { graphemeWidth, pointsWidth } from "../screen/width.ts";
import type { Canvas } from "./canvas.ts";
import type { Capabilities } from "./capabilities.ts";
import { linkTarget, sameStyle, sgr } from "./sgr.ts";
import type { Style } from "./theme.ts";

export type Painting = Pick<Capabilities, "colours" | "synchronised" | "links">;

const PLAIN: Style = {};
/** So few columns that did not change are cheaper to write again than to jump over. */
const GAP_MAX = 4;
const NOWHERE = -1;

/**
 * @param before - what the terminal shows; undefined: nobody knows. After a change of size it is not known either.
 * @returns "" when nothing changed.
 */
export function paint(before: Canvas | undefined, after: Canvas, caps: Painting): string {
  const known = before !== undefined && before.rows === after.rows && before.columns === after.columns;
  const brush = new Brush(after, caps);
  if (!known) brush.clear();
  for (let row = 0; row < after.rows; row++) paintRow(known ? before : undefined, after, row, brush);
  const cells = brush.finish();
  const cursor = cursorChange(known ? before : undefined, after, cells !== "");
  if (cells === "" && cursor === "") return "";
  if (cells === "") return cursor;
  if (caps.synchronised) return `\u001b[?2026h${cells}${cursor}\u001b[?2026l`;
  // Without it the cursor would be seen running over the screen.
  const isSeen = known && before.cursor !== undefined;
  const shown = after.cursor === undefined || !isSeen ? "" : "\u001b[?25h";
  return `${isSeen ? "\u001b[?25l" : ""}${cells}${isSeen && after.cursor === undefined ? "" : cursor}${shown}`;
}

function cursorChange(before: Canvas | undefined, after: Canvas, isDrawn: boolean): string {
  const { cursor } = after;
  const was = before?.cursor;
  if (cursor === undefined) return before !== undefined && was === undefined ? "" : "\u001b[?25l";
  const row = Math.max(0, Math.min(after.rows - 1, cursor.row));
  const column = Math.max(0, Math.min(after.columns - 1, cursor.column));
  const isThere = !isDrawn && was !== undefined && was.row === cursor.row && was.column === cursor.column;
  return (isThere ? "" : address(row, column)) + (was === undefined ? "\u001b[?25h" : "");
}

function paintRow(before: Canvas | undefined, after: Canvas, row: number, brush: Brush): void {
  // Columns that a terminal may have damaged which measures a character otherwise: drawn again in any case.
  let unsure = 0;
  let column = 0;
  while (column < after.columns) {
    const text = after.textAt(row, column) ?? " ";
    const style = after.styleAt(row, column) ?? PLAIN;
    const width = text === "" || isAscii(text) ? 1 : Math.max(1, graphemeWidth(text));
    if (column < unsure || isChanged(before, row, column, width, text, style)) {
      brush.draw(row, column, text, style, width);
      if (!isSure(text)) unsure = Math.max(unsure, column + Math.max(width, pointsWidth(text)) + 1);
    } else brush.pass(row, column, text, style);
    column += width;
  }
}

function isChanged(
  before: Canvas | undefined,
  row: number,
  column: number,
  width: number,
  text: string,
  style: Style,
): boolean {
  if ((before?.textAt(row, column) ?? " ") !== text) return true;
  if (!sameStyle(before?.styleAt(row, column) ?? PLAIN, style)) return true;
  // The second half of a wide one that only began to be one.
  return width === 2 && before !== undefined && before.textAt(row, column + 1) !== "";
}

function isAscii(text: string): boolean {
  return text.length === 1 && text <= "~";
}

/** Characters that every terminal gives as many columns as we do, as far as one can know. */
function isSure(text: string): boolean {
  return (
    isAscii(text) ||
    (text.length === 1 &&
      !/[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2b55\u3030\u303d\u3297\u3299\ufffd]|\p{M}/u.test(
        text,
      ))
  );
}

/** Knows where the terminal's cursor is and in which style it writes, and says only what is different. */
class Brush {
  readonly #canvas: Canvas;
  readonly #caps: Painting;
  /** In pieces: a string that grows by single letters is an object for each. */
  readonly #out: string[] = [];
  #style: Style = PLAIN;
  #link = "";
  /** Where the terminal would write next; {@link NOWHERE}: it must be told. */
  #row = NOWHERE;
  #column = NOWHERE;
  /** Unchanged cells since then, that are written only if something changed follows soon. */
  readonly #passed: string[] = [];
  #isPlainRun = true;

  constructor(canvas: Canvas, caps: Painting) {
    this.#canvas = canvas;
    this.#caps = caps;
  }

  clear(): void {
    this.#out.push("\u001b[0m\u001b[2J");
  }

  draw(row: number, column: number, cell: string, style: Style, width: number): void {
    if (this.#row !== row || this.#column !== column) this.#move(row, column);
    const text = cell === "" ? " " : cell;
    const isPlain = isAscii(text);
    // After other characters than ASCII the terminal may stand elsewhere than we think.
    if (isPlain && !this.#isPlainRun) this.#jump(row, column);
    this.#wear(style);
    // Where a terminal draws it in one column only, the other one must not keep what was there.
    const sure = isSure(text);
    if (!sure && width === 2) this.#out.push("\u001b[2X");
    this.#out.push(text);
    this.#isPlainRun = isPlain;
    const next = column + width;
    const isKnown = sure && next < this.#canvas.columns;
    this.#row = isKnown ? row : NOWHERE;
    this.#column = next;
    if (!isKnown) this.#isPlainRun = true;
  }

  /** A cell that did not change. */
  pass(row: number, column: number, text: string, style: Style): void {
    if (this.#row !== row || this.#column + this.#passed.length !== column) return;
    const isCheap = isAscii(text) && sameStyle(style, this.#style);
    if (isCheap && this.#isPlainRun && this.#passed.length < GAP_MAX) this.#passed.push(text);
    else {
      this.#passed.length = 0;
      this.#row = NOWHERE;
      this.#isPlainRun = true;
    }
  }

  finish(): string {
    this.#wear(PLAIN);
    return this.#out.join("");
  }

  #move(row: number, column: number): void {
    const isNear = this.#row === row && this.#column + this.#passed.length === column;
    if (isNear) this.#out.push(...this.#passed);
    else this.#jump(row, column);
    this.#passed.length = 0;
  }

  #jump(row: number, column: number): void {
    this.#out.push(address(row, column));
    this.#isPlainRun = true;
  }

  #wear(style: Style): void {
    if (style === this.#style) return;
    this.#out.push(sgr(this.#style, style, this.#caps.colours));
    this.#style = style;
    const link = this.#caps.links ? linkTarget(style.link) : "";
    if (link !== this.#link) this.#out.push(`\u001b]8;;${link}\u001b\\`);
    this.#link = link;
  }
}

function address(row: number, column: number): string {
  return `\u001b[${row + 1};${column + 1}H`;
}
