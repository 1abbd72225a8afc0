/** A program under a pseudo-terminal, with the time at which each piece of what it drew was there. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import { cleanEnv } from "../e2e/harness/program.ts";
import { pinned } from "./processors.ts";

const PATIENCE_MS = 60_000;
/** So long nothing is written when a screen is at rest. */
const REST_MS = 700;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Where something is drawn, from 0. */
export interface Spot {
  readonly row: number;
  readonly column: number;
}

interface Wait {
  readonly look: () => boolean;
  readonly found: (at: number) => void;
}

/** Whatever still runs when the bench is interrupted. */
const running = new Set<TimedTerminal>();
process.on("exit", () => {
  for (const terminal of running) terminal.kill();
});

export class TimedTerminal implements AsyncDisposable {
  readonly pid: number;
  /** All that came so far. */
  bytes = 0;
  readonly #screen: xterm.Terminal;
  readonly #pty: ReturnType<typeof spawn>;
  readonly #ended: Promise<void>;
  #wait: Wait | undefined;
  #heardAt = 0;

  /** @param command - on the processor that is measured, and alone on it where there are two. */
  constructor(command: readonly string[], { columns: cols, rows }: Size, home: string) {
    this.#screen = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    const env = { ...cleanEnv(home), COLORTERM: "truecolor" };
    const [file, ...args] = command;
    if (file === undefined) throw new Error("there is no program to start");
    this.#pty = spawn(file, args, { name: "xterm-256color", cols, rows, cwd: home, env, encoding: null });
    this.pid = this.#pty.pid;
    // The answers to what the program asks of its terminal.
    this.#screen.onData((answer) => this.#pty.write(answer));
    this.#pty.onData((data) => {
      const at = performance.now();
      // With no encoding it gives bytes, whatever its types say.
      const chunk = Buffer.from(data);
      this.bytes += chunk.length;
      this.#heardAt = at;
      this.#screen.write(chunk, () => this.#look(at));
    });
    running.add(this);
    this.#ended = new Promise((resolve) => {
      this.#pty.onExit(() => {
        running.delete(this);
        resolve();
      });
    });
  }

  /** Node on the measured processor. */
  static node(args: readonly string[], size: Size, home: string): TimedTerminal {
    return new TimedTerminal(pinned(args), size, home);
  }

  get rows(): readonly string[] {
    const { active } = this.#screen.buffer;
    return Array.from({ length: this.#screen.rows }, (_, row) => this.row(active.baseY + row));
  }

  row(row: number): string {
    return this.#screen.buffer.active.getLine(row)?.translateToString(true) ?? "";
  }

  get cursor(): Spot {
    const { cursorX: column, cursorY: row } = this.#screen.buffer.active;
    return { row, column };
  }

  /** Whether this stands there, with the cursor right behind it. */
  isTyped(text: string, { row, column }: Spot): boolean {
    const { cursor } = this;
    if (cursor.row !== row || cursor.column !== column + text.length) return false;
    return this.row(row).slice(column, column + text.length) === text;
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  /** @returns milliseconds from the keys to the bytes after which the screen looks so. */
  async time(keys: string, look: () => boolean, what: string): Promise<number> {
    if (look()) throw new Error(`it is there before the key: ${what}`);
    const startedAt = performance.now();
    const seen = this.#until(look, what);
    this.press(keys);
    return (await seen) - startedAt;
  }

  async sees(text: string): Promise<void> {
    const look = (): boolean => this.rows.some((row) => row.includes(text));
    if (!look()) await this.#until(look, `"${text}"`);
  }

  /** Nothing has been written for a while. */
  async rest(): Promise<void> {
    while (performance.now() - this.#heardAt < REST_MS) await pause(REST_MS / 4);
  }

  kill(): void {
    this.#pty.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (running.has(this)) this.#pty.kill("SIGTERM");
    await this.#ended;
    this.#screen.dispose();
  }

  #look(at: number): void {
    if (this.#wait?.look() !== true) return;
    this.#wait.found(at);
    this.#wait = undefined;
  }

  #until(look: () => boolean, what: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} was not seen in\n${this.rows.join("\n")}`)),
        PATIENCE_MS,
      );
      const found = (at: number): void => {
        clearTimeout(timer);
        resolve(at);
      };
      this.#wait = { look, found };
    });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
