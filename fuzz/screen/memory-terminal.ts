/** A terminal that only exists in memory, set up as the full screen sets it up, and what its bytes may be. */
import xterm from "@xterm/headless";
import type { Canvas } from "../../packages/terminal/src/full/canvas.ts";
import { pointsWidth } from "../../packages/terminal/src/screen/width.ts";
import { mustHold } from "../target.ts";

/** Everything that a drawn frame consists of beside text: addresses, styles, erasing, cursor, synchronised output, links. */
const OWN =
  /^(?:\u001b\[(?:[0-9]{1,4};[0-9]{1,4}H|[0-9;]{0,60}m|2J|2X|\?(?:25|2026)[hl])|\u001b\]8;;(?:(?:https?:\/\/|mailto:)[\x21-\x7e]{1,2000})?\u001b\\)/i;
/** No control, no format character but joiners, no half surrogate, nothing that is nobody's. */
const TEXT = /^(?:[^\p{C}\u2028\u2029]|[\u200c\u200d])+/u;

/** Everything that a full screen may switch: application keys, wrapping, mouse, cursor, focus, screens, pastes, synchronised output. */
const MODES = [1, 6, 7, 9, 25, 66, 1000, 1002, 1003, 1004, 1006, 1049, 2004, 2026];

/** @throws where a byte is neither text nor of the closed list. */
export function mustBeOwn(bytes: string): void {
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.slice(at, at + 4096);
    const known = (OWN.exec(rest) ?? TEXT.exec(rest))?.[0].length ?? 0;
    mustHold(known > 0, `this is written: ${JSON.stringify(rest.slice(0, 12))}`);
    at += known;
  }
}

export class MemoryTerminal {
  readonly #terminal: xterm.Terminal;

  /**
   * @param isModern - it gives each code point its width, as terminals of today do; else it knows no wide emoji.
   * @param isTaken - as the full screen sets it up; else as a shell leaves it.
   */
  constructor(rows: number, columns: number, isModern: boolean, isTaken = true) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 10 });
    this.#terminal.unicode.register({ version: "modern", wcwidth, charProperties });
    if (isModern) this.#terminal.unicode.activeVersion = "modern";
    if (isTaken) this.#terminal.write("\u001b[?1049h\u001b[?7l");
  }

  resize(rows: number, columns: number): void {
    this.#terminal.resize(columns, rows);
  }

  write(bytes: string): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(bytes, resolve));
  }

  /** What it answers when it is asked for its modes (DECRQM), and which of the two screens it shows. */
  async modes(): Promise<string> {
    const answers: string[] = [];
    const listening = this.#terminal.onData((answer) => answers.push(answer));
    await this.write(MODES.map((mode) => `\u001b[?${mode}$p`).join(""));
    listening.dispose();
    return `${this.#terminal.buffer.active.type} ${answers.join("").replaceAll("\u001b[?", " ")}`;
  }

  /** @param isExact - it measures emoji as the program was told; else only ASCII stands where it should. */
  mustShow(canvas: Canvas, isExact: boolean): void {
    const { active } = this.#terminal.buffer;
    const lines = canvas.lines();
    for (let row = 0; row < canvas.rows; row++) {
      const shown = active.getLine(row)?.translateToString(true).trimEnd() ?? "";
      if (isExact) mustHold(shown === lines[row], "a row is not as it was drawn");
      else this.#mustShowAscii(canvas, row);
    }
    mustHold(active.baseY === 0 && active.type === "alternate", "the screen has moved");
    if (canvas.cursor === undefined) return;
    const isThere = active.cursorX === canvas.cursor.column && active.cursorY === canvas.cursor.row;
    mustHold(isThere, "the cursor stands elsewhere");
  }

  close(): void {
    this.#terminal.dispose();
  }

  #mustShowAscii(canvas: Canvas, row: number): void {
    for (let column = 0; column < canvas.columns; column++) {
      const text = canvas.cell(row, column)?.text ?? "";
      const shown = this.#terminal.buffer.active.getLine(row)?.getCell(column)?.getChars() ?? "";
      if (/^[!-~]$/.test(text)) mustHold(shown === text, "a letter stands elsewhere");
      // A flag is two letters where the terminal has none: the second one stands in the second column.
      const [, second = ""] = canvas.cell(row, column - 1)?.text.match(/^[!-~]([!-~])$/) ?? [];
      const isBeside = shown === second || !/^[!-~]$/.test(shown);
      if (text === "") mustHold(isBeside, "something stayed beside a wide character");
    }
  }
}

function wcwidth(code: number): 0 | 1 | 2 {
  const width = pointsWidth(String.fromCodePoint(code));
  return width === 0 || width === 1 ? width : 2;
}

function charProperties(code: number, preceding: number): number {
  const before = (preceding >> 1) & 3;
  const joins = wcwidth(code) === 0 && before > 0;
  return ((joins ? before : wcwidth(code)) << 1) | (joins ? 1 : 0);
}
