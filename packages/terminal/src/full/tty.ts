/** The terminal of the full screen: taken, asked what it can do, read, written to, and put back however this ends. */
import type { ReadStream, WriteStream } from "node:tty";
import { type Key, KeyReader } from "../screen/keys.ts";
import { setEmojiWidths } from "../screen/width.ts";
import { type Capabilities, capabilitiesOf, type Environment } from "./capabilities.ts";
import { Probe, questions } from "./probe.ts";
import { givingBytes, KEYBOARD_ON, mouseBytes, takingBytes, titleBytes } from "./tty-modes.ts";
import { TtyOutput } from "./tty-output.ts";

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface TtyEvents {
  key(key: Key): void;
  /** Nobody knows any more what the terminal shows: it has another size, came back, or turned out to be another one. */
  redraw(): void;
  /** A signal that ends programs, or a terminal that is gone. The terminal is back already; save what is to be saved. */
  end(signal: NodeJS.Signals): void;
}

export interface TtyOptions {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly env: Environment;
  readonly mouse: boolean;
  readonly events: TtyEvents;
}

/** Longer than this nobody waits for answers; late ones count too. */
const ANSWER_MS = 150;
/** An Escape that nothing follows for so long is the key. */
const ESCAPE_MS = 50;
/** A window that is dragged has many sizes. */
const RESIZE_MS = 30;
const CLOSE_MS = 500;
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Takes the terminal. Keys come only after this has resolved, also those that were pressed before. */
export async function openTty(options: TtyOptions): Promise<Tty> {
  const tty = new Tty(options);
  await tty.ask();
  return tty;
}

export class Tty {
  readonly #input: ReadStream;
  readonly #screen: WriteStream;
  readonly #env: Environment;
  readonly #events: TtyEvents;
  readonly #output: TtyOutput;
  readonly #keys = new KeyReader();
  readonly #probe: Probe;
  #mouse: boolean;
  #title: string | undefined;
  /** Ours; with somebody else for a while (stopped, or an editor runs); given back for good. */
  #state: "taken" | "lent" | "closed" = "lent";
  #isStopped = false;
  /** Keys that were pressed while answers are awaited. */
  #early: Key[] | undefined = [];
  #answered: () => void = () => {};
  #escape: NodeJS.Timeout | undefined;
  #resize: NodeJS.Timeout | undefined;

