/** The terminal as something that can be drawn on: frames come when something changed, and only what changed is written. */
import type { ReadStream, WriteStream } from "node:tty";
import type { Key } from "../screen/keys.ts";
import { Canvas } from "./canvas.ts";
import type { Environment } from "./capabilities.ts";
import { OverlayStack } from "./overlay-stack.ts";
import { paint } from "./paint.ts";
import { PaintClock } from "./paint-clock.ts";
import type { Style, Theme } from "./theme.ts";
import { openTty, type Size, type Tty } from "./tty.ts";

/** What lies under the overlays. */
export interface Content {
  readonly title: string;
  /** What stands on the screen may stay for a moment: what comes instead is not there yet. */
  readonly isWaiting: boolean;
  /** The mouse is the terminal's own, to mark and copy text with. */
  readonly isBare: boolean;
  draw(canvas: Canvas, theme: Theme): void;
  press(key: Key): void;
}

export interface DisplayParts {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly env: Environment;
  readonly mouse: boolean;
  /** Asked again when the terminal has said more about itself. */
  theme(tty: Tty): Theme;
  /** The terminal is gone, or a signal ends the program. */
  end(signal: NodeJS.Signals): void;
}

/** So long what stands on the screen is kept while something else is read. */
const PATIENCE_MS = 100;

export class Display {
  readonly overlays = new OverlayStack(() => this.#answered());
  readonly tty: Tty;
  readonly #parts: DisplayParts;
  readonly #clock: PaintClock;
  #content: Content | undefined;
  #drawn: Canvas | undefined;
  /** What was drawn before that. */
  #spare: Canvas | undefined;
  #patience: NodeJS.Timeout | undefined;
  /** What a key changes is drawn once, after it. */
  #isPressing = false;

  static async open(parts: DisplayParts): Promise<Display> {
    let display: Display | undefined;
    const events = {
      key: (key: Key) => display?.press(key),
      redraw: () => display?.redraw(),
      end: parts.end,
    };
    const { input, output, env, mouse } = parts;
    const tty = await openTty({ input, output, env, mouse, events });
    display = new Display(parts, tty);
    return display;
  }

  constructor(parts: DisplayParts, tty: Tty) {
    this.#parts = parts;
    this.tty = tty;
    this.#clock = new PaintClock({
      draw: () => this.#draw(),
      isBackedUp: () => tty.isBackedUp(),
      drained: () => tty.drained(),
    });
    this.#clock.now();
  }

  show(content: Content): void {
    this.#content = content;
    this.#clock.now();
  }

  size(): Size {
    return this.tty.size();
  }

  press(key: Key): void {
    this.#isPressing = true;
    if (this.#content !== undefined) this.#content.press(key);
    else if (!this.overlays.press(key, Date.now())) this.#unclaimed(key);
    this.#isPressing = false;
    this.#clock.now();
  }

  /** Something changed that nobody pressed a key for. */
  changed(): void {
    if (this.#isPressing) return;
    // Somebody chose it and waits for it.
    if (this.#patience !== undefined && this.#content?.isWaiting === false) this.#clock.now();
    else this.#clock.soon();
  }

  /** Nobody knows what the terminal shows. */
  redraw(): void {
    this.#drawn = undefined;
    if (!this.#isPressing) this.#clock.now();
  }

  suspend(): void {
    this.tty.suspend();
  }

  async lend<T>(use: () => Promise<T>): Promise<T> {
    this.#clock.stop();
    await this.tty.lend();
    try {
      return await use();
    } finally {
      this.#drawn = undefined;
      this.#clock.restart();
      this.tty.takeBack();
    }
  }

  async close(): Promise<void> {
    this.#clock.stop();
    clearTimeout(this.#patience);
    await this.tty.close();
  }

  /** What lies over the screen changes because somebody did something: an answer came to what was typed. */
  #answered(): void {
    if (!this.#isPressing) this.#clock.now();
  }

  /** Before anybody is signed in there is one dialog, and what it lets through. */
  #unclaimed(key: Key): void {
    if (key.type !== "chord") return;
    if (key.chord === "ctrl+l") this.redraw();
    if (key.chord === "ctrl+z") this.suspend();
  }

  /** @returns false where what stands there stays for now. */
  #draw(): boolean {
    const content = this.#content;
    if (content?.isWaiting === true && this.#drawn !== undefined) {
      this.#patience ??= setTimeout(() => {
        this.#drawNow();
      }, PATIENCE_MS);
      return false;
    }
    this.#drawNow();
    return true;
  }

  #drawNow(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    const { rows, columns } = this.tty.size();
    const theme = this.#parts.theme(this.tty);
    const canvas = this.#blank(rows, columns, theme.style("text"));
    this.#content?.draw(canvas, theme);
    this.overlays.draw(canvas, { row: 0, column: 0, rows, columns }, theme);
    const isLeft = this.#content?.isBare === true || this.overlays.top?.leavesMouse === true;
    this.tty.setMouse(this.#parts.mouse && !isLeft);
    if (this.#content !== undefined) this.tty.setTitle(this.#content.title);
    this.tty.write(paint(this.#drawn, canvas, this.tty.capabilities));
    this.#spare = this.#drawn;
    this.#drawn = canvas;
  }

  /** The one before the last is drawn upon again. */
  #blank(rows: number, columns: number, style: Style): Canvas {
    const spare = this.#spare;
    if (spare === undefined || spare.rows !== rows || spare.columns !== columns)
      return new Canvas(rows, columns, style);
    spare.clear(style);
    return spare;
  }
}
