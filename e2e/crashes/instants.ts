/** When a kill falls: after a time, after so many writes to a file, after so many lines; and then some microseconds. */
import { watch } from "node:fs";
import type { Dice } from "./dice.ts";

/** Something that comes sooner or later; whoever waits strikes then. */
export interface Instant {
  /** For the table and the log. */
  readonly words: string;
  /** @returns false when what was waited for did not come. */
  wait(): Promise<boolean>;
}

/** Longer than anything takes that is waited for on purpose; after it the kill falls all the same. */
const PATIENCE_MS = 3000;
/** About what a write with fsync takes here: kills fall before, within and after it. */
const SPIN_US_MAX = 2500;

/** Spends microseconds without giving the loop away: timers are too coarse. */
function spin(us: number): void {
  const until = performance.now() + us / 1000;
  while (performance.now() < until);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Any moment of the next `mostMs`. */
export function atAnyTime(dice: Dice, mostMs: number): Instant {
  const ms = dice.next() * mostMs;
  return {
    words: `after ${ms.toFixed(1)} ms`,
    wait: async () => {
      if (ms > 3) await sleep(ms - 2);
      spin((ms > 3 ? 2 : ms) * 1000);
      return true;
    },
  };
}

/** So many writes to files of a folder from now on; the system tells of each before it is on the disk. */
export function atWrite(dice: Dice, folder: string, names: RegExp, most: number): Instant {
  const count = dice.within(1, most);
  const us = dice.chance(0.3) ? 0 : dice.below(SPIN_US_MAX);
  return {
    words: `${us} µs after write ${count}`,
    wait: async () => {
      const seen = await writes(folder, names, count);
      spin(us);
      return seen;
    },
  };
}

function writes(folder: string, names: RegExp, count: number): Promise<boolean> {
  return new Promise((resolve) => {
    let left = count;
    const watcher = watch(folder);
    const over = (seen: boolean): void => {
      clearTimeout(timer);
      watcher.close();
      resolve(seen);
    };
    const timer = setTimeout(() => over(false), PATIENCE_MS);
    watcher.on("error", () => over(false));
    watcher.on("change", (_, name) => {
      if (typeof name === "string" && names.test(name) && --left === 0) over(true);
    });
  });
}

/** When a number that only grows, such as lines that were read, has grown by so much. */
export function atCount(dice: Dice, what: string, count: () => number, most: number): Instant {
  const more = dice.within(1, most);
  const us = dice.chance(0.3) ? 0 : dice.below(SPIN_US_MAX);
  return {
    words: `${us} µs after ${what} ${more}`,
    wait: async () => {
      const until = performance.now() + PATIENCE_MS;
      const wanted = count() + more;
      while (count() < wanted) {
        if (performance.now() > until) return false;
        await sleep(1);
      }
      spin(us);
      return true;
    },
  };
}
