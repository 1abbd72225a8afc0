/** The overlays that are open, and which of them a key belongs to. */
import type { Key } from "../screen/keys.ts";
import type { Area, Canvas } from "./canvas.ts";
import type { Overlay, Overlays } from "./overlay.ts";
import type { Theme } from "./theme.ts";

/** Who types pauses for less than this; who has read what opened, and answers it, for longer. */
const PAUSE_MS = 700;

export class OverlayStack implements Overlays {
  #open: readonly Overlay[] = [];
  readonly #changed: () => void;
  readonly #watchers = new Set<() => void>();
  /** When the line was changed last, if nothing else was done since. */
  #typedAt: number | undefined;
  /** It opened by itself while somebody typed: the next letter would answer what nobody has read. */
  #untimely: Overlay | undefined;

  /** @param changed - the screen is to be drawn anew. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get top(): Overlay | undefined {
    return this.#open.at(-1);
  }

  /** Calls `watcher` after something was opened or closed. */
  watch(watcher: () => void): void {
    this.#watchers.add(watcher);
  }

  open(overlay: Overlay): void {
    if (this.#typedAt !== undefined && this.top === undefined) this.#untimely = overlay;
    this.#set([...this.#open.filter((one) => one !== overlay), overlay]);
  }

  close(overlay: Overlay): void {
    this.#set(this.#open.filter((one) => one !== overlay));
  }

  /** @param at - the line was changed just now; undefined: something else was done. */
  typing(at: number | undefined): void {
    this.#typedAt = at;
  }

  /** The program ends. */
  end(): void {
    for (const overlay of this.#open) overlay.end?.();
  }

  redraw(): void {
    this.#changed();
  }

  /** @returns false when no overlay took the key. */
  press(key: Key, now: number): boolean {
    const { top } = this;
    if (top === undefined) return false;
    const isTyping = this.#typedAt !== undefined && now - this.#typedAt < PAUSE_MS;
    if (isTyping && top === this.#untimely && isForLine(key)) return false;
    this.#typedAt = undefined;
    const pressed = top.press(key);
    if (pressed === "close") this.close(top);
    else if (pressed === "taken") this.#changed();
    return pressed !== "ignored";
  }

  #set(open: readonly Overlay[]): void {
    this.#open = open;
    if (this.#untimely !== undefined && !open.includes(this.#untimely)) this.#untimely = undefined;
    for (const watch of this.#watchers) watch();
    this.#changed();
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    for (const overlay of this.#open) overlay.draw(canvas, area, theme);
  }
}

function isForLine(key: Key): boolean {
  return key.type === "text" || key.type === "paste" || (key.type === "chord" && key.chord === "backspace");
}
