/** Tells the person that something came, in the way their terminal has for it. Without content unless they asked for it. */
import { sanitiseLine } from "@sotto/wire";
import { graphemes } from "../screen/width.ts";
import { say } from "../text/index.ts";
import type { Notifying } from "./capabilities.ts";

const CONTENT_MAX = 120;
/** Who writes a thousand messages is told of once: so long after a notification there is no other. */
const QUIET_MS = 3000;

/**
 * @param content - who wrote what; undefined: only that something came.
 * @returns the bytes that make the terminal tell; the focus is the caller's matter.
 */
export function notificationBytes(notifying: Notifying, content: string | undefined): string {
  const text = bodyOf(content ?? say().terminal.newMessage);
  switch (notifying) {
    case "osc99":
      // One notification that each new one takes the place of, and that goes away by itself when the window is looked at.
      return `\u001b]99;i=sotto:d=0:p=title;sotto\u001b\\\u001b]99;i=sotto:d=1:p=body;${text}\u001b\\`;
    case "osc777":
      // A semicolon would begin another part.
      return `\u001b]777;notify;sotto;${text.replaceAll(";", ",")}\u001b\\`;
    case "osc9":
      // A number in front would be another order to some terminals.
      return `\u001b]9;sotto: ${text}\u001b\\`;
    case "bell":
      return "\u0007";
  }
}

/** No control can be in it, so that nothing ends the sequence but its end. */
function bodyOf(text: string): string {
  const pieces = graphemes(sanitiseLine(text));
  return pieces.length <= CONTENT_MAX ? pieces.join("") : `${pieces.slice(0, CONTENT_MAX).join("")}…`;
}

/** Knows whether anybody looks: while the terminal has the focus nothing is told. */
export class Notifier {
  readonly #write: (bytes: string) => void;
  readonly #settings: { readonly notifying: Notifying; readonly enabled: boolean; readonly content: boolean };
  readonly #clock: () => number;
  #isFocused = true;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    write: (bytes: string) => void,
    settings: { readonly notifying: Notifying; readonly enabled: boolean; readonly content: boolean },
    clock: () => number = () => performance.now(),
  ) {
    this.#write = write;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** From the keys of type focus; a terminal that never says counts as looked at. */
  focus(focused: boolean): void {
    this.#isFocused = focused;
  }

  get isFocused(): boolean {
    return this.#isFocused;
  }

  /**
   * @param content - "" where it is several things at once, as after a while away.
   * @param elsewhere - told also while the terminal has the focus, as for another conversation than the open one.
   */
  tell(content: string, elsewhere = false): void {
    const { notifying, enabled, content: withContent } = this.#settings;
    if (!enabled || (this.#isFocused && !elsewhere)) return;
    const now = this.#clock();
    if (now - this.#toldAt < QUIET_MS) return;
    this.#toldAt = now;
    // Somebody who looks at the screen sees what came: a bell is enough.
    const shown = withContent && content !== "" ? content : undefined;
    this.#write(this.#isFocused ? "\u0007" : notificationBytes(notifying, shown));
  }
}
