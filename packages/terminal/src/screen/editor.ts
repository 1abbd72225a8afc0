/** Line editing at the bottom of a terminal, under lines that may arrive at any time. Append only: nothing above moves. */
import { info, renderLine } from "../output.ts";
import { say } from "../text/index.ts";
import { composerOf, EMPTY_COMPOSER, insert, isEmpty, textOf } from "./composer.ts";
import { type Editing, EMPTY_EDITING, edited, editingOf, editNameOf, replaced } from "./editing.ts";
import { type Key, KeyReader } from "./keys.ts";
import { type Layout, layOut } from "./layout.ts";

/** Where the editor draws; in tests a terminal that only exists in memory. */
export interface Surface {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

export interface EditorEvents {
  submit(text: string): void;
  endOfInput(): void;
  /** Ctrl-C on an empty line, the second time in a row. */
  quit(): void;
  suspend(): void;
  /** What could stand instead of the last word before the cursor, and the word itself. */
  complete(before: string): Completion;
}

export interface Completion {
  /** The end of the text before the cursor that is replaced. */
  readonly word: string;
  readonly candidates: readonly string[];
  /** What is shown of each, where that is more than itself. */
  readonly labels?: readonly string[];
}

/**
 * What is typed: lines, which Up brings back; an answer to a question, which it does not; or a secret, of which nothing
 * is shown either.
 */
export type LineKind = "line" | "answer" | "secret";

/** Rows that the line may take before it scrolls in itself. */
const ROWS_MAX = 6;
const HISTORY_MAX = 500;
const PASTE_ON = "\u001b[?2004h";
const PASTE_OFF = "\u001b[?2004l";

export class Editor {
  readonly #surface: Surface;
  readonly #events: EditorEvents;
  readonly #keys = new KeyReader();
  readonly #history: string[] = [];
  #prompt = "> ";
  #kind: LineKind = "line";
  #editing = EMPTY_EDITING;
  /** What was being typed before going up into the history. */
  #draft = "";
  #historyAt = 0;
  /** What stands on the terminal now, and how wide it was then; undefined: nothing. */
  #drawn: { readonly layout: Layout; readonly columns: number } | undefined;
  #running = false;
  #interrupts = 0;

  constructor(surface: Surface, events: EditorEvents) {
    this.#surface = surface;
    this.#events = events;
  }

