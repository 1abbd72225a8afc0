import { type Line, renderLine } from "../src/output.ts";
import type { Completion } from "../src/screen/editor.ts";
import type { Screen } from "../src/screen/screen.ts";
import { tick } from "./fake-client.ts";

/** A screen that reads a script and keeps what a person would see, with the typed lines marked by `> `. */
export class FakeScreen implements Screen {
  readonly look = { isTerminal: false, colour: false, byEar: true };
  readonly seen: string[] = [];
  complete: (before: string) => Completion = () => ({ word: "", candidates: [] });
  readonly #script: (string | (() => void | Promise<void>))[];
  readonly #progress: () => number;
  #prompt = "";

  /**
   * @param script - lines to type, and things to do between them.
   * @param progress - grows while something goes on behind the screen: the next line waits for its end.
   */
  constructor(script: readonly (string | (() => void | Promise<void>))[], progress: () => number = () => 0) {
    this.#script = [...script];
    this.#progress = progress;
  }

  size(): { columns: number; rows: number } {
    return { columns: 80, rows: 24 };
  }

  print(...lines: readonly Line[]): void {
    for (const line of lines) this.seen.push(renderLine(line, false));
  }

  prompt(text: string): void {
    this.#prompt = text;
  }

  async read(): Promise<string | undefined> {
    for (let next = this.#script.shift(); next !== undefined; next = this.#script.shift()) {
      await this.#rest();
      if (typeof next === "string") {
        this.seen.push(`<${this.#prompt}${next}`);
        return next;
      }
      await next();
    }
    await this.#rest();
    return undefined;
  }

  /** Until nothing has moved for a while: answers come after a millisecond each, timers fire in their order. */
  async #rest(): Promise<void> {
    for (let quiet = 0, before = -1; quiet < 2; ) {
      const now = this.seen.length + this.#progress();
      quiet = now === before ? quiet + 1 : 0;
      before = now;
      await tick(5);
    }
  }

  async ask(question: string, { secret = false } = {}): Promise<string | undefined> {
    await this.#rest();
    const next = this.#script.shift();
    const answer = typeof next === "string" ? next : undefined;
    this.seen.push(`<${question}${secret ? "(hidden)" : (answer ?? "(end)")}`);
    return answer;
  }

  entered(): void {}

  setCompletion(complete: (before: string) => Completion): void {
    this.complete = complete;
  }

  close(): void {}
}