  constructor({ input, output, env, mouse, events }: TtyOptions) {
    this.#input = input;
    this.#screen = output;
    this.#env = env;
    this.#events = events;
    this.#mouse = mouse;
    this.#probe = new Probe(capabilitiesOf(env));
    this.#output = new TtyOutput(descriptorOf(output), () => this.#end("SIGHUP"));
    input.on("end", this.#lost);
    input.on("error", this.#lost);
    output.on("error", this.#lost);
    output.on("resize", this.#resized);
    process.on("exit", this.#giveNow);
    process.on("uncaughtExceptionMonitor", this.#crashed);
    process.on("SIGTSTP", this.#stopped);
    process.on("SIGCONT", this.#continued);
    for (const signal of ENDING) process.on(signal, this.#end);
    this.#take();
  }

  /** Asks the terminal what it can do, and waits a short while for the answers. */
  async ask(): Promise<void> {
    this.#output.write(questions(this.capabilities, this.#env, this.size().rows));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      this.#answered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#answered = () => {};
    setEmojiWidths(this.capabilities.emoji);
    setImmediate(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const key of early) this.#events.key(key);
    });
  }

  get capabilities(): Capabilities {
    return this.#probe.capabilities;
  }

  size(): Size {
    return { rows: this.#screen.rows || 24, columns: this.#screen.columns || 80 };
  }

  /** What `paint` made; nothing while somebody else has the terminal. */
  write(bytes: string): void {
    if (this.#state === "taken") this.#output.write(bytes);
  }

  isBackedUp(): boolean {
    return this.#output.isBackedUp();
  }

  drained(): Promise<void> {
    return this.#output.drained();
  }

  setTitle(title: string): void {
    if (title === this.#title) return;
    this.#title = title;
    this.write(titleBytes(this.capabilities, title));
  }

  setMouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    this.write(mouseBytes(on));
  }

  /** Ctrl-Z: reaches the whole group, as from a terminal that is not in raw mode; a launcher may be in it. */
  suspend(): void {
    // The shell would find the terminal as it is: one that takes nothing at the moment is waited for.
    if (this.#output.isStuck()) {
      void this.#output.drained().then(() => {
        if (this.#state === "taken") this.suspend();
      });
      return;
    }
    // First: once the launcher has stopped, the terminal is the shell's, and who changes it then is stopped for that.
    this.#isStopped = true;
    this.#giveNow();
    process.kill(0, "SIGTSTP");
  }

  /** For a program that wants the terminal for itself, like an editor. */
  async lend(): Promise<void> {
    await this.#settled();
    this.#giveNow();
    this.#input.pause();
  }

  /** After {@link lend}. */
  takeBack(): void {
    if (this.#state !== "lent") return;
    this.#take();
    this.#events.redraw();
  }

  /** Gives the terminal back as it was found. */
  async close(): Promise<void> {
    if (this.#state === "taken") await this.#settled();
    this.#giveNow();
    if (this.#state === "closed") return;
    this.#state = "closed";
    // A process waits at its end for a write that a stopped terminal never takes: it would keep its vault locked.
    if (this.#output.isStuck()) process.once("exit", () => process.kill(process.pid, "SIGKILL"));
    this.#input.pause();
    clearTimeout(this.#escape);
    clearTimeout(this.#resize);
    this.#input.off("end", this.#lost);
    this.#screen.off("resize", this.#resized);
    process.off("exit", this.#giveNow);
    process.off("uncaughtExceptionMonitor", this.#crashed);
    process.off("SIGTSTP", this.#stopped);
    process.off("SIGCONT", this.#continued);
    for (const signal of ENDING) process.off(signal, this.#end);
  }

  #take(): void {
    if (!setRaw(this.#input, true)) {
      this.#events.end("SIGHUP");
      return;
    }
    this.#state = "taken";
    this.#input.on("data", this.#feed);
    this.#input.resume();
    this.#output.write(takingBytes(this.capabilities, this.#mouse));
    if (this.#title !== undefined) this.#output.write(titleBytes(this.capabilities, this.#title));
  }

  /** Synchronous, because it also runs while the process exits or stops. */
  readonly #giveNow = (): void => {
    if (this.#state !== "taken") return;
    this.#state = "lent";
    const isStuck = this.#output.isStuck();
    this.#output.writeNow(givingBytes(this.capabilities));
    this.#input.off("data", this.#feed);
    // It waits for what is written. At its end a process puts this back by itself, without waiting.
    if (!isStuck) setRaw(this.#input, false);
  };

  /** What is being written is done, or the terminal takes nothing. */
  async #settled(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#output.drained(), patience]);
    clearTimeout(timer);
  }

  readonly #feed = (chunk: Buffer): void => {
    clearTimeout(this.#escape);
    for (const key of this.#keys.read(chunk)) this.#press(key);
    if (!this.#keys.holdsEscape()) return;
    this.#escape = setTimeout(() => {
      for (const key of this.#keys.flush()) this.#press(key);
    }, ESCAPE_MS);
  };

  #press(key: Key): void {
    if (key.type === "reply") {
      this.#learn(key);
      return;
    }
    if (this.#early === undefined) this.#events.key(key);
    else this.#early.push(key);
  }

  #learn({ reply }: Extract<Key, { type: "reply" }>): void {
    const before = this.capabilities;
    this.#probe.take(reply);
    const after = this.capabilities;
    if (after.keyboard && !before.keyboard) this.write(KEYBOARD_ON);
    if (this.#probe.isDone) this.#answered();
    // A late answer: what stands on the screen was drawn for another terminal.
    if (this.#early !== undefined || after === before) return;
    setEmojiWidths(after.emoji);
    this.#events.redraw();
  }

  readonly #resized = (): void => {
    if (this.#resize !== undefined || this.#state !== "taken") return;
    this.#resize = setTimeout(() => {
      this.#resize = undefined;
      this.#events.redraw();
    }, RESIZE_MS);
  };

  readonly #lost = (): void => this.#end("SIGHUP");

  readonly #end = (signal: NodeJS.Signals): void => {
    this.#giveNow();
    if (this.#state === "closed") return;
    this.#events.end(signal);
  };

  readonly #crashed = (): void => this.#giveNow();

  readonly #stopped = (): void => {
    if (this.#state === "taken") this.#isStopped = true;
    this.#giveNow();
    // Only after the terminal is back: the shell writes to it next.
    process.kill(process.pid, "SIGSTOP");
  };

  readonly #continued = (): void => {
    // Stopped without being told: the shell had the terminal, in whatever state it was.
    if (this.#state === "taken") this.#giveNow();
    else if (!this.#isStopped || this.#state === "closed") return;
    this.#isStopped = false;
    // The window may have another size, and nobody told a stopped program.
    process.emit("SIGWINCH", "SIGWINCH");
    this.takeBack();
  };
}

function descriptorOf(output: WriteStream): number {
  return "fd" in output && typeof output.fd === "number" ? output.fd : 1;
}

/** @returns false when there is no terminal any more. */
function setRaw(input: ReadStream, on: boolean): boolean {
  if (input.destroyed) return false;
  try {
    input.setRawMode(on);
    return true;
  } catch {
    return false;
  }
}
