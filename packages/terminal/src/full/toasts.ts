/** One line above the composer that goes away by itself. */
import type { Line } from "../output.ts";
import type { Board } from "./board.ts";

const SHOWN_MS = 5000;

export class Toasts {
  readonly #board: Board;
  #timer: NodeJS.Timeout | undefined;

  constructor(board: Board) {
    this.#board = board;
  }

  show(...line: Line): void {
    clearTimeout(this.#timer);
    const toast = { line, until: this.#board.now() + SHOWN_MS };
    this.#board.change((model) => ({ ...model, toast }));
    this.#timer = setTimeout(() => this.clear(), SHOWN_MS);
    this.#timer.unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    if (this.#board.model.toast !== undefined) this.#board.change((model) => ({ ...model, toast: undefined }));
  }
}
