/**
 * Bytes to a terminal that may be slow, or stopped with Ctrl-S: one write is under way at a time, in a thread of its
 * own, so that a terminal that takes nothing holds up nothing but itself.
 */
import { write as writeFile, writeSync } from "node:fs";

/** A write that takes longer than this says that the terminal does not keep up. */
const SLOW_MS = 30;
/** And one that takes so long, that the terminal takes nothing at all. */
const STUCK_MS = 400;
const QUEUE_MAX = 65_536;
const AGAIN_MS = 10;

export class TtyOutput {
  readonly #fd: number;
  readonly #lost: () => void;
  #queue = "";
  #isWriting = false;
  #startedAt = 0;
  #isLost = false;
  #waiting: (() => void)[] = [];

  /** @param lost - the terminal is gone: called once. */
  constructor(fd: number, lost: () => void) {
    this.#fd = fd;
    this.#lost = lost;
  }

  write(text: string): void {
    if (this.#isLost || text === "") return;
    this.#queue += text;
    if (!this.#isWriting) this.#next();
  }

  isBackedUp(): boolean {
    if (!this.#isWriting) return false;
    return this.#queue.length > QUEUE_MAX || performance.now() - this.#startedAt > SLOW_MS;
  }

  isStuck(): boolean {
    return this.#isWriting && performance.now() - this.#startedAt > STUCK_MS;
  }

  /** Resolves when everything is written, or nothing can be. */
  drained(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** At once, for a process that ends; what waits in the queue is given up. */
  writeNow(text: string): void {
    // A terminal that takes nothing would hold this up for ever, and take nothing of it.
    const isStuck = this.isStuck();
    this.#queue = "";
    if (this.#isLost || isStuck) return;
    const bytes = Buffer.from(text);
    // A terminal that is not read gets a few tries: this process does not hang for it.
    for (let at = 0, tries = 0; at < bytes.length && tries < 50; tries++) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (cause) {
        if (!isAgain(cause)) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
      }
    }
  }

  #next(): void {
    const bytes = Buffer.from(this.#queue);
    this.#queue = "";
    if (bytes.length === 0) {
      this.#isWriting = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
      return;
    }
    this.#isWriting = true;
    this.#startedAt = performance.now();
    this.#send(bytes, 0);
  }

  #send(bytes: Buffer, from: number): void {
    writeFile(this.#fd, bytes, from, bytes.length - from, null, (cause, written) => {
      if (cause !== null && !isAgain(cause)) this.#fail();
      else if (cause !== null) setTimeout(() => this.#send(bytes, from), AGAIN_MS);
      else if (from + written < bytes.length) this.#send(bytes, from + written);
      else this.#next();
    });
  }

  #fail(): void {
    this.#isLost = true;
    this.#queue = "";
    this.#next();
    this.#lost();
  }
}

function isAgain(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "EAGAIN" || cause.code === "EINTR");
}
