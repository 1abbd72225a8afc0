/**
 * The one clock of a world. Whatever takes time is an event in it: the network, the disks, timers. Events happen one by
 * one in the order of their times, and each has had all its consequences before the next one: a world is a function of
 * its seed.
 */
import { createHash } from "node:crypto";

interface Waiting {
  readonly at: number;
  /** Of two at the same time the one that was asked first. */
  readonly order: number;
  readonly label: string;
  run: (() => void) | undefined;
}

export class Loop {
  #now: number;
  #order = 0;
  /** Events so far. */
  steps = 0;
  readonly #heap: Waiting[] = [];
  readonly #trace = createHash("sha256");
  /** Called before each event; a fault that strikes between two steps strikes here. */
  between: (() => void) | undefined;

  /** @param now - milliseconds since 1970. */
  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** Runs once, `ms` from now. @returns what takes it back. */
  after(ms: number, label: string, run: () => void): () => void {
    const waiting: Waiting = { at: this.#now + Math.max(0, ms), order: this.#order++, label, run };
    push(this.#heap, waiting);
    return () => {
      waiting.run = undefined;
    };
  }

  /** A promise for what happens `ms` from now; it stays open for whoever died meanwhile. */
  later<T>(ms: number, label: string, isAlive: () => boolean, run: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(ms, label, () => {
        if (!isAlive()) return;
        try {
          resolve(run());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** Whatever is said here is part of what a replay must repeat byte for byte. */
  note(what: string, bytes?: Uint8Array): void {
    this.#trace.update(`${this.#now} ${what}\n`);
    if (bytes !== undefined) this.#trace.update(bytes);
  }

  /** SHA-256 over all that was noted so far. */
  digest(): string {
    return this.#trace.copy().digest("hex");
  }

  /** Lets `ms` pass, and all that it brings happen; less when it is over before. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.#now + ms;
    // What was done from outside has its consequences before anything else happens.
    await consequences();
    while (!isOver()) {
      const next = this.#next(end);
      if (next === undefined) {
        this.#now = end;
        return;
      }
      next();
      await consequences();
    }
  }

  /** Goes on until a promise is kept, for at most a minute. @returns undefined: it was not. */
  async until<T>(promise: Promise<T>): Promise<T | undefined> {
    let kept: { readonly value: T } | undefined;
    void promise.then((value) => {
      kept = { value };
    });
    await this.pass(60_000, () => kept !== undefined);
    return kept?.value;
  }

  /** Takes the next event out, when there is one until then, and goes to its time. */
  #next(end: number): (() => void) | undefined {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > end) return undefined;
      pop(this.#heap);
      if (next.run === undefined) continue;
      this.#now = Math.max(this.#now, next.at);
      this.between?.();
      // A fault may have taken it back just now.
      const { run } = next;
      if (run === undefined) continue;
      this.steps++;
      this.note(next.label);
      return run;
    }
  }
}

/** A tick comes once no promise is left that can go on: nothing in a world waits for the machine. */
function consequences(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

const isBefore = (one: Waiting, other: Waiting): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

function push(heap: Waiting[], waiting: Waiting): void {
  let at = heap.push(waiting) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(waiting, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = waiting;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    const [left, right] = [heap[below], heap[below + 1]];
    if (left === undefined) break;
    let child = left;
    if (right !== undefined && isBefore(right, left)) {
      below++;
      child = right;
    }
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
