/**
 * The plain mode's screen as a dialog of the full screen: first run, unlocking and every command that asks run on it as
 * they are. Lines stand in a box that scrolls, the question below it; nothing that was typed is lost by a resize.
 */
import type { Line, Look } from "../output.ts";
import type { Key } from "../screen/keys.ts";
import type { AskOptions, Screen, Step } from "../screen/screen.ts";
import { say } from "../text/index.ts";
import type { Area, Canvas } from "./canvas.ts";
import type { Overlay, Overlays } from "./overlay.ts";
import { type DialogView, drawDialog, roomForQr } from "./overlays/dialog-view.ts";
import { Field } from "./overlays/field.ts";
import { RunningClock } from "./overlays/running-clock.ts";
import { Transcript } from "./overlays/transcript.ts";
import type { Theme } from "./theme.ts";

export interface DialogOptions {
  readonly title: string;
  /** "whole": there is nothing else yet. "over": it opens over the chat with its first question, {@link DialogScreen.finish} ends it. */
  readonly kind: "whole" | "over";
  readonly look: Look;
  readonly overlays: Overlays;
  /** Of the whole screen. */
  size(): { readonly columns: number; readonly rows: number };
  /** Ctrl-C or Ctrl-Q twice. */
  quit(): void;
}

const USUAL = { columns: 80, rows: 24 };

interface Asked {
  readonly question: string;
  readonly secret: boolean;
  /** Answers that one key gives, their first letter. */
  readonly choices: readonly string[];
  /** Esc gives no answer; without it Esc only takes away what is typed. */
  readonly canGoBack: boolean;
  resolve(answer: string | undefined): void;
}

export class DialogScreen implements Screen, Overlay {
  readonly name = "dialog";
  readonly look: Look;
  /** In the first run there are secrets to be copied, and nothing else to point at. */
  readonly leavesMouse: boolean;
  readonly #options: DialogOptions;
  readonly #transcript = new Transcript();
  readonly #field = new Field();
  #asked: Asked | undefined;
  #step: Step | undefined;
  #isOpen = false;
  #isEnded = false;
  #wentBack = false;
  /** Rows that are scrolled up from the newest. */
  #scroll = 0;
  #page = 1;
  #textAlone = false;
  /** Ctrl-C was pressed once. */
  #isLeaving = false;
  /** Runs while something goes on and nothing is asked: the seconds show that it is alive. */
  readonly #clock: RunningClock;

  constructor(options: DialogOptions) {
    this.#options = options;
    this.look = options.look;
    this.leavesMouse = options.kind === "whole";
    this.#clock = new RunningClock(() => this.#redraw());
    if (options.kind === "whole") this.#open();
  }

