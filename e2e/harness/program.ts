import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { pathToFileURL } from "node:url";
import { Watch } from "./watch.ts";

export const packages = join(import.meta.dirname, "..", "..", "packages");
export const sottodFile = join(packages, "relay", "bin", "sottod.js");
export const sottoFile = join(packages, "terminal", "bin", "sotto.js");

export type Env = Readonly<Record<string, string>>;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

let options = `--import=${pathToFileURL(join(import.meta.dirname, "light.js")).href}`;

/** In a file of tests that calls this, passwords are stretched as in life: see `light.js`. */
export function stretchInEarnest(): void {
  options = "";
}

/** What a program is started with: nothing of the person who runs the tests gets in. */
export function cleanEnv(home: string, more: Env = {}): Env {
  const here = { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: home, TMPDIR: home, NODE_OPTIONS: options };
  return { ...here, LANG: "C.UTF-8", TZ: "UTC", ...more };
}

/**
 * One process of ours under the Node that runs the tests, so that no launcher stands before it. All that it writes is
 * kept, and it is ended by its process id alone.
 */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ending>;
  /** Told of every byte and of the end. */
  readonly watch = new Watch();
  readonly #child: ChildProcess;
  readonly #out: Buffer[] = [];
  readonly #err: Buffer[] = [];

  /** @param home - its home and current folder. */
  constructor(file: string, args: readonly string[], home: string, env: Env = {}, onLine?: (line: string) => void) {
    this.#child = spawn(process.execPath, [file, ...args], {
      env: cleanEnv(home, env),
      cwd: home,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const lines = splitter(onLine ?? (() => undefined));
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#out.push(chunk);
      lines(chunk);
      this.watch.changed();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#err.push(chunk);
      this.watch.changed();
    });
    // A program that was killed does not read what is written to it.
    this.#child.stdin?.on("error", () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      // "close" comes after the last byte, "exit" may come before it.
      this.#child.once("close", (code, signal) => {
        resolve({ code, signal });
        this.watch.broken(new Error(`it ended with ${signal ?? code}; it said: ${this.stderr.toString().slice(-600)}`));
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the process did not start");
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#out);
  }

  get stderr(): Buffer {
    return Buffer.concat(this.#err);
  }

  write(text: string | Uint8Array): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** @returns how it ended, once it has. */
  kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ending> {
    if (this.isRunning) this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** Hands each line on once it is whole. */
function splitter(take: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  };
}
