/** The overlays that are open, and which of them a key belongs to. */
import type { Key } from "../screen/keys.ts";
import type { Area, Canvas } from "./canvas.ts";
import type { Overlay, Overlays } from "./overlay.ts";
import type { Theme } from "./theme.ts";

export class OverlayStack implements Overlays {
  #open: readonly Overlay[] = [];
  readonly #changed: () => void;

  /** @param changed - the screen is to be drawn anew. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get top(): Overlay | undefined {
    return this.#open.at(-1);
  }

  open(overlay: Overlay): void {
    this.#open = [...this.#open.filter((one) => one !== overlay), overlay];
    this.#changed();
  }

  close(overlay: Overlay): void {
    this.#open = this.#open.filter((one) => one !== overlay);
    this.#changed();
  }

  /** The program ends. */
  end(): void {
    for (const overlay of this.#open) overlay.end?.();
  }

  redraw(): void {
    this.#changed();
  }

  /** @returns false when no overlay took the key. */
  press(key: Key): boolean {
    const { top } = this;
    if (top === undefined) return false;
    const pressed = top.press(key);
    if (pressed === "close") this.close(top);
    else if (pressed === "taken") this.#changed();
    return pressed !== "ignored";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    for (const overlay of this.#open) overlay.draw(canvas, area, theme);
  }
}
