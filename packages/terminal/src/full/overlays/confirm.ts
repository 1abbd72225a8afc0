/** Asks before what cannot be undone: what will happen in words, and no answer that Enter would give. */
import type { Line } from "../../output.ts";
import type { Key } from "../../screen/keys.ts";
import { say } from "../../text/index.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Overlay } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { drawNotice } from "./notice.ts";
import { passes } from "./passing.ts";

export interface ConfirmParts {
  readonly title: string;
  /** What will happen. */
  readonly lines: readonly Line[];
  answer(yes: boolean): void;
}

export class Confirm implements Overlay {
  readonly name = "confirm";
  readonly #parts: ConfirmParts;

  constructor(parts: ConfirmParts) {
    this.#parts = parts;
  }

  press(key: Key): "taken" | "ignored" | "close" {
    const answer = answerOf(key);
    if (answer === undefined) return passes(key) ? "ignored" : "taken";
    this.#parts.answer(answer);
    return "close";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const text = say().overlays.confirm;
    const { title, lines } = this.#parts;
    drawNotice(canvas, area, theme, { title, lines: () => lines, hints: "", asks: [[text.yes], [text.no]] });
  }
}

/** Yes by its letter in the language of the person, no by its letter and by Esc; anything else is no answer. */
export function answerOf(key: Key): boolean | undefined {
  if (key.type === "chord") return key.chord === "escape" || key.chord === "ctrl+c" ? false : undefined;
  if (key.type !== "text") return undefined;
  const letter = key.text.toLowerCase();
  const { yesWord, noWord } = say().overlays.confirm;
  if (letter === yesWord.charAt(0)) return true;
  return letter === noWord.charAt(0) ? false : undefined;
}
