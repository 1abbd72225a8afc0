/** The plain mode on a terminal: raw mode, the line editor, and the terminal put back however the process ends. */
import type { ReadStream, WriteStream } from "node:tty";
import { type Line, type Look, renderLine } from "../output.ts";
import { type Completion, Editor } from "./editor.ts";
import type { Screen } from "./screen.ts";

export interface TerminalEvents {
  /** Ctrl-C twice, or a signal that ends programs: what is to be saved must be saved now. */
  quit(signal: NodeJS.Signals | undefined): void;
}

export class TerminalScreen implements Screen {
  readonly look: Look;
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #editor: Editor;
  readonly #events: TerminalEvents;
  readonly #entered: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #answering: ((line: string | undefined) => void) | undefined;
  #ended = false;
  #open = false;
  #prompt = "> ";
  #complete: (before: string) => Completion = () => ({ word: "", candidates: [] });

  constructor(input: ReadStream, output: WriteStream, look: Look, events: TerminalEvents) {
    this.look = look;
    this.#input = input;
    this.#output = output;
    this.#events = events;
    const surface = {
      get columns(): number {
        return output.columns || 80;
      },
      get rows(): number {
        return output.rows || 24;
      },
      write: (text: string) => void output.write(text),
    };
    this.#editor = new Editor(surface, {
      submit: (text) => this.#submit(text),
      endOfInput: () => this.#end(),
      quit: () => events.quit(undefined),
      suspend: () => this.#suspend(),
      complete: (before) => this.#complete(before),
    });
  }

  open(): void {
    this.#open = true;
    this.#input.setRawMode(true);
    this.#input.on("data", this.#feed);
    this.#input.on("end", this.#hangUp);
    this.#input.on("error", this.#hangUp);
    this.#output.on("error", this.#hangUp);
    this.#output.on("resize", this.#resized);
    process.on("exit", this.#restore);
    process.on("SIGTSTP", this.#stopped);
    process.on("SIGCONT", this.#continued);
    this.#editor.start();
  }

  close(): void {
    if (!this.#open) return;
    this.#restore();
    this.#open = false;
    this.#input.off("data", this.#feed);
    this.#input.pause();
    process.off("exit", this.#restore);
    process.off("SIGTSTP", this.#stopped);
    process.off("SIGCONT", this.#continued);
    this.#output.off("resize", this.#resized);
  }

  size(): { columns: number; rows: number } {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  print(...lines: readonly Line[]): void {
    this.#editor.print(lines.map((line) => renderLine(line, this.look.colour)));
  }

  prompt(text: string): void {
    if (this.#prompt === text) return;
    this.#prompt = text;
    if (this.#answering === undefined) this.#editor.setPrompt(text);
  }

  read(): Promise<string | undefined> {
    const line = this.#entered.shift();
    if (line !== undefined || this.#ended) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  async ask(question: string, { secret = false } = {}): Promise<string | undefined> {
    if (this.#ended) return undefined;
    const draft = this.#editor.text();
    this.#editor.setPrompt(question, secret ? "secret" : "answer");
    this.#editor.setText("");
    const answer = await new Promise<string | undefined>((resolve) => {
      this.#answering = resolve;
    });
    this.#answering = undefined;
    this.#editor.setPrompt(this.#prompt);
    this.#editor.setText(draft);
    // What was asked and answered stays readable above; a secret leaves only its question.
    this.print([question, secret || answer === undefined ? "" : answer]);
    return answer;
  }

  entered(line: string): void {
    this.print([{ text: `${this.#prompt}${line}`, style: "dim", lines: true }]);
  }

  setCompletion(complete: (before: string) => Completion): void {
    this.#complete = complete;
  }

  #submit(text: string): void {
    if (this.#answering !== undefined) this.#answering(text);
    else if (this.#waiting === undefined) this.#entered.push(text);
    else {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting(text);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#answering?.(undefined);
    this.#waiting?.(undefined);
    this.#waiting = undefined;
  }

  readonly #feed = (chunk: Buffer): void => this.#editor.feed(chunk);
  readonly #hangUp = (): void => this.#events.quit("SIGHUP");
  readonly #resized = (): void => this.#editor.redraw();

  /** Synchronous, because it also runs while the process exits. */
  readonly #restore = (): void => {
    this.#editor.stop();
    if (!this.#input.destroyed) this.#input.setRawMode(false);
  };

  /** Ctrl-Z reaches the whole group, as from a terminal that is not in raw mode: a launcher may be in it. */
  #suspend(): void {
    // First: once the launcher has stopped, the terminal is the shell's, and who changes it then is stopped for that.
    this.#restore();
    process.kill(0, "SIGTSTP");
  }

  readonly #stopped = (): void => {
    this.#restore();
    // Only after the terminal is back: the shell writes to it next.
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #continued = (): void => {
    if (!this.#open) return;
    this.#input.setRawMode(true);
    this.#editor.start();
  };
}