  /** Shows the line; the terminal is in raw mode already. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#surface.write(PASTE_ON + this.#draw());
  }

  /** Takes the line away and leaves the terminal as it was found. */
  stop(): void {
    if (!this.#running) return;
    this.#surface.write(this.#erase() + PASTE_OFF);
    this.#running = false;
  }

  /** Prints finished lines above the line that is being typed. */
  print(lines: readonly string[]): void {
    const text = lines.map((line) => `${line.replaceAll("\n", "\r\n")}\r\n`).join("");
    this.#surface.write(this.#running ? this.#erase() + text + this.#draw() : text);
  }

  /** Changes what stands before the line, and what is typed in it. */
  setPrompt(prompt: string, kind: LineKind = "line"): void {
    // Nothing of a secret can be brought back: neither by undo nor by yank.
    if ((kind === "secret") !== (this.#kind === "secret")) this.#editing = EMPTY_EDITING;
    this.#kind = kind;
    this.#prompt = prompt;
    this.redraw();
  }

  setText(text: string): void {
    this.#editing = editingOf(composerOf(text), this.#editing.kills);
    this.redraw();
  }

  text(): string {
    return textOf(this.#editing.composer);
  }

  /** After a change of size too: the terminal has wrapped anew what stood there. */
  redraw(): void {
    if (this.#running) this.#surface.write(this.#erase() + this.#draw());
  }

  feed(chunk: Uint8Array): void {
    for (const key of this.#keys.read(chunk)) this.#press(key);
  }

  #press(key: Key): void {
    if (key.type === "mouse" || key.type === "focus" || key.type === "reply") return;
    if (key.type !== "chord") {
      this.#interrupts = 0;
      this.#change(edited(this.#editing, key));
      return;
    }
    if (key.chord !== "ctrl+c") this.#interrupts = 0;
    if (this.#command(key.chord)) return;
    const name = editNameOf(key.chord);
    if (name !== undefined) this.#change(edited(this.#editing, name));
  }

  #change(editing: Editing): void {
    this.#editing = editing;
    this.redraw();
  }

  /** @returns false for keys that only edit. */
  #command(chord: string): boolean {
    switch (chord) {
      case "enter":
        this.#submit();
        return true;
      case "ctrl+c":
        this.#interrupt();
        return true;
      case "ctrl+d":
        if (!isEmpty(this.#editing.composer)) return false;
        this.#events.endOfInput();
        this.redraw();
        return true;
      case "ctrl+z":
        this.#events.suspend();
        return true;
      case "tab":
        if (this.#kind !== "secret") this.#complete();
        return true;
      case "up":
      case "ctrl+p":
      case "down":
      case "ctrl+n":
        if (this.#kind === "line") this.#recall(chord === "up" || chord === "ctrl+p" ? -1 : 1);
        return true;
      case "ctrl+l":
        this.redraw();
        return true;
      default:
        // A secret is one line; everywhere else this is Alt-Enter or Ctrl-J.
        if (this.#kind !== "secret" || editNameOf(chord) !== "newline") return false;
        this.#submit();
        return true;
    }
  }

  #submit(): void {
    const text = textOf(this.#editing.composer);
    this.#editing = editingOf(EMPTY_COMPOSER, this.#kind === "secret" ? [] : this.#editing.kills);
    if (this.#kind === "line") this.#remember(text);
    this.redraw();
    this.#events.submit(text);
  }

  #remember(text: string): void {
    this.#draft = "";
    if (text.trim() !== "" && this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
    this.#historyAt = this.#history.length;
  }

  #interrupt(): void {
    if (!isEmpty(this.#editing.composer)) {
      this.#interrupts = 0;
      this.#change(replaced(this.#editing, EMPTY_COMPOSER));
      return;
    }
    this.#interrupts++;
    if (this.#interrupts >= 2) this.#events.quit();
    else this.print([renderLine(info(say().plain.screen.quitAgain), false)]);
  }

  #recall(step: -1 | 1): void {
    const at = this.#historyAt + step;
    if (at < 0 || at > this.#history.length) return;
    if (this.#historyAt === this.#history.length) this.#draft = this.text();
    this.#historyAt = at;
    this.setText(at === this.#history.length ? this.#draft : (this.#history[at] ?? ""));
  }

  #complete(): void {
    const { word, candidates, labels = candidates } = this.#events.complete(this.#editing.composer.before);
    const [only] = candidates;
    if (only === undefined) return;
    const common = candidates.length === 1 ? `${only} ` : commonStart(candidates);
    if (common.length > word.length) {
      const { before, after } = this.#editing.composer;
      const kept = { before: before.slice(0, before.length - word.length), after };
      this.#change(replaced(this.#editing, insert(kept, common)));
    } else if (candidates.length > 1) this.print([renderLine(info(labels.join("  ")), false)]);
  }

  /** From the cursor to the first row of the prompt, then everything below is cleared. */
  #erase(): string {
    const drawn = this.#drawn;
    this.#drawn = undefined;
    if (drawn === undefined) return "";
    const up = rowsAbove(drawn.layout, drawn.columns, this.#surface.columns);
    return `${up > 0 ? `\u001b[${up}A` : ""}\r\u001b[J`;
  }

  #draw(): string {
    const { columns, rows } = this.#surface;
    const shown = this.#kind === "secret" ? EMPTY_COMPOSER : this.#editing.composer;
    const layout = layOut(this.#prompt, shown, columns, Math.max(1, Math.min(ROWS_MAX, rows - 1)));
    this.#drawn = { layout, columns };
    const up = layout.rows.length - 1 - layout.cursorRow;
    const back = `${up > 0 ? `\u001b[${up}A` : ""}\r${layout.cursorColumn > 0 ? `\u001b[${layout.cursorColumn}C` : ""}`;
    return layout.rows.join("\r\n") + back;
  }
}

/** Rows above the cursor now: a terminal that has become narrower wrapped each row of ours into several. */
function rowsAbove({ rows, cursorRow, cursorColumn }: Layout, before: number, now: number): number {
  if (now >= before) return cursorRow;
  const wrapped = (row: string): number => layOut(row, EMPTY_COMPOSER, now, Number.MAX_SAFE_INTEGER).rows.length;
  const above = rows.slice(0, cursorRow).reduce((sum, row) => sum + wrapped(row), 0);
  return above + Math.floor(cursorColumn / now);
}

function commonStart(words: readonly string[]): string {
  const [first = ""] = words;
  let length = first.length;
  for (const word of words) while (!word.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
