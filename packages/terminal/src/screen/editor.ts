/** Line editing at the bottom of a terminal, under lines that may arrive at any time. Append only: nothing above moves. */
import { info, renderLine } from "../output.ts";
import {
  beforeCursor,
  type Composer,
  composerOf,
  EMPTY_COMPOSER,
  edit,
  insert,
  type Layout,
  layOut,
  textOf,
} from "./composer.ts";
import { type Key, type KeyName, KeyReader } from "./keys.ts";
import { graphemes } from "./width.ts";

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
  #secret = false;
  #composer: Composer = EMPTY_COMPOSER;
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

  /** Changes what stands before the line. A secret line shows nothing of what is typed, and is in no history. */
  setPrompt(prompt: string, secret = false): void {
    if (secret !== this.#secret) this.#composer = EMPTY_COMPOSER;
    this.#secret = secret;
    this.#prompt = prompt;
    this.redraw();
  }

  setText(text: string): void {
    this.#composer = composerOf(text);
    this.redraw();
  }

  text(): string {
    return textOf(this.#composer);
  }

  /** After a change of size too: the terminal has wrapped anew what stood there. */
  redraw(): void {
    if (this.#running) this.#surface.write(this.#erase() + this.#draw());
  }

  feed(chunk: Uint8Array): void {
    for (const key of this.#keys.read(chunk)) this.#press(key);
  }

  #press(key: Key): void {
    const name = key.type === "key" ? key.name : undefined;
    if (name !== "interrupt") this.#interrupts = 0;
    if (name !== undefined && this.#command(name)) return;
    this.#composer = edit(this.#composer, key);
    this.redraw();
  }

  /** @returns false for keys that only edit. */
  #command(name: KeyName): boolean {
    switch (name) {
      case "enter":
        this.#submit();
        return true;
      case "interrupt":
        this.#interrupt();
        return true;
      case "end-of-input":
        if (this.#composer.text.length > 0) this.#composer = edit(this.#composer, { type: "key", name: "delete" });
        else this.#events.endOfInput();
        this.redraw();
        return true;
      case "suspend":
        this.#events.suspend();
        return true;
      case "tab":
        if (!this.#secret) this.#complete();
        return true;
      case "up":
      case "down":
        if (!this.#secret) this.#recall(name === "up" ? -1 : 1);
        return true;
      case "newline":
        // A secret is one line; everywhere else this is Alt-Enter or Ctrl-J.
        if (this.#secret) this.#submit();
        return this.#secret;
      case "redraw":
        this.redraw();
        return true;
      default:
        return false;
    }
  }

  #submit(): void {
    const text = textOf(this.#composer);
    this.#composer = EMPTY_COMPOSER;
    this.#draft = "";
    if (!this.#secret && text.trim() !== "" && this.#history.at(-1) !== text) this.#history.push(text);
    if (this.#history.length > HISTORY_MAX) this.#history.shift();
    this.#historyAt = this.#history.length;
    this.redraw();
    this.#events.submit(text);
  }

  #interrupt(): void {
    if (this.#composer.text.length > 0) {
      this.#composer = EMPTY_COMPOSER;
      this.#interrupts = 0;
      this.redraw();
      return;
    }
    this.#interrupts++;
    if (this.#interrupts >= 2) this.#events.quit();
    else this.print(["[info] Ctrl-C again quits"]);
  }

  #recall(step: -1 | 1): void {
    const at = this.#historyAt + step;
    if (at < 0 || at > this.#history.length) return;
    if (this.#historyAt === this.#history.length) this.#draft = textOf(this.#composer);
    this.#historyAt = at;
    this.#composer = composerOf(at === this.#history.length ? this.#draft : (this.#history[at] ?? ""));
    this.redraw();
  }

  #complete(): void {
    const { word, candidates, labels = candidates } = this.#events.complete(beforeCursor(this.#composer));
    const [only] = candidates;
    if (only === undefined) return;
    const common = candidates.length === 1 ? `${only} ` : commonStart(candidates);
    if (common.length > word.length) {
      const start = this.#composer.cursor - graphemes(word).length;
      const rest = this.#composer.text.slice(this.#composer.cursor);
      const before = { text: [...this.#composer.text.slice(0, start), ...rest], cursor: start };
      this.#composer = insert(before, common);
      this.redraw();
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
    const shown = this.#secret ? EMPTY_COMPOSER : this.#composer;
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