  /** What is printed is to be whole in a window of the usual size, also where this one grows to it only later. */
  size(): { columns: number; rows: number } {
    const { columns, rows } = roomForQr(this.#options.size());
    if (this.#options.kind === "over") return { columns, rows };
    const usual = roomForQr(USUAL);
    return { columns: Math.max(columns, usual.columns), rows: Math.max(rows, usual.rows) };
  }

  print(...lines: readonly Line[]): void {
    this.#transcript.print(lines);
    this.#scroll = 0;
    if (this.#isOpen && this.#asked === undefined) this.#clock.start();
    this.#redraw();
  }

  async ask(asked: string, options: AskOptions = {}): Promise<string | undefined> {
    const { secret = false, choices = [], byKey: question = asked } = options;
    // Every command can do without an answer; the first run says where it can.
    const canGoBack = options.canGoBack ?? this.#options.kind === "over";
    this.#wentBack = false;
    if (this.#isEnded) return undefined;
    this.#transcript.asks(question);
    this.#scroll = 0;
    this.#isLeaving = false;
    const answer = new Promise<string | undefined>((resolve) => {
      this.#asked = { question, secret, choices, canGoBack, resolve };
    });
    this.#clock.stop();
    if (this.#isOpen) this.#redraw();
    else this.#open();
    return answer;
  }

  /** Something was asked: what is printed is seen here. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get wentBack(): boolean {
    return this.#wentBack;
  }

  async pause(): Promise<void> {
    await this.ask(say().overlays.dialog.goOn, { canGoBack: true });
  }

  step(step: Step | undefined): void {
    this.#step = step;
    this.#redraw();
  }

  read(): Promise<string | undefined> {
    return this.ask("> ");
  }

  prompt(): void {}
  entered(): void {}
  setCompletion(): void {}

  /** Takes the dialog away. @returns the lines that nobody has seen in it: what was printed after the last answer, or all. */
  finish(): readonly Line[] {
    const news = this.#transcript.news();
    this.close();
    return news;
  }

  close(): void {
    this.end();
    this.#clock.stop();
    this.#transcript.forget();
    if (this.#isOpen) this.#options.overlays.close(this);
    this.#isOpen = false;
  }

  /** There are no more answers: the program ends. */
  end(): void {
    this.#isEnded = true;
    this.#answer(undefined);
  }

  press(key: Key): "taken" | "ignored" {
    if (key.type === "chord" && (key.chord === "ctrl+z" || key.chord === "ctrl+l")) return "ignored";
    if (key.type === "focus" || key.type === "reply") return "ignored";
    const isLeaving = this.#isLeaving;
    this.#isLeaving = false;
    if (key.type === "mouse") this.#wheel(key.action);
    else if (key.type !== "chord" || !this.#command(key.chord, isLeaving)) this.#type(key);
    this.#redraw();
    return "taken";
  }

  draw(canvas: Canvas, area: Area, theme: Theme): void {
    const { scroll, page } = drawDialog(canvas, area, theme, this.#view());
    this.#scroll = scroll;
    this.#page = page;
  }

  #view(): DialogView {
    const asked = this.#asked;
    return {
      title: this.#options.title,
      step: this.#step,
      kind: this.#options.kind,
      transcript: this.#transcript,
      field: this.#field,
      asked,
      scroll: this.#scroll,
      textAlone: this.#textAlone,
      isLeaving: this.#isLeaving,
      canGoBack: asked?.canGoBack === true,
      busySeconds: asked === undefined ? this.#clock.seconds : undefined,
    };
  }

  #command(chord: string, isLeaving: boolean): boolean {
    switch (chord) {
      case "ctrl+c":
      case "ctrl+q":
        if (chord === "ctrl+c" && !this.#field.isEmpty) this.#field.set("");
        else if (isLeaving) {
          this.end();
          this.#options.quit();
        } else this.#isLeaving = true;
        return true;
      case "escape":
        if (this.#asked?.canGoBack === true) {
          this.#wentBack = true;
          this.#answer(undefined);
        } else this.#field.set("");
        return true;
      case "enter":
      case "ctrl+j":
        // Of choices none is the default.
        if (!this.#field.isEmpty || this.#asked?.choices.length === 0) this.#answer(this.#field.text);
        return true;
      case "pageup":
        this.#scroll += this.#page;
        return true;
      case "pagedown":
        this.#scroll = Math.max(0, this.#scroll - this.#page);
        return true;
      case "up":
        this.#scroll++;
        return true;
      case "down":
        this.#scroll = Math.max(0, this.#scroll - 1);
        return true;
      default:
        return false;
    }
  }

  #wheel(action: string): void {
    if (action === "wheel-up") this.#scroll += 3;
    if (action === "wheel-down") this.#scroll = Math.max(0, this.#scroll - 3);
  }

  #type(key: Key): void {
    const asked = this.#asked;
    const { columns } = this.#options.size();
    if (key.type === "text" && this.#field.isEmpty) {
      const choice = asked?.choices.find((one) => one.charAt(0).toLowerCase() === key.text.toLowerCase());
      if (choice !== undefined) return this.#answer(choice);
      if (key.text === "t" && this.#transcript.qr(columns) !== undefined) {
        this.#textAlone = !this.#textAlone;
        return;
      }
    }
    // What is typed ahead, while nothing is asked, would answer what nobody has read.
    if (asked !== undefined) this.#field.press(key);
  }

  #answer(answer: string | undefined): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#asked = undefined;
    this.#transcript.answered(asked.secret && answer !== undefined ? "✓" : (answer ?? ""));
    this.#field.set("");
    this.#textAlone = false;
    if (!this.#isEnded) this.#clock.start();
    asked.resolve(answer);
  }

  #open(): void {
    this.#isOpen = true;
    this.#options.overlays.open(this);
    if (this.#asked === undefined) this.#clock.start();
  }

  #redraw(): void {
    if (this.#isOpen) this.#options.overlays.redraw();
  }
}
