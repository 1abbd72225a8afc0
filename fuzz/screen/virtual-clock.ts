/**
 * Time that goes on only when it is told to: timers and clocks of the whole thread, so that the same input is the same
 * run however busy the machine is. What waits for the disk or a terminal is the caller's to wait for.
 */
import { mustHold } from "../target.ts";

const STARTED_AT = 1_764_150_000_000;
/** More than this within one step, and it never comes to rest. */
const CALLS_MAX = 50_000;

class Timer {
  readonly call: () => void;
  readonly everyMs: number | undefined;
  due: number;
  isKeeping = true;

  constructor(call: () => void, due: number, everyMs: number | undefined) {
    this.call = call;
    this.due = due;
    this.everyMs = everyMs;
  }

  ref(): this {
    this.isKeeping = true;
    return this;
  }

  unref(): this {
    this.isKeeping = false;
    return this;
  }
}

type Globals = Pick<
  typeof globalThis,
  "setTimeout" | "clearTimeout" | "setInterval" | "clearInterval" | "setImmediate" | "clearImmediate"
>;

export class VirtualClock {
  readonly #timers = new Set<Timer>();
  readonly #real: Globals & { readonly date: () => number } = {
    setTimeout,
    clearTimeout,
    setInterval,
    clearInterval,
    setImmediate,
    clearImmediate,
    date: Date.now,
  };
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Timers that would keep a program running. */
  get keeping(): number {
    return [...this.#timers].filter(({ isKeeping }) => isKeeping).length;
  }

  install(): void {
    const start = (call: (...given: unknown[]) => void, ms: unknown, every: boolean, given: unknown[]): Timer => {
      const waitMs = Math.max(1, Number(ms) || 0);
      const timer = new Timer(() => call(...given), this.#nowMs + waitMs, every ? waitMs : undefined);
      this.#timers.add(timer);
      return timer;
    };
    const clear = (timer: unknown): void => void (timer instanceof Timer && this.#timers.delete(timer));
    const fakes = {
      setTimeout: (call: () => void, ms?: number, ...given: unknown[]) => start(call, ms, false, given),
      setInterval: (call: () => void, ms?: number, ...given: unknown[]) => start(call, ms, true, given),
      setImmediate: (call: () => void, ...given: unknown[]) => {
        const timer = start(call, 0, false, given);
        timer.due = this.#nowMs;
        return timer;
      },
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    };
    Object.assign(globalThis, fakes);
    Date.now = () => STARTED_AT + Math.floor(this.#nowMs);
    performance.now = () => this.#nowMs;
  }

  restore(): void {
    const { date, ...globals } = this.#real;
    Object.assign(globalThis, globals);
    Date.now = date;
    // The own property goes: what is inherited is the real one.
    Reflect.deleteProperty(performance, "now");
  }

  /** What is not the program under test runs in the time of the machine. */
  async outside<T>(work: () => Promise<T>): Promise<T> {
    this.restore();
    try {
      return await work();
    } finally {
      this.install();
    }
  }

  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await rested();
    for (let calls = 0; ; calls++) {
      mustHold(calls < CALLS_MAX, "it never comes to rest");
      const next = this.#next(until);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.due);
      if (next.everyMs === undefined) this.#timers.delete(next);
      else next.due = this.#nowMs + next.everyMs;
      next.call();
      await rested();
    }
    this.#nowMs = until;
  }

  /** The first one that is due; of two at the same time the one that was set first. */
  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
    return next;
  }
}

/** Everything that follows without a timer has happened. */
async function rested(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => process.nextTick(resolve));
}
