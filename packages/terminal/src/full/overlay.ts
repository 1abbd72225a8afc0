/** What lies over the screen and takes the keys first: the palette, a search, help, a question. */
import type { Key } from "../screen/keys.ts";
import type { Area, Canvas } from "./canvas.ts";
import type { Theme } from "./theme.ts";

export interface Overlay {
  /** For tests and for the line of hints. */
  readonly name: string;
  /** While it is on top the mouse is the terminal's own: there is a text to be marked and copied. */
  readonly leavesMouse?: boolean;
  /**
   * @returns "close" to be taken away, "ignored" to let the key do what it does without an overlay, else "taken".
   */
  press(key: Key): "taken" | "ignored" | "close";
  /** Draws itself over what is there; sets the cursor where something is typed. */
  draw(canvas: Canvas, area: Area, theme: Theme): void;
  /** The program ends, and nobody will press a key any more: whoever waits for this is told. */
  end?(): void;
}

/** The overlays that are open, the topmost last. */
export interface Overlays {
  open(overlay: Overlay): void;
  close(overlay: Overlay): void;
  /** Something in one of them changed by itself: an answer came. */
  redraw(): void;
}
