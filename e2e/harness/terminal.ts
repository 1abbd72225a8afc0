import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { cleanEnv, type Env } from "./program.ts";
import { Watch } from "./watch.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Modes that a terminal tells of: whoever sets one has to put it back. */
const MODES = [1, 6, 7, 9, 12, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026];

/** A program under a pseudo-terminal, with a screen that is read as a person reads it. */
export class Terminal implements AsyncDisposable {
  readonly pid: number;
  /** The exit code. */
  readonly ended: Promise<number>;
  readonly screen: xterm.Terminal;
  readonly #watch = new Watch();
  readonly #raw: Buffer[] = [];
  readonly #pty: ReturnType<typeof spawn>;
  #isRunning = true;
  #title = "";
  /** It is the test that asks the screen something. */
  #isAsked = false;

  constructor(file: string, args: readonly string[], home: string, size: Size, env: Env = {}) {
    const { columns: cols, rows } = size;
    this.screen = new xterm.Terminal({ cols, rows, scrollback: 5000, allowProposedApi: true });
    const options = {
      name: env.TERM ?? "xterm-256color",
      cols,
      rows,
      cwd: home,
      env: { ...cleanEnv(home, env) },
      encoding: null,
    };
    this.#pty = spawn(file, [...args], options);
    this.pid = this.#pty.pid;
    this.#pty.onData((data) => {
      // With no encoding it gives bytes, whatever its types say.
      const chunk = Buffer.from(data);
      this.#raw.push(chunk);
      // A frame that is half drawn is seen by nobody where the terminal can wait for its end.
      this.screen.write(chunk, () => {
        if (!this.screen.modes.synchronizedOutputMode) this.#watch.changed();
      });
    });
    this.screen.onTitleChange((title) => {
      this.#title = title;
      this.#watch.changed();
    });
    // What it asks of the terminal is answered, as a real one does.
    this.screen.onData((answer) => {
      if (this.#isRunning && !this.#isAsked) this.#pty.write(answer);
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#isRunning = false;
        // After the last byte has been drawn.
        this.screen.write("", () => {
          resolve(exitCode);
          this.#watch.broken(new Error(`it ended with ${exitCode}`));
        });
      });
    });
  }

  /** Every byte that it wrote. */
  get raw(): Buffer {
    return Buffer.concat(this.#raw);
  }

  /** What stands on the screen and above it, a line that was wrapped as one. */
  get lines(): readonly string[] {
    const { active } = this.screen.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row);
      const isWrapped = active.getLine(row + 1)?.isWrapped === true;
      const text = line?.translateToString(!isWrapped) ?? "";
      if (line?.isWrapped === true) lines.push((lines.pop() ?? "") + text);
      else lines.push(text);
    }
    return lines;
  }

  /** What stands on the screen itself, row by row. */
  get visible(): readonly string[] {
    const { active } = this.screen.buffer;
    return Array.from({ length: this.screen.rows }, (_, row) => {
      return active.getLine(active.baseY + row)?.translateToString(true) ?? "";
    });
  }

  /** Foreground and background of the first sign of a line, as numbers of the palette. */
  colours(line: string): readonly [number, number] {
    const { active } = this.screen.buffer;
    for (let row = 0; row < active.length; row++) {
      if (active.getLine(row)?.translateToString(true) !== line) continue;
      const cell = active.getLine(row)?.getCell(line.search(/\S/));
      if (cell !== undefined) return [cell.getFgColor(), cell.getBgColor()];
    }
    throw new Error(`there is no line ${line}`);
  }

  /** The newest line with this text that is finished: what is being typed is below it. */
  async sees(text: string): Promise<string> {
    return await this.#watch.until(
      () => this.#finished.findLast((line) => line.includes(text)),
      () => `"${text}" on the screen:\n${this.lines.slice(-40).join("\n")}`,
    );
  }

  /** Waits until this stands on the screen, wherever or in the row `at`, from 0. @returns the row. */
  async shows(text: string | RegExp, at?: number): Promise<string> {
    const fits = (row: string): boolean => (typeof text === "string" ? row.includes(text) : text.test(row));
    return await this.#watch.until(
      () => this.visible.find((row, index) => (at === undefined || index === at) && fits(row)),
      () => `${text} on the screen:\n${this.visible.join("\n")}`,
    );
  }

  /** Waits until the window is called this. */
  async titled(title: string): Promise<void> {
    await this.#watch.until(
      () => this.#title === title,
      () => `the title "${title}", and it is "${this.#title}"`,
    );
  }

  /** Waits until this stands nowhere on the screen. */
  async hides(text: string): Promise<void> {
    await this.#watch.until(
      () => !this.visible.some((row) => row.includes(text)),
      () => `no "${text}" on the screen:\n${this.visible.join("\n")}`,
    );
  }

  /**
   * What the terminal answers when it is asked for its modes (DECRQM): 1 is set, 2 is not; and which of the two screens
   * it shows.
   */
  async modes(): Promise<Readonly<Record<string, string>>> {
    const modes: Record<string, string> = {};
    // What came before is drawn first.
    await new Promise<void>((resolve) => this.screen.write("", resolve));
    const listening = this.screen.onData((answer) => {
      for (const [, mode = "", state = ""] of answer.matchAll(/\u001b\[\?(\d+);(\d)\$y/g)) modes[mode] = state;
    });
    this.#isAsked = true;
    await new Promise<void>((resolve) => this.screen.write(MODES.map((mode) => `\u001b[?${mode}$p`).join(""), resolve));
    this.#isAsked = false;
    listening.dispose();
    return { ...modes, buffer: this.screen.buffer.active.type };
  }

  resize({ columns, rows }: Size): void {
    this.screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Waits until the line at the bottom asks for this. */
  async asks(question: string): Promise<void> {
    await this.#watch.until(
      () => this.#bottom.startsWith(question),
      () => `the question "${question}" on the screen:\n${this.lines.slice(-40).join("\n")}`,
    );
  }

  get #bottom(): string {
    return this.lines.findLast((line) => line !== "") ?? "";
  }

  get #finished(): readonly string[] {
    const last = this.lines.findLastIndex((line) => line !== "");
    return this.lines.slice(0, Math.max(0, last));
  }

  /** What a person types, with Enter after it. */
  type(text: string): void {
    this.press(`${text}\r`);
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  async answer(question: string, text: string): Promise<void> {
    await this.asks(question);
    this.type(text);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#isRunning) this.#pty.kill(signal);
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.screen.dispose();
  }
}
