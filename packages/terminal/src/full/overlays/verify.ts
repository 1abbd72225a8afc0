/** Safety words: twelve words in three rows, the same for both, and three answers of which none is the default. */
import type { Client } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { error, hint, info, type Line, warning } from "../../output.ts";
import type { Key } from "../../screen/keys.ts";
import { say } from "../../text/index.ts";
import { refusalWords } from "../../words.ts";
import type { Area, Canvas } from "../canvas.ts";
import type { Overlay, Overlays } from "../overlay.ts";
import type { Theme } from "../theme.ts";
import { drawNotice } from "./notice.ts";
import { passes } from "./passing.ts";
import { RunningClock } from "./running-clock.ts";

export interface VerifyParts {
  readonly client: Pick<Client, "request">;
  /** The words match. @returns whether that is kept; why not is said elsewhere. */
  mark(): Promise<boolean>;
  readonly overlays: Overlays;
  readonly username: string;
  /** The name of this person. */
  readonly me: string;
  /** It is over; the lines say how it went, none where it was put off. */
  done(verified: boolean, lines: readonly Line[]): void;
}

type State =
  | { readonly type: "making" }
  | { readonly type: "words"; readonly words: readonly string[]; readonly verified: boolean }
  | { readonly type: "marking" }
  | { readonly type: "said"; readonly lines: readonly Line[] };

const WORDS_IN_A_ROW = 4;

export class Verify implements Overlay {
  readonly name = "verify";
  readonly #parts: VerifyParts;
  readonly #clock: RunningClock;
  #state: State = { type: "making" };
  #isOver = false;
  /** All twelve words are seen: before that none of the answers can be meant. */
  #isWhole = false;
  /** Something was typed that belongs into a message: here it goes nowhere, which is said. */
  #isRefused = false;

  constructor(parts: VerifyParts) {
    this.#parts = parts;
    this.#clock = new RunningClock(() => parts.overlays.redraw());
    this.#clock.start();
    void this.#make();
  }

  press(key: Key): "taken" | "ignored" | "close" {
    if (passes(key)) return "ignored";
    const isEsc = key.type === "chord" && (key.chord === "escape" || key.chord === "ctrl+c");
    const isRead = this.#state.type === "said" && key.type === "chord" && key.chord === "enter";
    if (isEsc || isRead) {
      this.#over(false, []);
      return "close";
    }
    const isAsked = this.#state.type === "words" && !this.#state.verified && this.#isWhole;
    const answer = answerOf(key);
    this.#isRefused = key.type === "paste" || (key.type === "text" && (!isAsked || answer === undefined));
    if (!isAsked) return "taken";
    if (answer === true) void this.#mark();
    if (answer === false) this.#show({ type: "said", lines: this.#different() });
    return "taken";
  }

  end(): void {
    this.#over(false, []);
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const text = say().overlays.verify;
    const who = this.#who();
    const state = this.#state;
    const { hints, pager } = say().overlays;
    const box = { title: text.title(who), hints: this.#isRefused ? pager.refused : hints.close };
    switch (state.type) {
      case "making":
        drawNotice(canvas, area, theme, { ...box, lines: () => [[text.making(this.#clock.seconds)]] });
        return;
      case "marking":
        drawNotice(canvas, area, theme, {
          ...box,
          lines: () => [[say().overlays.dialog.working(this.#clock.seconds)]],
        });
        return;
      case "said":
        drawNotice(canvas, area, theme, { ...box, lines: () => state.lines });
        return;
      case "words": {
        const { already, readAloud } = say().commands.verify;
        const asks = state.verified ? [] : [[text.yes], [text.no], [text.later]];
        this.#isWhole = drawNotice(canvas, area, theme, {
          title: box.title,
          hints: state.verified || this.#isRefused ? box.hints : "",
          before: [[text.same(who)]],
          lines: (columns) => rowsOfWords(state.words, columns),
          after: [[state.verified ? already(who) : readAloud(who, this.#parts.me)]],
          asks,
        });
      }
    }
  }

  async #make(): Promise<void> {
    const { client, username } = this.#parts;
    const safety = await client.request("contact.safetyWords", { username });
    this.#clock.stop();
    if (this.#isOver) return;
    if (!safety.ok) return this.#show({ type: "said", lines: refusalLines(safety.error) });
    const { words, verified } = safety.value;
    this.#show({ type: "words", words: words.split(" "), verified });
  }

  async #mark(): Promise<void> {
    const { mark, overlays } = this.#parts;
    this.#show({ type: "marking" });
    this.#clock.start();
    const isKept = await mark();
    // Also where it was closed meanwhile: it is done.
    this.#over(isKept, isKept ? [info(say().commands.verify.done(this.#who()))] : []);
    overlays.close(this);
  }

  #different(): readonly Line[] {
    const text = say().commands.verify;
    return [warning(text.different(this.#who())), hint(text.differentHint)];
  }

  #show(state: State): void {
    this.#state = state;
    this.#parts.overlays.redraw();
  }

  #over(verified: boolean, lines: readonly Line[]): void {
    this.#clock.stop();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.done(verified, lines);
  }

  #who(): string {
    return sanitiseName(this.#parts.username);
  }
}

function refusalLines(refusal: Parameters<typeof refusalWords>[0]): readonly Line[] {
  const words = refusalWords(refusal);
  return [error(words.what), hint(words.hint)];
}

/** By its letter in the language of the person; a paste is no answer, and no key is the default. */
function answerOf(key: Key): boolean | undefined {
  if (key.type !== "text") return undefined;
  const letter = key.text.toLowerCase();
  const { yesWord, noWord } = say().overlays.confirm;
  if (letter === yesWord.charAt(0)) return true;
  return letter === noWord.charAt(0) ? false : undefined;
}

/** Read aloud from left to right, four in a row. */
function rowsOfWords(words: readonly string[], columns: number): readonly Line[] {
  const width = Math.max(...words.map((word) => word.length)) + 2;
  const isWide = width * WORDS_IN_A_ROW + INDENT.length <= columns + 2;
  const rows: Line[] = [];
  for (let at = 0; at < words.length; at += WORDS_IN_A_ROW) {
    const row = words.slice(at, at + WORDS_IN_A_ROW);
    const text = isWide ? `${INDENT}${row.map((word) => word.padEnd(width)).join("")}` : row.join(" ");
    rows.push([{ text: text.trimEnd(), style: "bold" }]);
  }
  return rows;
}

const INDENT = "  ";
